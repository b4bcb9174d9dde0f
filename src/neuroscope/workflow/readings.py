"""How the readers of the store agree: on one series, over all of them, and where they do not.

What counts is what was handed in. Readers who drew on a series without being asked to read it have
nothing to hand in: of them, what is drawn now counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.measure.readers import (
    PairScore,
    ReaderAgreement,
    Reading,
    compare_readers,
    disagreement_map,
    reader_weights,
    summarize,
    voxel_kappa,
)
from neuroscope.measure.staple import Consensus, staple
from neuroscope.preprocess.drawn import HALF_COVERED, covered, mask_start, voxel_mask
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation, AnnotationKind
from neuroscope.records.geometry import spacing_mm
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.records.volume import Volume
from neuroscope.statistics import Interval, bootstrap_by_unit
from neuroscope.store.database import Store
from neuroscope.store.series_readings import (
    SeriesReadings,
    Versions,
    list_read_series,
    read_series_readings,
    versions_of_readings,
)
from neuroscope.store.studies import StoredSeries, StoredSlice, read_study
from neuroscope.workflow.drafts import grid_of

Mask = NDArray[np.bool_]
KEPT = 256  # series whose scores are kept at hand


@dataclass(frozen=True, slots=True)
class CaseScores:
    """How the readers of one case agree: a volume, or one picture (`slice_index`)."""

    study_id: str
    pseudonym: str
    series_id: str
    slice_index: int | None
    pairs: tuple[PairScore, ...]
    kappa: float


@dataclass(frozen=True, slots=True)
class SeriesAgreement:
    """How the readers of one series agree; `waiting` readings are not handed in yet."""

    readers: tuple[str, ...]
    waiting: int
    in_pixels: bool
    cases: tuple[CaseScores, ...]


@dataclass(frozen=True, slots=True)
class StoreAgreement:
    """How readers agree over all series that two or more have read.

    Attributes
    ----------
    hidden
        Series that the one who asks reads blind and has not handed in.
    kappa
        Mean of Fleiss' kappa over voxels.
    by_pair
        By the names of two readers.
    """

    series: int
    hidden: int
    whole: ReaderAgreement | None
    kappa: Interval | None
    by_pair: Mapping[tuple[str, str], ReaderAgreement]
    weights: Mapping[str, float]


def series_agreement(
    store: Store, study_id: str, series_id: str, *, kind: AnnotationKind, reader: str
) -> SeriesAgreement:
    """Compare the readers of one series.

    Raises
    ------
    NotFoundError
        If there is no such series.
    ConflictError
        If the one who asks reads it blind and has not handed in.
    """
    found = _visible(store, study_id, series_id, reader)
    series = read_study(store, study_id).require_series(series_id)
    return SeriesAgreement(
        readers=tuple(found.readers),
        waiting=found.waiting,
        in_pixels=series.array is None and all(cut.affine is None for cut in series.slices),
        cases=_scores(store, study_id, series_id, kind, versions_of_readings(found)),
    )


def store_agreement(store: Store, *, kind: AnnotationKind, reader: str) -> StoreAgreement:
    """Compare the readers of all series, with intervals that draw whole patients."""
    cases, series, hidden = _all_cases(store, kind, reader)
    pairs = [pair for case in cases for pair in case.pairs]
    together = sorted({pair.readers for pair in pairs})
    known = [case for case in cases if np.isfinite(case.kappa)]
    return StoreAgreement(
        series=series,
        hidden=hidden,
        whole=summarize(pairs),
        kappa=_mean_kappa(known) if known else None,
        by_pair={two: _of(summarize(pairs, readers=two)) for two in together},
        weights=reader_weights(pairs),
    )


def disputes(
    store: Store, *, kind: AnnotationKind, reader: str
) -> tuple[tuple[CaseScores, ...], int]:
    """Line up the cases of two readers or more for discussion, lowest agreement first.

    Returns
    -------
    tuple
        The cases, and how many series were left out because the reader reads them blind. Cases on
        which all drew the same are left out.
    """
    cases, _, hidden = _all_cases(store, kind, reader)
    argued = [case for case in cases if mean_dice(case) < 1]
    place = [(mean_dice(c), c.study_id, c.series_id, c.slice_index or 0) for c in argued]
    return tuple(argued[n] for n in sorted(range(len(argued)), key=place.__getitem__)), hidden


def mean_dice(case: CaseScores) -> float:
    """Average the Dice of all pairs of readers of a case."""
    return float(np.mean([pair.dice for pair in case.pairs]))


def farthest(case: CaseScores) -> tuple[str, str]:
    """Name the two readers of a case who agree least."""
    return min(case.pairs, key=lambda pair: pair.dice).readers


def consensus(
    store: Store,
    study_id: str,
    series_id: str,
    *,
    kind: AnnotationKind,
    slice_index: int | None,
    reader: str,
) -> tuple[Consensus, Reading]:
    """Join the readings of a volume, or of one picture, by STAPLE.

    Raises
    ------
    NotFoundError
        If there is no such series, or fewer than two have read it.
    ConflictError
        As `series_agreement`.
    """
    reading = _reading(store, study_id, series_id, kind, slice_index, reader)
    return staple(reading.masks), reading


def disagreement(
    store: Store,
    study_id: str,
    series_id: str,
    *,
    kind: AnnotationKind,
    slice_index: int | None,
    reader: str,
) -> NDArray[np.float32]:
    """Map the share of the pairs of readers that disagree on each voxel; arguments as `consensus`.

    Raises
    ------
    NotFoundError, ConflictError
        As `consensus`.
    """
    return disagreement_map(_reading(store, study_id, series_id, kind, slice_index, reader))


def _reading(
    store: Store,
    study_id: str,
    series_id: str,
    kind: AnnotationKind,
    slice_index: int | None,
    reader: str,
) -> Reading:
    found = _visible(store, study_id, series_id, reader)
    stored = read_study(store, study_id)
    series = stored.require_series(series_id)
    for index, reading in _cases(found, series, stored.row.pseudonym, kind):
        if index == slice_index and len(reading.masks) > 1:
            return reading
    raise NotFoundError(
        "Fewer than two readers have read this.",
        fix="Wait until two have handed in; of a series of pictures, name one by `slice_index`.",
    )


def _visible(store: Store, study_id: str, series_id: str, reader: str) -> SeriesReadings:
    found = read_series_readings(store, study_id, series_id, reader=reader)
    if found.is_hidden:
        raise ConflictError(
            "You read this series blind and have not handed in.",
            fix="Submit your reading; then you see what others drew.",
        )
    return found


def _all_cases(
    store: Store, kind: AnnotationKind, reader: str
) -> tuple[list[CaseScores], int, int]:
    cases: list[CaseScores] = []
    series = hidden = 0
    for study_id, series_id in list_read_series(store):
        found = read_series_readings(store, study_id, series_id, reader=reader)
        if found.is_hidden:
            hidden += 1
        elif len(found.readers) > 1:
            own = _scores(store, study_id, series_id, kind, versions_of_readings(found))
            series += bool(own)
            cases += own
    return cases, series, hidden


@lru_cache(maxsize=KEPT)
def _scores(
    store: Store,
    study_id: str,
    series_id: str,
    kind: AnnotationKind,
    versions: Versions,
) -> tuple[CaseScores, ...]:
    """Compare the readers of a series; kept until one of the versions that count changes."""
    del versions  # they are the key under which the answer is kept
    found = read_series_readings(store, study_id, series_id, reader=None)
    stored = read_study(store, study_id)
    series = stored.require_series(series_id)
    return tuple(
        CaseScores(
            study_id=study_id,
            pseudonym=stored.row.pseudonym,
            series_id=series_id,
            slice_index=index,
            pairs=compare_readers([reading]),
            kappa=voxel_kappa(reading),
        )
        for index, reading in _cases(found, series, stored.row.pseudonym, kind)
        if len(reading.masks) > 1
    )


def _cases(
    found: SeriesReadings, series: StoredSeries, patient: str, kind: AnnotationKind
) -> Iterator[tuple[int | None, Reading]]:
    """Lay out what the readers of a series marked, one case after the other."""
    marks = {
        reader: [one for one in drawn if one.kind == kind]
        for reader, drawn in found.readers.items()
    }
    if series.array is not None:
        volume = grid_of(series)
        masks = {reader: _voxels(drawn, volume) for reader, drawn in marks.items()}
        yield None, Reading("volume", patient, masks, volume.spacing_mm)
        return
    for cut in series.slices:
        readers = [one for one in marks if _looked_at(found, one, cut.index)]
        masks = {reader: _pixels(marks[reader], cut) for reader in readers}
        affine = PLAIN_AFFINE if cut.affine is None else cut.affine
        rows, columns, _ = spacing_mm(affine)
        yield cut.index, Reading(str(cut.index), patient, masks, (rows, columns))


def _looked_at(found: SeriesReadings, reader: str, index: int) -> bool:
    """Tell whether a reader saw a picture: all if they handed in, else those they drew on."""
    if reader in found.handed_in:
        return True
    return any(one.slice_index == index for one in found.readers[reader])


def _voxels(drawn: Sequence[Annotation], volume: Volume) -> Mask:
    whole = np.zeros(volume.shape, bool)
    for annotation in drawn:
        painted = voxel_mask(annotation, volume)
        assert painted.mask is not None  # noqa: S101 - voxel_mask gives one
        i, j, k = mask_start(painted, volume.affine, volume.shape)
        a, b, c = painted.mask.shape
        whole[i : i + a, j : j + b, k : k + c] |= painted.mask
    return whole


def _pixels(drawn: Sequence[Annotation], cut: StoredSlice) -> Mask:
    rows, columns = cut.array.shape
    affine = PLAIN_AFFINE if cut.affine is None else cut.affine
    grid = SliceGrid(cut.name, (rows, columns), affine, cut.index)
    whole = np.zeros((rows, columns), bool)
    for annotation in drawn:
        if annotation.slice_index == cut.index:
            cover = covered(annotation, grid)
            if cover.any():
                whole |= cover >= min(HALF_COVERED, float(cover.max()))
    return whole


def _mean_kappa(cases: Sequence[CaseScores]) -> Interval:
    values = np.array([case.kappa for case in cases])
    patients = np.array([case.pseudonym for case in cases])
    return bootstrap_by_unit(lambda rows: float(values[rows].mean()), patients)


def _of(summary: ReaderAgreement | None) -> ReaderAgreement:
    assert summary is not None  # noqa: S101 - every pair named here shares a case
    return summary
