"""What the API says of the grid of analyzed slices, verdicts on maps and saved views."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from neuroscope.api.schemas import EXAMPLE_P, EXAMPLE_TIME, ClassLabel, Out
from neuroscope.records.focus import Region, TumorFrom
from neuroscope.records.study import Role
from neuroscope.records.volume import Plane
from neuroscope.store.map_verdicts import LONGEST_NOTE, Verdict
from neuroscope.store.validation import Order, SliceFilter

Truth = Literal["glioma", "meningioma", "pituitary", "notumor", "disputed", "unknown"]
Reason = Literal["right_there", "right_elsewhere", "wrong_there", "wrong_elsewhere", "unknown"]
Dominant = Literal[
    "tumor",
    "peritumoral",
    "brain",
    "skull",
    "border",
    "background",
    "text",
    "diffuse",
    "no evidence",
    "unknown",
]
MapOutcome = Literal["passed", "failed", "not assessed", "unknown"]
Said = Literal["plausible", "partly", "artefact", "none"]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
SliceId = Annotated[int, Field(ge=1, le=999_999_999)]


class FilterIn(BaseModel):
    """Which slices are wanted; an empty list is anything."""

    truth: list[Truth] = Field(default=[], max_length=10, description="What readers answered.")
    predicted: list[ClassLabel] = Field(default=[], max_length=10)
    reason: list[Reason] = Field(
        default=[], max_length=10, description="Right or wrong, and the evidence there or not."
    )
    dominant: list[Dominant] = Field(
        default=[], max_length=20, description="Region with most of the evidence."
    )
    passport: list[MapOutcome] = Field(default=[], max_length=10, description="Tests of the map.")
    abstained: list[Literal["yes", "no"]] = Field(default=[], max_length=5)
    verdict: list[Said] = Field(default=[], max_length=10, description="Your own.")
    p_from: float = Field(
        default=0.0, ge=0, le=1, description="Least probability of the predicted class."
    )
    p_to: float = Field(default=1.0, ge=0, le=1, description="Largest.")
    words: Line = Field(default="", max_length=64, description="Part of a pseudonym.")
    selection: str = Field(
        default="", pattern=r"^[0-9A-Za-z_-]{0,64}$", description="Token of picked slices."
    )

    def wanted(self) -> SliceFilter:
        """Give what the store is asked."""
        facets = ("truth", "predicted", "reason", "dominant", "passport", "abstained", "verdict")
        return SliceFilter(
            chosen={name: tuple(getattr(self, name)) for name in facets},
            p_from=self.p_from,
            p_to=self.p_to,
            words=self.words,
            selection=self.selection,
        )


class SearchIn(FilterIn):
    """Which slices are wanted, and in which order."""

    order: Order = Field(default="newest", examples=["newest"], description="What comes first.")


class CrossOut(Out):
    """How many slices have this true and this predicted class."""

    truth: Truth
    predicted: ClassLabel
    count: int = Field(ge=0, examples=[12])


class SlicesOut(Out):
    """Slices that match, in order, and counts."""

    ids: list[int] = Field(description="Of all that match, 50,000 at most.", examples=[[3, 1]])
    total: int = Field(ge=0, description="How many match.", examples=[2])
    all_slices: int = Field(ge=0, description="How many there are without filter.", examples=[9])
    facets: dict[str, dict[str, int]] = Field(
        description="By facet and value: how many there are if the other filters stay.",
        examples=[{"verdict": {"plausible": 3, "none": 6}}],
    )
    matrix: list[CrossOut] = Field(
        description="True against predicted, whatever is chosen of these two."
    )


class FocusOut(Out):
    """Where the evidence for the answer lies."""

    tumor_from: TumorFrom
    fractions: dict[Region, float | None] = Field(
        description="Share of the evidence; null where the region is not known.",
        examples=[{"tumor": 0.62, "peritumoral": 0.2, "brain": 0.18}],
    )
    enrichment: dict[Region, float | None] = Field(
        description="log2 of the share of the evidence over the share of the area.",
        examples=[{"tumor": 3.1}],
    )
    areas: dict[Region, float] = Field(description="Share of the picture.", examples=[{"skull": 0}])
    peak: Region | None
    off_brain: float | None = Field(description="Share that a mask of the brain takes away.")
    flags: list[str] = Field(examples=[["evidence off the brain"]])


class ValidationSliceOut(Out):
    """An analyzed slice of the grid."""

    id: int = Field(ge=1, examples=[3])
    study_id: str = Field(examples=["3f9ac0d1"])
    pseudonym: str = Field(examples=["NS-7Q2K4D"])
    analysis_id: str = Field(examples=["77aa01b2c3d4e5f6"])
    series_id: str = Field(examples=["a1b2c3d4"])
    role: Role
    plane: Plane | None
    index: int = Field(ge=0, examples=[31])
    name: str = Field(examples=["axial 32"])
    position_mm: tuple[float, float, float] | None = Field(
        description="The middle of a slice of a volume, RAS+ millimeters."
    )
    predicted: ClassLabel
    p_predicted: float = Field(ge=0, le=1, examples=[0.91])
    p_class: dict[str, float] = Field(examples=[EXAMPLE_P])
    outlier: float | None
    truth: Truth
    reason: Reason
    dominant: Dominant
    passport: MapOutcome
    abstained: bool
    verdict: Said = Field(description="Your own.")
    focus: FocusOut | None = Field(description="Null if nobody looked closer yet.")


class RowsOut(Out):
    """Slices by id, in the order asked for; those that are gone are left out."""

    slices: list[ValidationSliceOut]


class MapVerdictOut(Out):
    """What a reader said of a map; every version stays."""

    reader: str = Field(examples=["ann"])
    version: int = Field(ge=1, examples=[1])
    verdict: Verdict | None = Field(description="Null: taken back.")
    note: str
    created: datetime = Field(examples=[EXAMPLE_TIME])


class VerdictsOut(Out):
    """What readers said of the map of a slice."""

    yours: MapVerdictOut | None = Field(description="The version that counts.")
    versions: list[MapVerdictOut] = Field(
        description="Oldest first; those of others once you have said yours."
    )
    others: int = Field(ge=0, description="How many others have said something.")


class VerdictIn(BaseModel):
    """What you say of a map."""

    verdict: Verdict | None = Field(description="Null takes it back.")
    note: str = Field(
        examples=["The map lies on a vessel."],
        default="",
        max_length=LONGEST_NOTE,
        pattern=r"^[^\x00]*$",
        description="No names or dates of patients.",
    )
    parent: int = Field(ge=0, le=1_000_000, description="Your version that you saw; 0 for none.")


class ViewIn(BaseModel):
    """A filter to keep under a name."""

    name: Annotated[
        str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
    ] = Field(examples=["Gliomas read off the tumor"])
    filter: SearchIn


class ViewOut(Out):
    """A filter under a name."""

    id: str = Field(examples=["9b2f6c1e4d7a4b3c"])
    name: str
    filter: SearchIn
    author: str
    created: datetime = Field(examples=[EXAMPLE_TIME])


class ViewsOut(Out):
    """All saved views, by name."""

    views: list[ViewOut]


class PickedIn(BaseModel):
    """A slice picked on another page."""

    study_id: str = Field(pattern=r"^[0-9A-Za-z_-]{1,64}$", examples=["9b2f6c1e4d7a4b3c"])
    series_id: str = Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")
    index: int = Field(ge=0, le=10_000_000)


class SelectionIn(BaseModel):
    """Slices to be shown in the grid."""

    slices: list[PickedIn] = Field(min_length=1, max_length=5000)


class SelectionOut(Out):
    """A selection; the grid shows it under /validation?selection=TOKEN."""

    token: str
    count: int = Field(ge=1, examples=[12])
