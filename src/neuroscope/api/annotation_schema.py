"""What the API says of annotations, their versions, and who reads what."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from neuroscope.api.schemas import EXAMPLE_TIME, ModelOut, Out
from neuroscope.records.annotation import AnnotationKind, Shape
from neuroscope.records.volume import Plane

FAR_MM = 100_000.0  # no image reaches so far; far numbers only overflow
MOST_POINTS = 5_000  # of one annotation; comparing all edges takes a tenth of a second
MOST_MASK = 8 * 1024 * 1024  # characters of base64, 50 million voxels
WORDS = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"  # text without control characters but tab and new line

Millimeter = Annotated[float, Field(ge=-FAR_MM, le=FAR_MM, allow_inf_nan=False)]
Point = tuple[Millimeter, Millimeter, Millimeter]
Ring = Annotated[list[Point], Field(max_length=MOST_POINTS)]
MatrixRow = tuple[Millimeter, Millimeter, Millimeter, Millimeter]
Matrix = tuple[MatrixRow, MatrixRow, MatrixRow, MatrixRow]
Length = Annotated[int, Field(ge=1, le=4096)]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
IdIn = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
EXAMPLE_POINTS = [[[-31.5, 12.0, 24.0], [-20.0, 12.0, 24.0], [-22.0, 30.5, 24.0]]]
EXAMPLE_AFFINE = [[1.0, 0.0, 0.0, 20.0], [0.0, 1.0, 0.0, 25.0], [0.0, 0.0, 4.0, 20.0],
                  [0.0, 0.0, 0.0, 1.0]]  # fmt: skip


class Mask(BaseModel):
    """Painted voxels, in a box on the grid of their series."""

    shape: tuple[Length, Length, Length] = Field(
        description="Of the box: i, j, k; on a plain picture row, column, 1.", examples=[(3, 4, 2)]
    )
    affine: Matrix = Field(
        description="4x4, index in the box to RAS+ millimeters, rows first.",
        examples=[EXAMPLE_AFFINE],
    )
    bits: str = Field(
        pattern=r"^[A-Za-z0-9+/]+={0,2}$",
        max_length=MOST_MASK,
        description="Base64 of one bit per voxel, i fastest, the lowest bit of a byte first.",
        examples=["AYQA"],
    )


class AnnotationIn(BaseModel):
    """What a reader drew."""

    id: IdIn | None = Field(
        default=None,
        description="A random name that you choose, so that sending again stores nothing twice.",
        examples=["9b2f6c1e4d7a4b3c8e5f"],
    )
    kind: AnnotationKind
    shape: Shape
    points_mm: Ring = Field(
        default=[],
        description="Corners of a contour or path of a brush, RAS+ millimeters. On a plain picture "
        "without a position: column, row, 0 in pixels. None for a mask.",
        examples=EXAMPLE_POINTS,
    )
    radius_mm: float = Field(
        default=0.0, ge=0, le=500, allow_inf_nan=False, description="Of the brush; else 0."
    )
    holes_mm: list[Ring] = Field(default=[], max_length=100, description="Rings cut out.")
    slice_index: int | None = Field(
        default=None, ge=0, le=10_000_000, description="Which picture of a series of pictures."
    )
    plane: Plane | None = Field(default=None, description="In which a brush painted, in a volume.")
    mask: Mask | None = None
    only_this: bool = Field(
        default=False, description="Nothing else in the image matters for the diagnosis."
    )
    reason: str = Field(default="", max_length=4000, pattern=WORDS, examples=["Ring of contrast"])
    analysis_id: IdIn | None = Field(
        default=None, description="Whose answer was seen while drawing, to tell when it is stale."
    )


class EditIn(AnnotationIn):
    """What a reader made of an annotation; `id` is that of the address."""

    parent: Version = Field(description="The version that was seen.", examples=[1])
    resolves: list[Version] = Field(
        default=[], max_length=100, description="Versions in conflict that were looked at."
    )


class VersionOut(Out):
    """One version of an annotation; it never changes."""

    id: str = Field(examples=["9b2f6c1e4d7a4b3c8e5f"])
    study_id: str = Field(examples=["3f9ac0d1"])
    series_id: str = Field(examples=["a1b2c3d4"])
    version: int = Field(ge=1, examples=[2])
    parent: int | None = Field(description="The version its author saw.", examples=[1])
    head: int = Field(ge=1, description="The version that counts.", examples=[2])
    is_conflict: bool = Field(description="It came too late: it is kept and does not count.")
    resolves: list[int] = Field(description="Versions in conflict that its author looked at.")
    kind: AnnotationKind
    shape: Shape
    points_mm: list[tuple[float, float, float]] = Field(examples=EXAMPLE_POINTS)
    radius_mm: float = Field(examples=[0.0])
    holes_mm: list[list[tuple[float, float, float]]]
    slice_index: int | None
    plane: Plane | None
    mask: Mask | None
    only_this: bool
    reason: str = Field(examples=["Ring of contrast"])
    author: str = Field(examples=["Dr. Müller"])
    owner: str = Field(description="Who drew the first version.", examples=["Dr. Müller"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    deleted: bool
    model: ModelOut | None = Field(description="Whose answer was seen while drawing.")
    image_sha256: str = Field(description="Of the stored image.", examples=["9f2c" * 16])
    software: str = Field(description="Version of Neuroscope.", examples=["0.1.0"])


class AnnotationOut(VersionOut):
    """An annotation as it counts now."""

    conflicts: list[int] = Field(
        description="Versions that came too late and that nobody has looked at yet.", examples=[[3]]
    )
    is_stale: bool = Field(description="Drawn against a model that is active no more.")


class AnnotationsOut(Out):
    """What counts on a series."""

    annotations: list[AnnotationOut]
    reads_blind: bool = Field(
        description="You see only your own until you submit your reading.", examples=[False]
    )


class VersionsOut(Out):
    """All versions of an annotation, the first one first."""

    versions: list[VersionOut]


class AssignmentIn(BaseModel):
    """Who shall read a series."""

    reader: str = Field(
        min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["Dr. Müller"]
    )
    blind: bool = Field(
        default=True, description="They see nothing of others until they have submitted."
    )


class AssignmentOut(Out):
    """A series that a reader shall read."""

    study_id: str = Field(examples=["3f9ac0d1"])
    series_id: str = Field(examples=["a1b2c3d4"])
    reader: str = Field(examples=["Dr. Müller"])
    blind: bool
    assigned_by: str = Field(examples=["lead"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    submitted: datetime | None = Field(examples=[EXAMPLE_TIME])
    annotations: int | None = Field(
        description="How many were submitted; null before.", examples=[2]
    )


class AssignmentsOut(Out):
    """Assignments, oldest first."""

    assignments: list[AssignmentOut]
