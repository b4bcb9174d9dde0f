"""Slices that somebody drew on: which they are, what they show, and why some cannot be used.

Light: it looks at rows, outlines and grids, never at pixels. What the marks are on the pixels is
worked out where the training runs (`workflow/training_cases.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import GeometryMismatchError
from neuroscope.preprocess.drawn import drawn_along, mask_start
from neuroscope.preprocess.orient import PLANES, best_cut
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import closest_axes
from neuroscope.records.volume import Plane, Volume
from neuroscope.store.annotation_rows import StoredVersion
from neuroscope.store.labeled_slices import Place, agreed_label, is_locked
from neuroscope.store.reader_labels import ReaderLabel

MOST_OF_A_MASK = 8  # slices: those of one tumor resemble each other
ONLY_IGNORED = "Only places to ignore are marked, in a volume with a tumor: is it on this slice?"
TUMOR_OF_NONE = "A tumor is marked where the answer is that there is none."

Key = tuple[str, str, int | None, int]  # study, series, voxel axis (None for a picture), index


@dataclass(frozen=True, slots=True, eq=False)
class MarkedSlice:
    """A slice that somebody drew on.

    Attributes
    ----------
    patient
        Pseudonym of the study: whoever shares it is one piece of evidence.
    axis
        Voxel axis normal to the slice of a volume; None for a plain picture.
    index
        Of the picture, or of the layer of voxels along `axis`.
    name
        As a reader knows it.
    plane
        Of a slice of a volume.
    label
        What it shows, by its readers; None with the reason in `left_out`.
    drawn
        The versions that count, of every reader.
    is_stale
        Some were drawn against the answer of a model that is active no more.
    """

    study_id: str
    patient: str
    series_id: str
    axis: int | None
    index: int
    name: str
    plane: Plane | None
    label: str | None
    left_out: str | None
    drawn: tuple[StoredVersion, ...]
    is_stale: bool

    @property
    def is_locked(self) -> bool:
        """Its patient is in no training."""
        return is_locked(self.patient)

    @property
    def readers(self) -> tuple[str, ...]:
        """Who drew."""
        return tuple(sorted({version.owner for version in self.drawn}))


def marked_slices(
    drawn: Iterable[StoredVersion],
    labels: Sequence[ReaderLabel],
    *,
    patients: Mapping[str, str],
    names: Mapping[tuple[str, str, int], str],
    volumes: Mapping[Place, Volume],
    active: Mapping[str, str | None],
) -> tuple[MarkedSlice, ...]:
    """List the slices that something was drawn on, those that cannot be used among them.

    Parameters
    ----------
    patients
        Pseudonym by study.
    names
        Of plain pictures.
    volumes
        Grids of the series that are volumes; their voxels are not looked at.
    active
        Hash of the active weights by name of the model.
    """
    by_slice: dict[Key, list[StoredVersion]] = {}
    for version in drawn:
        place = (version.study_id, version.annotation.series_id)
        for axis, index in _slices_of(version.annotation, volumes.get(place)):
            by_slice.setdefault((*place, axis, index), []).append(version)
    _add_masks(by_slice, volumes)
    found = []
    for key, here in sorted(by_slice.items(), key=lambda item: _order(item[0])):
        study_id, series_id, axis, index = key
        plane = None if axis is None else _plane(volumes[study_id, series_id], axis)
        label, left_out = _label_of(key, here, labels)
        found.append(
            MarkedSlice(
                study_id=study_id,
                patient=patients[study_id],
                series_id=series_id,
                axis=axis,
                index=index,
                name=f"{plane} {index + 1}" if plane else names[study_id, series_id, index],
                plane=plane,
                label=label,
                left_out=left_out,
                drawn=tuple(here),
                is_stale=any(_is_stale(version, active) for version in here),
            )
        )
    return tuple(found)


def _label_of(
    key: Key, drawn: Sequence[StoredVersion], labels: Sequence[ReaderLabel]
) -> tuple[str | None, str | None]:
    study_id, series_id, axis, index = key
    label, left_out = agreed_label(labels, (study_id, series_id), index if axis is None else None)
    kinds = {version.annotation.kind for version in drawn}
    if label == "notumor" and "tumor" in kinds:
        return None, TUMOR_OF_NONE
    if label not in (None, "notumor") and axis is not None and not kinds & {"evidence", "tumor"}:
        return None, ONLY_IGNORED
    return label, left_out


def _slices_of(annotation: Annotation, grid: Volume | None) -> list[tuple[int | None, int]]:
    """Name the slices that an annotation is used on: the one it lies in, or some of a mask's."""
    if grid is None:
        return [] if annotation.slice_index is None else [(None, annotation.slice_index)]
    try:
        if annotation.mask is not None:
            return _slices_of_mask(annotation, grid)
        axis = drawn_along(annotation, grid)
    except GeometryMismatchError:  # it lies across the planes: no slice shows it as it was drawn
        return []
    layer = round(float(grid.to_voxel(annotation.points_mm)[:, axis].mean()))
    return [(axis, layer)] if 0 <= layer < grid.shape[axis] else []


def _add_masks(
    by_slice: Mapping[Key, list[StoredVersion]], volumes: Mapping[Place, Volume]
) -> None:
    """Put masks on every slice they reach that is used anyhow, besides those chosen for them."""
    masks: dict[tuple[str, str, int], dict[str, StoredVersion]] = {}
    for (study_id, series_id, axis, _), here in by_slice.items():
        if axis is not None:
            known = masks.setdefault((study_id, series_id, axis), {})
            known |= {v.annotation.id: v for v in here if v.annotation.mask is not None}
    for (study_id, series_id, axis, index), here in by_slice.items():
        if axis is None:
            continue
        grid, present = volumes[study_id, series_id], {v.annotation.id for v in here}
        here += [
            version
            for mask_id, version in masks[study_id, series_id, axis].items()
            if mask_id not in present and index in _layers(version.annotation, grid, axis)
        ]


def _slices_of_mask(annotation: Annotation, grid: Volume) -> list[tuple[int | None, int]]:
    axis = best_cut(grid).axis
    layers = _layers(annotation, grid, axis)
    some = np.linspace(0, len(layers) - 1, min(MOST_OF_A_MASK, len(layers))).round().astype(int)
    return [(axis, int(layer)) for layer in layers[some]]


def _layers(annotation: Annotation, grid: Volume, axis: int) -> NDArray[np.int64]:
    """Name the layers of voxels in which a mask marks anything."""
    assert annotation.mask is not None  # noqa: S101 - only masks come here
    first = mask_start(annotation, grid.affine, grid.shape)[axis]
    marked = annotation.mask.any(tuple(v for v in range(3) if v != axis))
    return np.asarray(first + np.flatnonzero(marked), np.int64)


def _plane(grid: Volume, axis: int) -> Plane:
    return PLANES[closest_axes(grid.affine)[axis]]


def _is_stale(version: StoredVersion, active: Mapping[str, str | None]) -> bool:
    model = version.annotation.model
    current = None if model is None else active.get(model.name)
    return model is not None and current is not None and current != model.sha256


def _order(key: Key) -> tuple[str, str, int, int]:
    study_id, series_id, axis, index = key
    return study_id, series_id, -1 if axis is None else axis, index
