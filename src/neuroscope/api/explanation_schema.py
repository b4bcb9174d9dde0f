"""What the API says of explanation methods and their maps."""

from typing import Literal

from pydantic import BaseModel, Field

from neuroscope.api.passport_schema import PassportOut
from neuroscope.api.schemas import ClassLabel, JobOut, Out
from neuroscope.records.explanationmethod import MethodName


class ExplanationMethodOut(Out):
    """A way to explain an answer, as a person chooses it."""

    name: MethodName
    title: str = Field(examples=["Grad-CAM"])
    tier: Literal["instant", "seconds", "background"] = Field(
        description="How long it takes: at once, seconds, or a minute and more."
    )
    is_signed: bool = Field(description="Negative values speak against the class.")
    is_control: bool = Field(description="It knows nothing of the network, for comparison.")
    meaning: str
    missing: str | None = Field(description="What must be installed for it first, if anything.")


class ExplanationMethodsOut(Out):
    """All methods, the quickest first."""

    methods: list[ExplanationMethodOut]


class ExplanationIn(BaseModel):
    """Which map to make."""

    method: MethodName = Field(examples=["gradcam"])
    target: ClassLabel


class ExplanationOut(Out):
    """A map of one method for one class, or the job that makes it."""

    method: MethodName
    target: ClassLabel
    job: JobOut
    is_ready: bool = Field(description="The maps can be fetched.")
    seconds: float | None = Field(description="The work took.")
    agreement: float | None = Field(
        ge=-1,
        le=1,
        description="Rank correlation with the evidence map inside the head; null if it has none.",
    )
    notes: dict[str, float | str] = Field(description="What the method says about itself.")
    cautions: list[str]
    passport: PassportOut | None = Field(
        description="How the map did in its tests; one that failed is shown gray. Null until it is "
        "made, and of maps that are older than these tests."
    )
    evidence_passport: PassportOut | None = Field(
        description="The same for the evidence map beside it."
    )


class ExplanationsOut(Out):
    """The maps of a slice that someone asked for."""

    explanations: list[ExplanationOut]


class SequenceShareOut(Out):
    """What one series has in the decision on a study."""

    series_id: str
    share: float = Field(
        examples=[1.4], description="Its Shapley value, in logits; all of them sum to `total`."
    )
    alone: float = Field(description="What it says on its own, in logits above the mean class.")


class SequencesOut(Out):
    """How much every series has in the decision on a study, for one class."""

    target: ClassLabel
    total: float = Field(description="What the study is told, in logits above the mean class.")
    speaks: str = Field(description="The series whose answer is the decision.")
    shares: list[SequenceShareOut]
