"""What the API says of drawings that are proposed: filled in, or taken over from a model."""

from typing import Literal

from pydantic import BaseModel, Field, model_validator

from neuroscope.api.annotation_schema import (
    EXAMPLE_POINTS,
    AnnotationIn,
    IdIn,
    Point,
)
from neuroscope.api.schemas import ClassLabel, ModelOut, Out
from neuroscope.records.annotation import AnnotationKind
from neuroscope.records.volume import Plane

EXAMPLE_DRAWN = {"kind": "tumor", "shape": "contour", "points_mm": EXAMPLE_POINTS[0]}
Region = Literal["WT", "TC", "ET"]


class FillIn(BaseModel):
    """What is drawn on two slices of a volume; stored or not."""

    first: list[AnnotationIn] = Field(
        min_length=1,
        max_length=50,
        description="Contours or strokes on one slice; several count as one shape.",
        examples=[[EXAMPLE_DRAWN]],
    )
    second: list[AnnotationIn] = Field(
        min_length=1, max_length=50, description="The same on another slice of the same plane."
    )


class FromModelIn(BaseModel):
    """Which answer of a model to take over, and on which slice."""

    analysis_id: IdIn = Field(examples=["77aa01b2c3d4e5f6"])
    source: Literal["evidence", "segmentation"] = Field(
        description="The evidence map above its threshold, or a region of the segmentation."
    )
    target: ClassLabel | None = Field(
        default=None, description="Whose evidence; without it, that for the model's own answer."
    )
    region: Region = Field(
        default="WT", description="Of a segmentation: whole tumor, tumor core or enhancing tumor."
    )
    slice_index: int | None = Field(
        default=None, ge=0, le=10_000_000, description="Which picture of a series of pictures."
    )
    position_mm: Point | None = Field(
        default=None, description="A point on the slice of a volume.", examples=[(0.0, 12.0, 24.0)]
    )
    plane: Plane | None = Field(
        default=None, description="Of that slice; without it, the plane the model looked at."
    )

    @model_validator(mode="after")
    def _is_one_slice(self) -> "FromModelIn":
        if (self.slice_index is None) == (self.position_mm is None):
            raise ValueError("give slice_index for a picture, or position_mm for a volume")
        return self


class DraftOut(Out):
    """A contour that can be edited and stored as an annotation; nothing is stored yet."""

    kind: AnnotationKind
    shape: Literal["contour"] = "contour"
    points_mm: list[tuple[float, float, float]] = Field(examples=EXAMPLE_POINTS)
    holes_mm: list[list[tuple[float, float, float]]]
    slice_index: int | None
    plane: Plane | None
    analysis_id: str | None = Field(description="Send it back with the annotation.")


class FilledOut(Out):
    """Contours on all slices between the two."""

    slices: int = Field(ge=1, description="How many slices lie between.", examples=[3])
    annotations: list[DraftOut]


class FromModelOut(Out):
    """Contours of what a model found on one slice; none if it found nothing there."""

    model: ModelOut | None = Field(description="Who found it.")
    source: Literal["evidence", "segmentation"]
    of: str = Field(description="The class or the region.", examples=["glioma"])
    threshold: float = Field(
        description="The contour runs where the map has this value; of a segmentation, where half "
        "of it lies inside.",
        examples=[0.02],
    )
    annotations: list[DraftOut]


class ImportedOut(Out):
    """What a file brought."""

    stored: list[str] = Field(
        description="Ids of its annotations; those that were here already are named as well.",
        examples=[["9b2f6c1e4d7a4b3c8e5f"]],
    )
    cautions: list[str]
