"""What the API says of several analyses of one study, by several versions of a model."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from neuroscope.api.schemas import EXAMPLE_P, EXAMPLE_TIME, JobOut, ModelOut, Out, PredictionOut
from neuroscope.records.volume import Plane


class AnalysisRowOut(Out):
    """An analysis of a study, and which version made it."""

    id: str = Field(examples=["77aa01b2c3d4e5f6"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    finished: datetime | None = Field(examples=[EXAMPLE_TIME])
    model: ModelOut
    model_id: str | None = Field(
        description="The registered version with these weights, if it is still known."
    )
    is_stale: bool = Field(description="Another version of the model is active now.")
    is_trial: bool = Field(
        description="Made with a named version to compare: it does not speak for the study."
    )
    headline: PredictionOut | None


class AnalysesOut(Out):
    """All analyses of a study, newest first."""

    analyses: list[AnalysisRowOut]


class SliceAnswerOut(Out):
    """What one version says of a slice."""

    label: str = Field(examples=["glioma"])
    p_class: dict[str, float] = Field(examples=[EXAMPLE_P])
    outlier_score: float | None


class ComparedSliceOut(Out):
    """What both versions say of a slice."""

    index: int = Field(ge=0)
    name: str
    first: SliceAnswerOut
    second: SliceAnswerOut
    changed: bool = Field(description="They name another class.")
    evidence_cosine: float | None = Field(
        description="How alike the evidence of both for the answer of `first` lies: 1 the same "
        "places, 0 others. Null where one has none."
    )


class ComparedSeriesOut(Out):
    """What both versions say of a series."""

    series_id: str = Field(examples=["a1b2c3d4"])
    axis: int | None
    plane: Plane | None
    first: PredictionOut | None = Field(description="The decision on a volume.")
    second: PredictionOut | None
    slices: list[ComparedSliceOut] = Field(description="Those that both have run.")
    only_one: int = Field(ge=0, description="Slices that only one of them has run.")


class ComparisonOut(Out):
    """Two analyses of one study side by side; maps are fetched from each analysis."""

    first: AnalysisRowOut
    second: AnalysisRowOut
    series: list[ComparedSeriesOut]
    changed: int = Field(ge=0, description="Slices of which they name another class.")


class RecomputeOut(Out):
    """The jobs that analyze stale studies again with the active version."""

    name: Literal["evidence"] = "evidence"
    jobs: list[JobOut]
