"""Which slices of the store should a reader annotate next, and why.

See docs/explanation/which-slice-next.md for the rules. All that they need was stored when the
slices were analyzed: nothing is computed by a network here.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.explain.location import Location
from neuroscope.learn.reasons.acquire import queue
from neuroscope.learn.reasons.attention import suspicion_of
from neuroscope.learn.reasons.candidates import Candidates, Known, QueueConfig, Rule
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import transform
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef
from neuroscope.records.slicegrid import LAYER
from neuroscope.store.annotation_reads import read_visible
from neuroscope.store.candidates import (
    AnalyzedSeries,
    AnalyzedSlice,
    AnalyzedSlices,
    Key,
    read_analyzed_slices,
)
from neuroscope.store.database import Store

LIKE_TRAINING = 1.0  # outlier scores above are unlike anything in training


@dataclass(frozen=True, slots=True, eq=False)
class NextSlice:
    """A slice to annotate, the rule that chose it and the reason in words."""

    slice: AnalyzedSlice
    series: AnalyzedSeries
    rule: Rule
    reason: str

    @property
    def position_mm(self) -> tuple[float, float, float] | None:
        """The middle of the slice of a volume; None for a picture."""
        cut = self.series
        if cut.axis is None or cut.shape is None or cut.affine is None:
            return None
        middle = (np.array(cut.shape, np.float64) - 1) / 2
        middle[cut.axis] = self.slice.index
        r, a, s = transform(cut.affine, middle).tolist()
        return r, a, s


@dataclass(frozen=True, slots=True, eq=False)
class NextSlices:
    """A queue, and what it was chosen from.

    Attributes
    ----------
    candidates, annotated, unlike
        Slices that could be chosen; left out as annotated; left out as unlike any in training.
    """

    slices: tuple[NextSlice, ...]
    model: ModelRef | None
    candidates: int
    annotated: int
    unlike: int
    to_analyze_again: tuple[str, ...]


def next_slices(store: Store, *, reader: str, config: QueueConfig) -> NextSlices:
    """Line up the slices that nobody has annotated, as far as the reader may know."""
    found = read_analyzed_slices(store)
    drawn = [(one.study_id, one.annotation) for one in read_visible(store, reader=reader)]
    is_annotated = _annotated(found, drawn)
    is_like = np.array([(one.outlier_score or 0.0) <= LIKE_TRAINING for one in found.slices], bool)
    rest = np.flatnonzero(~is_annotated)
    chosen: tuple[NextSlice, ...] = ()
    if is_like[rest].any():
        choices = queue(
            _candidates(found, rest, is_like[rest]),
            config,
            known=Known(found.embedding[is_annotated]),
        )
        chosen = tuple(
            _next(found, int(rest[choice.row]), choice.rule, choice.reason) for choice in choices
        )
    return NextSlices(
        slices=chosen,
        model=found.model,
        candidates=int(is_like[rest].sum()),
        annotated=int(is_annotated.sum()),
        unlike=int((~is_like[rest]).sum()),
        to_analyze_again=found.to_analyze_again,
    )


def _next(found: AnalyzedSlices, row: int, rule: Rule, reason: str) -> NextSlice:
    one = found.slices[row]
    return NextSlice(one, found.series[one.study_id, one.series_id], rule, reason)


def _candidates(
    found: AnalyzedSlices, rows: NDArray[np.intp], allowed: NDArray[np.bool_]
) -> Candidates:
    p_class = np.array(
        [[found.slices[row].p_class[name] for name in TUMOR_CLASSES] for row in rows], np.float64
    )
    location = Location(found.outside[rows], found.scatter[rows], np.zeros(len(rows), bool))
    return Candidates(
        p_heads=p_class[None],
        embedding=found.embedding[rows],
        patients=np.array([found.slices[row].pseudonym for row in rows]),
        classes=TUMOR_CLASSES,
        linear=found.linear,
        attention=suspicion_of(location, p_class.argmax(1)),
        allowed=allowed,
    )


def _annotated(found: AnalyzedSlices, drawn: Iterable[tuple[str, Annotation]]) -> NDArray[np.bool_]:
    """Tell which slices have anything drawn on them."""
    rows_of: dict[Key, list[int]] = defaultdict(list)
    for row, one in enumerate(found.slices):
        rows_of[one.study_id, one.series_id].append(row)
    marked = np.zeros(len(found.slices), bool)
    for study_id, annotation in drawn:
        key = (study_id, annotation.series_id)
        rows = np.array(rows_of.get(key, []), np.intp)
        if len(rows):
            index = np.array([found.slices[row].index for row in rows])
            low, high = _reach(annotation, found.series[key])
            marked[rows[(index + LAYER > low) & (index - LAYER <= high)]] = True
    return marked


def _reach(annotation: Annotation, series: AnalyzedSeries) -> tuple[float, float]:
    """Find the first and the last slice that an annotation touches, as fractional indices."""
    if series.axis is None or series.affine is None:
        index = float(annotation.slice_index or 0)
        return index, index
    if annotation.mask is not None and annotation.mask_affine is not None:
        ends = np.array(np.meshgrid(*[(0, n - 1) for n in annotation.mask.shape])).reshape(3, -1)
        points = transform(annotation.mask_affine, ends.T)
    else:
        points = annotation.points_mm
    depth = transform(np.asarray(np.linalg.inv(series.affine), np.float64), points)[:, series.axis]
    return float(depth.min()), float(depth.max())
