"""What the API says of slices to annotate next, and of how readers agree."""

from typing import Literal

from pydantic import Field

from neuroscope.api.schemas import EXAMPLE_P, ModelOut, Out
from neuroscope.learn.reasons.candidates import Rule
from neuroscope.records.annotation import AnnotationKind
from neuroscope.records.volume import Plane

MarkKind = Literal["tumor", "evidence", "not_evidence"]
READERS = ["ann", "bob"]


class NextSliceOut(Out):
    """A slice to annotate, and why."""

    study_id: str = Field(examples=["3f9ac0d1"])
    pseudonym: str = Field(examples=["NS-7Q2K4D"])
    series_id: str = Field(examples=["a1b2c3d4"])
    index: int = Field(ge=0, description="Of the picture, or along `axis` of the volume.")
    name: str = Field(examples=["axial 31"])
    axis: int | None = Field(description="Voxel axis the slices run along; null for pictures.")
    plane: Plane | None
    position_mm: tuple[float, float, float] | None = Field(
        description="The middle of the slice of a volume, RAS+ millimeters."
    )
    analysis_id: str = Field(examples=["77aa01b2c3d4e5f6"])
    rule: Rule = Field(description="What chose it.")
    reason: str = Field(
        examples=["The network is unsure, and not as on the other chosen slices: glioma 48%."]
    )
    label: str = Field(examples=["glioma"])
    p_class: dict[str, float] = Field(examples=[EXAMPLE_P])


class QueueOut(Out):
    """Which slices to annotate next, in this order."""

    slices: list[NextSliceOut]
    model: ModelOut | None = Field(description="Whose answers were ranked.")
    every_random: int = Field(description="One slice in so many is drawn at random.", examples=[10])
    candidates: int = Field(ge=0, description="Slices that could have been chosen.")
    annotated: int = Field(ge=0, description="Slices left out because they are annotated.")
    unlike: int = Field(
        ge=0, description="Slices left out because the network has seen nothing like them."
    )
    to_analyze_again: list[str] = Field(
        description="Studies left out until the active model has analyzed them.",
        examples=[["3f9ac0d1"]],
    )


class IntervalOut(Out):
    """A number with its 95 % interval; ends are null where there are too few patients for one."""

    value: float | None = Field(examples=[0.87])
    low: float | None = Field(examples=[0.81])
    high: float | None = Field(examples=[0.92])
    n: int = Field(ge=0, examples=[24])
    patients: int = Field(ge=0, examples=[21])
    few_patients: bool = Field(description="Fewer than 20: the interval decides nothing.")


class AgreementOut(Out):
    """How readers agree over cases both have read."""

    dice: IntervalOut
    iou: IntervalOut
    hd95_mm: IntervalOut | None = Field(description="Null where no two readers found something.")
    one_sided: int = Field(ge=0, description="Pairs in which only one found something.")


class PairAgreementOut(AgreementOut):
    """How two readers agree."""

    readers: tuple[str, str] = Field(examples=[("ann", "bob")])


class PairScoreOut(Out):
    """How two readers agree on one case."""

    slice_index: int | None = Field(description="Of a picture; null for a whole volume.")
    readers: tuple[str, str] = Field(examples=[("ann", "bob")])
    dice: float = Field(ge=0, le=1, examples=[0.87])
    iou: float = Field(ge=0, le=1, examples=[0.77])
    hd95_mm: float | None = Field(examples=[2.4])
    one_sided: bool


class SeriesAgreementOut(Out):
    """How the readers of one series agree; only readings that are handed in count."""

    kind: MarkKind
    readers: list[str] = Field(examples=[READERS])
    waiting: int = Field(ge=0, description="Readings of this series not handed in yet.")
    unit: Literal["mm", "pixel"] = Field(description="Of distances.")
    pairs: list[PairScoreOut]
    kappa: dict[str, float | None] = Field(
        description="Fleiss' kappa over the voxels of what anybody marked and a margin of 2, by "
        "`slice_index`, or `volume`.",
        examples=[{"volume": 0.81}],
    )


class LabelPairOut(Out):
    """How two readers agree on what images show."""

    readers: tuple[str, str] = Field(examples=[("ann", "bob")])
    kappa: IntervalOut = Field(description="Cohen's; null value if both only gave one answer.")
    same: float = Field(ge=0, le=1, description="Share of the same answers.", examples=[0.94])


class LabelAgreementOut(Out):
    """How readers agree on what images show, over those that two or more have answered."""

    alpha: IntervalOut = Field(description="Krippendorff's, for names, of all readers.")
    pairs: list[LabelPairOut]


class ReadersAgreementOut(Out):
    """How readers agree over all series that two or more have read."""

    kind: MarkKind
    series: int = Field(ge=0, examples=[24])
    hidden: int = Field(ge=0, description="Series left out because you read them blind.")
    all_readers: AgreementOut | None = Field(description="Null if no two share a case.")
    kappa: IntervalOut | None = Field(description="Mean of Fleiss' kappa over voxels.")
    pairs: list[PairAgreementOut]
    weights: dict[str, float] = Field(
        description="How far a network trusts each reader: the mean Dice with the others.",
        examples=[{"ann": 0.88, "bob": 0.86}],
    )
    labels: LabelAgreementOut | None = Field(
        description="On the readers' own answers; null if no two answered the same image."
    )


class ReaderRatesOut(Out):
    """How good a reader is, against the consensus."""

    reader: str = Field(examples=["ann"])
    sensitivity: float | None = Field(examples=[0.94])
    specificity: float | None = Field(examples=[0.98])


class ConsensusOut(Out):
    """What the readers of a series together say (STAPLE); its array is fetched apart."""

    kind: MarkKind
    slice_index: int | None
    readers: list[ReaderRatesOut]
    settled: bool = Field(description="Whether the estimate stopped changing.")
    marked: int = Field(ge=0, description="Voxels that more probably belong to it than not.")
    volume_ml: float | None = Field(description="Of these; null for a picture.", examples=[31.2])


class DisputeOut(Out):
    """A case for discussion."""

    study_id: str = Field(examples=["3f9ac0d1"])
    pseudonym: str = Field(examples=["NS-7Q2K4D"])
    series_id: str = Field(examples=["a1b2c3d4"])
    slice_index: int | None
    dice: float = Field(ge=0, le=1, description="Mean over all pairs.", examples=[0.42])
    farthest: tuple[str, str] = Field(
        description="The two readers farthest apart.", examples=[("ann", "bob")]
    )


class DisputesOut(Out):
    """Cases for discussion, lowest agreement first."""

    kind: AnnotationKind
    hidden: int = Field(ge=0, description="Series left out because you read them blind.")
    disputes: list[DisputeOut]
