"""Annotations as they travel, and as records."""

import base64
import binascii
import secrets

import numpy as np
from numpy.typing import NDArray

from neuroscope.api.annotation_schema import (
    MOST_POINTS,
    AnnotationIn,
    AnnotationOut,
    Mask,
    VersionOut,
)
from neuroscope.api.schemas import ModelOut
from neuroscope.errors import BadInputError, TooLargeError
from neuroscope.records.annotation import Annotation
from neuroscope.records.prediction import ModelRef
from neuroscope.store.annotation_reads import StoredAnnotation
from neuroscope.store.annotation_rows import StoredVersion


def drawn(
    body: AnnotationIn,
    *,
    series_id: str,
    author: str,
    model: ModelRef | None,
    annotation_id: str | None = None,
) -> Annotation:
    """Make the record of what was sent.

    Raises
    ------
    BadInputError, GeometryError
        If it draws nothing, crosses itself, or its mask does not fit its shape.
    TooLargeError
        If it has too many points.
    """
    points = len(body.points_mm) + sum(len(ring) for ring in body.holes_mm)
    if points > MOST_POINTS:
        raise TooLargeError(
            f"The annotation has {points} points; {MOST_POINTS} are allowed.",
            fix="Draw fewer, or send a mask.",
        )
    return Annotation(
        id=annotation_id or body.id or secrets.token_hex(10),
        series_id=series_id,
        kind=body.kind,
        shape=body.shape,
        points_mm=_points(body.points_mm),
        author=author,
        radius_mm=body.radius_mm,
        reason=body.reason,
        holes_mm=tuple(_points(ring) for ring in body.holes_mm),
        slice_index=body.slice_index,
        mask=None if body.mask is None else _unpacked(body.mask),
        mask_affine=None if body.mask is None else np.array(body.mask.affine, np.float64),
        only_this=body.only_this,
        model=model,
        plane=body.plane,
    )


def annotation_out(stored: StoredAnnotation) -> AnnotationOut:
    """Answer with an annotation as it counts now."""
    return AnnotationOut(
        **version_out(stored.current).model_dump(),
        conflicts=list(stored.conflicts),
        is_stale=stored.is_stale,
    )


def version_out(stored: StoredVersion) -> VersionOut:
    """Answer with one version."""
    drawing = stored.annotation
    if drawing.created is None:
        raise TypeError("what is stored has a time")
    return VersionOut(
        id=drawing.id,
        study_id=stored.study_id,
        series_id=drawing.series_id,
        version=drawing.version,
        parent=stored.parent,
        head=stored.head,
        is_conflict=stored.is_conflict,
        resolves=list(stored.resolves),
        kind=drawing.kind,
        shape=drawing.shape,
        points_mm=drawing.points_mm.tolist(),
        radius_mm=drawing.radius_mm,
        holes_mm=[ring.tolist() for ring in drawing.holes_mm],
        slice_index=drawing.slice_index,
        plane=drawing.plane,
        mask=_packed(drawing),
        only_this=drawing.only_this,
        reason=drawing.reason,
        author=drawing.author,
        owner=stored.owner,
        created=drawing.created,
        deleted=drawing.deleted,
        model=None if drawing.model is None else ModelOut.model_validate(drawing.model),
        image_sha256=stored.image_sha256,
        software=stored.software,
    )


def _points(given: list[tuple[float, float, float]]) -> NDArray[np.float64]:
    return np.array(given, np.float64).reshape(-1, 3)


def _unpacked(mask: Mask) -> NDArray[np.bool_]:
    voxels = mask.shape[0] * mask.shape[1] * mask.shape[2]
    try:
        packed = np.frombuffer(base64.b64decode(mask.bits, validate=True), np.uint8)
    except (binascii.Error, ValueError) as error:
        raise BadInputError(
            "The bits of the mask are no base64.", fix="Encode them anew."
        ) from error
    if len(packed) != (voxels + 7) // 8:
        raise BadInputError(
            f"The mask holds {len(packed)} bytes; its shape needs {(voxels + 7) // 8}.",
            fix="Send one bit for each voxel of the box.",
        )
    bits = np.unpackbits(packed, count=voxels, bitorder="little").astype(bool)
    return bits.reshape(mask.shape, order="F")


def _packed(drawing: Annotation) -> Mask | None:
    if drawing.mask is None or drawing.mask_affine is None:
        return None
    i, j, k = drawing.mask.shape
    bits = np.packbits(drawing.mask.ravel(order="F"), bitorder="little")
    rows = [tuple(row) for row in drawing.mask_affine.tolist()]
    return Mask(
        shape=(i, j, k),
        affine=(rows[0], rows[1], rows[2], rows[3]),
        bits=base64.b64encode(bits.tobytes()).decode("ascii"),
    )
