"""What was found in space: numbers as JSON; labels, doubt, evidence and surfaces as blobs."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neuroscope.errors import NotFoundError
from neuroscope.records.arrays import Array
from neuroscope.records.volumetry import Volumetry
from neuroscope.store.blobs import (
    ArrayBlob,
    Blob,
    read_array,
    sync_folder,
    write_array,
    write_bytes,
)
from neuroscope.store.database import Store, insert_once
from neuroscope.store.explanation_tables import VolumetryRow
from neuroscope.store.result_rows import folder_of

BITS, STRONG = 255.0, 127.5  # steps of a byte for 1 bit of doubt, and for strong evidence


@dataclass(frozen=True, slots=True)
class StoredVolumetry:
    """The content of `report/volumetry.py`, and where the arrays lie."""

    content: dict[str, Any]
    labels: ArrayBlob
    uncertainty: ArrayBlob | None
    evidence: ArrayBlob | None
    surfaces: Blob


def save_volumetry(
    store: Store,
    analysis_id: str,
    volumetry: Volumetry,
    *,
    content: dict[str, Any],
    surfaces: bytes,
) -> None:
    """Store what was found in space; if it is there already, it stays.

    Parameters
    ----------
    content
        What `report/volumetry.py` writes.
    surfaces
        A GLB file.
    """
    folder = folder_of(store, analysis_id)
    doubt, evidence = volumetry.segmented.uncertainty, volumetry.evidence
    labels = np.asarray(volumetry.segmented.segmentation.labels, np.uint8)
    values = {
        "analysis_id": analysis_id,
        "content": content,
        "labels": write_array(folder, labels, order="F").to_json(),
        "uncertainty": None
        if doubt is None
        else write_array(folder, _bytes(doubt, BITS), order="F").to_json(),
        "evidence": None
        if evidence is None
        else write_array(folder, _bytes(evidence.heatmap.values, STRONG), order="F").to_json(),
        "surfaces": asdict(write_bytes(folder, surfaces)),
    }
    sync_folder(folder)
    with store.transaction() as session:
        insert_once(session, VolumetryRow, [values])


def has_volumetry(store: Store, analysis_id: str) -> bool:
    """Tell whether an analysis has been done in space."""
    with store.reading() as session:
        return session.get(VolumetryRow, analysis_id) is not None


def read_volumetry(store: Store, analysis_id: str) -> StoredVolumetry:
    """Read what was found in space.

    Raises
    ------
    NotFoundError
        If the analysis has no such part (yet).
    """
    with store.reading() as session:
        row = session.get(VolumetryRow, analysis_id)
    if row is None:
        raise NotFoundError(
            "This analysis has no measurements in space (yet).",
            fix="They need a volume of T1, contrast T1, T2 or FLAIR; else wait for the job to end.",
        )
    return StoredVolumetry(
        content=row.content,
        labels=ArrayBlob.from_json(row.labels),
        uncertainty=ArrayBlob.from_json(row.uncertainty) if row.uncertainty else None,
        evidence=ArrayBlob.from_json(row.evidence) if row.evidence else None,
        surfaces=Blob(**row.surfaces),
    )


def read_maps(store: Store, analysis_id: str) -> tuple[Array, Array | None]:
    """Read labels and, if it was drawn, evidence (1 is strong), both `(i, j, k)`.

    Raises
    ------
    NotFoundError
        If the analysis has no such part (yet).
    """
    stored, folder = read_volumetry(store, analysis_id), folder_of(store, analysis_id)
    labels = read_array(folder, stored.labels)
    if stored.evidence is None:
        return labels, None
    return labels, np.asarray(read_array(folder, stored.evidence) / STRONG, np.float32)


def read_labels(store: Store, analysis_id: str) -> Array:
    """Read the labels `(i, j, k)` on the grid of the reference, uint8."""
    stored = read_volumetry(store, analysis_id)
    return read_array(folder_of(store, analysis_id), stored.labels)


def read_uncertainty(store: Store, analysis_id: str) -> Array | None:
    """Read the doubt of each voxel `(i, j, k)` in steps of 1/255 bit; None for a mask."""
    stored = read_volumetry(store, analysis_id)
    if stored.uncertainty is None:
        return None
    doubt = read_array(folder_of(store, analysis_id), stored.uncertainty)
    return np.asarray(doubt / BITS, np.float32)


def _bytes(values: Array, steps: float) -> Array:
    scaled = np.rint(np.asarray(values, np.float32) * steps)
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)
