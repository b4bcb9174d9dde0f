"""What the API says of a study in space; the content is written by `report/volumetry.py`."""

from pydantic import BaseModel, ConfigDict, Field

from neuroscope.api.passport_schema import PassportOut
from neuroscope.api.schemas import ClassLabel, ModelOut
from neuroscope.records.segmented import TumorRule

Position = tuple[float, float, float]
Interval = tuple[float, float]
Matrix = list[list[float]]


class Part(BaseModel):
    """The parent of all parts: what is not described is refused."""

    model_config = ConfigDict(extra="forbid")


class ReferenceOut(Part):
    """The sequence on whose grid everything lies."""

    series_id: str
    role: str
    shape: tuple[int, int, int]
    affine_ras_mm: Matrix
    spacing_mm: Position = Field(examples=[[1.0, 1.0, 1.0]])


class SequenceOut(Part):
    """How a sequence was brought to the reference."""

    role: str
    series_id: str
    moved_mm: float = Field(examples=[3.2])
    turned_deg: float
    to_reference: Matrix


class SmallPartsOut(Part):
    """For which kind of tumor small parts were kept or dropped."""

    kind: TumorRule = Field(examples=["glioma"])
    is_told: bool = Field(description="By a person; else the classifier decided.")


class LabelOut(Part):
    """What a label means."""

    value: int
    code: str = Field(examples=["ET"])
    name: str


class RegionOut(Part):
    """A nested region: its volume, and what overlap with an expert to expect."""

    code: str = Field(examples=["WT"])
    volume_ml: float | None
    interval_ml: Interval | None
    expected_dice: float | None
    expected_dice_interval: Interval | None


class ValueOut(Part):
    """A number with its unit, interval and method."""

    name: str
    value: float
    unit: str = Field(examples=["ml"])
    interval: Interval | None
    how: str
    source: str


class LineOut(Part):
    """Where a caliper was laid, RAS+ mm."""

    start_mm: Position
    end_mm: Position
    length_mm: float = Field(examples=[41.3])


class CrossedOut(Part):
    """Crossed diameters on one slice of the reference."""

    longest: LineOut
    across: LineOut
    plane: str = Field(examples=["axial"])
    axis: int
    index: int
    product_mm2: float


class LesionOut(Part):
    """One lesion that touches no other."""

    id: str
    focus: int
    center_mm: Position
    side: str = Field(examples=["left"])
    place: str
    is_measurable: bool
    volume_ml: float
    values: list[ValueOut]
    longest: LineOut | None
    crossed: CrossedOut | None


class DrawnOut(Part):
    """What to draw, by region."""

    longest: dict[str, LineOut]
    crossed: dict[str, CrossedOut]


class MidlineOut(Part):
    """The midline plane and the shift."""

    point_mm: Position = Field(examples=[[0.0, 0.0, 0.0]])
    normal: Position
    shift: ValueOut | None
    drawn: LineOut | None


class MismatchOut(Part):
    """The T2-FLAIR mismatch and the slice that shows it."""

    score: ValueOut
    has_sign: bool
    axis: int
    index: int
    position_mm: Position
    cautions: list[str]


class FeatureOut(Part):
    """A VASARI feature."""

    number: int
    name: str = Field(examples=["Tumor location"])
    value: str
    how: str


class OverlapOut(Part):
    """How the fused map lies on the segmented tumor."""

    region: str = Field(examples=["WT"])
    peak_on_tumor: bool
    share_on_tumor: float
    tumor_share: float = Field(description="Of the volume: the share on it by chance.")
    iou: float


class FusedEvidenceOut(Part):
    """The evidence of three axes, without its voxels."""

    target: ClassLabel
    threshold: float
    consistency: float | None
    p_value: float | None
    removed_share: float | None
    dropped_ml: float = Field(examples=[0.1])
    cautions: list[str]
    overlap: OverlapOut | None = Field(
        default=None, description="Null without a tumor, and in results before it was told."
    )
    passport: PassportOut | None = Field(
        default=None, description="How the map did in its tests; null in results before them."
    )


class VolumetryOut(Part):
    """All numbers of a study in space, with what to draw and all doubts."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    format: str = Field(alias="schema", examples=["neuroscope/volumetry/1"])
    reference: ReferenceOut
    sequences: list[SequenceOut]
    steps: list[str]
    cautions: list[str]
    model: ModelOut | None
    small_parts: SmallPartsOut | None = Field(
        default=None, description="Null for a given mask, and in results before it was told."
    )
    labels: list[LabelOut]
    regions: list[RegionOut]
    values: list[ValueOut]
    lesions: list[LesionOut]
    drawn: DrawnOut
    midline: MidlineOut | None
    mismatch: MismatchOut | None
    vasari: list[FeatureOut]
    evidence: FusedEvidenceOut | None
    surfaces: list[str]
