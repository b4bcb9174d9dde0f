"""A version of an annotation as a row, and back; and the hash by which the trail knows it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.records.annotation import Annotation
from neuroscope.records.prediction import ModelRef
from neuroscope.store.audit import canonical, sha256
from neuroscope.store.blobs import ArrayBlob, read_array, sync_folder, write_array
from neuroscope.store.reading_tables import AnnotationRow, AnnotationVersionRow
from neuroscope.store.tables import Json


@dataclass(frozen=True, slots=True, eq=False)
class StoredVersion:
    """A version of an annotation, and where it stands.

    Attributes
    ----------
    owner
        Who drew the first version.
    head
        The version that counts.
    parent
        The version its author saw; None for the first.
    is_conflict
        It was drawn on a version that was the newest no more: it is kept, and does not count.
    resolves
        The conflicts that its author looked at.
    image_sha256
        Of the stored image it was drawn on.
    software
        Version of Neuroscope that took it.
    """

    study_id: str
    annotation: Annotation
    owner: str
    head: int
    parent: int | None
    is_conflict: bool
    resolves: tuple[int, ...]
    image_sha256: str
    software: str


def content_of(drawn: Annotation, *, image_sha256: str, folder: Path) -> Json:
    """Give what a version holds as plain values; its mask is written into the folder first."""
    mask = None
    if drawn.mask is not None:
        mask = write_array(folder, np.asarray(drawn.mask, np.uint8), order="F").to_json()
        sync_folder(folder)
    return {
        "kind": drawn.kind,
        "shape": drawn.shape,
        "points_mm": drawn.points_mm.tolist(),
        "holes_mm": [ring.tolist() for ring in drawn.holes_mm],
        "radius_mm": float(drawn.radius_mm),
        "slice_index": drawn.slice_index,
        "plane": drawn.plane,
        "mask": mask,
        "mask_affine": None if drawn.mask_affine is None else drawn.mask_affine.tolist(),
        "only_this": drawn.only_this,
        "reason": drawn.reason,
        "model": None if drawn.model is None else asdict(drawn.model),
        "image_sha256": image_sha256,
        "software": version_of("neuroscope"),
    }


def says_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two contents are one drawing, whatever version of Neuroscope took them."""
    return {**one, "software": ""} == {**other, "software": ""}


def version_sha256(row: AnnotationVersionRow) -> str:
    """Hash all that a version holds."""
    return sha256(
        canonical(
            {
                "annotation_id": row.annotation_id,
                "version": row.version,
                "parent": row.parent,
                "is_conflict": row.is_conflict,
                "resolves": row.resolves,
                "author": row.author,
                "created": row.created.isoformat(timespec="microseconds"),
                "deleted": row.deleted,
                "content": row.content,
            }
        )
    )


def versions_of(session: Session, annotation_id: str) -> list[AnnotationVersionRow]:
    """Return the rows of all versions, the first one first; they count from 1 without gaps."""
    return list(
        session.scalars(
            select(AnnotationVersionRow)
            .where(AnnotationVersionRow.annotation_id == annotation_id)
            .order_by(AnnotationVersionRow.version)
        )
    )


def stored_version(
    folder: Path, row: AnnotationRow, version: AnnotationVersionRow
) -> StoredVersion:
    """Read a version; its mask is read from the folder of the study."""
    return StoredVersion(
        study_id=row.study_id,
        annotation=_annotation(folder, row.series_id, version),
        owner=row.owner,
        head=row.head,
        parent=version.parent,
        is_conflict=version.is_conflict,
        resolves=tuple(version.resolves),
        image_sha256=version.content["image_sha256"],
        software=version.content["software"],
    )


def _annotation(folder: Path, series_id: str, version: AnnotationVersionRow) -> Annotation:
    content = version.content
    mask, affine, model = content["mask"], content["mask_affine"], content["model"]
    return Annotation(
        id=version.annotation_id,
        series_id=series_id,
        kind=content["kind"],
        shape=content["shape"],
        points_mm=_points(content["points_mm"]),
        author=version.author,
        version=version.version,
        radius_mm=content["radius_mm"],
        reason=content["reason"],
        holes_mm=tuple(_points(ring) for ring in content["holes_mm"]),
        slice_index=content["slice_index"],
        mask=None if mask is None else read_array(folder, ArrayBlob.from_json(mask)).astype(bool),
        mask_affine=None if affine is None else np.array(affine, np.float64),
        only_this=content["only_this"],
        created=version.created,
        deleted=version.deleted,
        model=None if model is None else ModelRef(**model),
        plane=content["plane"],
    )


def _points(stored: list[Any]) -> NDArray[np.float64]:
    return np.array(stored, np.float64).reshape(-1, 3)
