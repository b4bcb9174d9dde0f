"""Contours to edit, as they travel."""

from collections.abc import Sequence

from neuroscope.api.drawing_schema import DraftOut, FilledOut, FromModelIn, FromModelOut
from neuroscope.api.schemas import ModelOut
from neuroscope.preprocess.contours import LayerContours, Rings
from neuroscope.records.annotation import AnnotationKind
from neuroscope.records.volume import Plane
from neuroscope.workflow.drafts import Drafts


def filled_out(layers: Sequence[LayerContours], plane: Plane, *, kind: AnnotationKind) -> FilledOut:
    """Answer with the contours between two slices."""
    return FilledOut(
        slices=len(layers),
        annotations=[
            _draft(rings, kind, plane=plane) for layer in layers for rings in layer.contours
        ],
    )


def drafts_out(found: Drafts, asked: FromModelIn) -> FromModelOut:
    """Answer with the contours of what a model found."""
    return FromModelOut(
        model=None if found.model is None else ModelOut.model_validate(found.model),
        source=asked.source,
        of=found.of,
        threshold=found.threshold,
        annotations=[
            _draft(
                rings,
                found.kind,
                plane=found.plane,
                slice_index=asked.slice_index,
                analysis_id=asked.analysis_id,
            )
            for rings in found.contours
        ],
    )


def _draft(
    rings: Rings,
    kind: AnnotationKind,
    *,
    plane: Plane | None,
    slice_index: int | None = None,
    analysis_id: str | None = None,
) -> DraftOut:
    outline, *holes = rings
    return DraftOut(
        kind=kind,
        points_mm=outline.tolist(),
        holes_mm=[hole.tolist() for hole in holes],
        slice_index=slice_index,
        plane=plane,
        analysis_id=analysis_id,
    )
