"""From what readers drew in the store to marks on the slices as a network sees them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, NeuroscopeError
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.learn.reasons.consensus import JoinedMarks, join_readers
from neuroscope.learn.reasons.raster import SliceMarks, marks_on_slice
from neuroscope.measure.readers import Reading, compare_readers, reader_weights
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.preprocess.orient import SliceSource, slices_along, slices_of
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.volume import Slice, Volume
from neuroscope.store.database import Store
from neuroscope.store.labeled_slices import LabeledSlice
from neuroscope.store.marked_slices import MarkedSlice
from neuroscope.store.studies import load_series

HALF = 0.5  # a pixel covered less is not marked
NOBODY = "No annotated slice could be used."


@dataclass(frozen=True, slots=True, eq=False)
class MarkedCases:
    """Slices with marks, ready for a network, and what of them could not be used.

    Attributes
    ----------
    names
        Of the slices, for a page.
    places
        Study and series of each slice, `study/series`.
    """

    annotated: Annotated
    names: tuple[str, ...]
    places: tuple[str, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    of: MarkedSlice
    image: NDArray[np.uint8]
    readers: Mapping[str, SliceMarks]


def marked_cases(
    store: Store, slices: Sequence[MarkedSlice], *, size: int, cells: int
) -> MarkedCases:
    """Draw the marks of every reader on the slices, and join them by how far to trust each.

    A slice whose marks contradict each other, or that cannot be prepared, is left out and named.

    Parameters
    ----------
    size, cells
        Sides of the prepared slices, and of the grid of places, of the network.
    """
    prepared: list[_Prepared] = []
    cautions: list[str] = []
    for (study_id, series_id), some in groupby(slices, lambda one: (one.study_id, one.series_id)):
        image = load_series(store, study_id, series_id)
        for axis, same in groupby(some, lambda one: one.axis):
            source = _source(image, axis)
            for one in same:
                try:
                    prepared.append(_prepared(one, source, image, size))
                except NeuroscopeError as error:
                    cautions.append(f"{_name(one)} is left out: {error.problem}")
    weights = _weights(prepared)
    joined = [join_readers(one.readers, weights) for one in prepared]
    for item, marks in zip(prepared, joined, strict=True):
        cautions += [f"{_name(item.of)}: {caution}" for caution in marks.marks.cautions]
        if marks.weight == 0:
            cautions.append(f"{_name(item.of)} counts for nothing: its readers agree in no place.")
    return MarkedCases(
        _annotated(prepared, joined, size=size, cells=cells),
        tuple(_name(item.of) for item in prepared),
        tuple(f"{item.of.study_id}/{item.of.series_id}" for item in prepared),
        tuple(dict.fromkeys(cautions)),
    )


def labeled_cases(store: Store, slices: Iterable[LabeledSlice], *, size: int) -> Cases:
    """Prepare slices whose readers said what they show; those that cannot be are skipped."""
    images: list[NDArray[np.uint8]] = []
    kept: list[LabeledSlice] = []
    for (study_id, series_id), some in groupby(slices, lambda one: (one.study_id, one.series_id)):
        image = load_series(store, study_id, series_id)
        for axis, same in groupby(some, lambda one: one.axis):
            source = _source(image, axis)
            for one in same:
                try:
                    prepared = prepare_slice(source.get(one.index), size=size)
                except NeuroscopeError:
                    continue
                images.append(_bytes(prepared.image))
                kept.append(one)
    return Cases(
        np.stack(images) if images else np.zeros((0, size, size), np.uint8),
        np.array([CLASS_NAMES.index(one.label) for one in kept], np.int64),
        np.array([one.patient for one in kept], str),
    )


def _source(image: Volume | tuple[Slice, ...], axis: int | None) -> SliceSource:
    if isinstance(image, Volume) and axis is not None:
        return slices_along(image, axis)
    return slices_of(image)


def _prepared(
    one: MarkedSlice, source: SliceSource, image: Volume | tuple[Slice, ...], size: int
) -> _Prepared:
    prepared = prepare_slice(source.get(one.index), size=size)
    grid = slice_grid(source, one.index)
    seen = grid.within(prepared.to_pixels, (size, size))
    volume = image if isinstance(image, Volume) else None
    readers = {}
    for reader in one.readers:
        own = [version.annotation for version in one.drawn if version.owner == reader]
        marks = marks_on_slice(own, grid, seen=seen, volume=volume)
        if marks.evidence.any() or marks.not_evidence.any() or marks.tumor.any():
            readers[reader] = marks
    if not readers:
        raise BadInputError(
            "Its marks lie outside what the network sees.", fix="Draw them on the head."
        )
    return _Prepared(one, _bytes(prepared.image), readers)


def _weights(prepared: Sequence[_Prepared]) -> dict[str, float]:
    """Weigh readers by how they agree on where the evidence is, over the slices they share."""
    readings = []
    for number, one in enumerate(prepared):
        wanted = {
            reader: np.maximum(marks.evidence, marks.tumor) >= HALF
            for reader, marks in one.readers.items()
        }
        masks = {reader: mask for reader, mask in wanted.items() if mask.any()}
        if len(masks) > 1:
            readings.append(Reading(str(number), one.of.patient, masks, (1.0, 1.0)))
    return reader_weights(compare_readers(readings))


def _annotated(
    prepared: Sequence[_Prepared], joined: Sequence[JoinedMarks], *, size: int, cells: int
) -> Annotated:
    empty = np.zeros((0, size, size), np.float32)
    evidence = [np.maximum(one.marks.evidence, one.marks.tumor) for one in joined]
    ignored = [one.marks.not_evidence for one in joined]
    masks = cell_masks(
        torch.from_numpy(np.stack(evidence) if evidence else empty),
        torch.from_numpy(np.stack(ignored) if ignored else empty),
        cells=cells,
        only_this=torch.tensor([one.marks.only_this for one in joined], dtype=torch.bool),
        weight=torch.tensor([one.weight for one in joined], dtype=torch.float32),
    )
    images = [one.image for one in prepared]
    cases = Cases(
        np.stack(images) if images else np.zeros((0, size, size), np.uint8),
        np.array([CLASS_NAMES.index(one.of.label or "") for one in prepared], np.int64),
        np.array([one.of.patient for one in prepared], str),
    )
    return Annotated(cases, masks)


def _bytes(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.round(image * 255), np.uint8)


def _name(one: MarkedSlice) -> str:
    return f"{one.patient}, {one.name}"
