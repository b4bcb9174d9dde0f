"""Do several readers draw the same? Pairs of readers, intervals by patient, and what to discuss.

See docs/explanation/several-readers.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure.agreement import dice, hd95_mm
from neuroscope.measure.kappa import fleiss_kappa
from neuroscope.measure.staple import MARGIN, Mask, marked_box, stacked_masks
from neuroscope.records.arrays import Array, read_only
from neuroscope.statistics import RESAMPLES, Interval, bootstrap_by_unit

ALONE = 1.0  # trust in a reader who shares no case with another: nothing speaks against


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What several readers marked in one case.

    Attributes
    ----------
    case, patient
        Our own ids; cases of one patient are one piece of evidence.
    masks
        True inside, by reader; all of one shape, of two axes for a slice or three for a volume. A
        reader who looked and found nothing has an empty mask; one who did not look is absent.
    spacing_mm
        Distance between neighbors along each axis; 1 where a picture does not say, and distances
        are then in pixels.
    """

    case: str
    patient: str
    masks: Mapping[str, Array]
    spacing_mm: tuple[float, ...]

    def __post_init__(self) -> None:
        axes = len(self.spacing_mm)
        shapes = {mask.shape for mask in self.masks.values()}
        if len(shapes) > 1 or any(len(shape) != axes for shape in shapes):
            raise GeometryMismatchError(
                f"The masks have the shapes {sorted(shapes)}, the spacing has {axes} numbers.",
                fix="Lay all masks on the grid of the image first.",
            )
        kept = {reader: read_only(np.asarray(mask, bool)) for reader, mask in self.masks.items()}
        object.__setattr__(self, "masks", MappingProxyType(kept))


@dataclass(frozen=True, slots=True)
class PairScore:
    """How two readers agree on one case.

    Attributes
    ----------
    dice, iou
        1 if both found nothing, 0 if one did.
    hd95_mm
        nan unless both found something: there is no distance to an outline that is not there.
    one_sided
        Whether one found something where the other found nothing.
    """

    case: str
    patient: str
    readers: tuple[str, str]
    dice: float
    iou: float
    hd95_mm: float
    one_sided: bool


@dataclass(frozen=True, slots=True)
class ReaderAgreement:
    """How readers agree over many cases, with 95 % intervals by patient.

    Attributes
    ----------
    hd95_mm
        Over the pairs in which both found something; None if there are none.
    one_sided
        Number of pairs in which one found something where the other found nothing.
    """

    dice: Interval
    iou: Interval
    hd95_mm: Interval | None
    one_sided: int


def compare_readers(readings: Sequence[Reading]) -> tuple[PairScore, ...]:
    """Compare every two readers on every case both have read."""
    return tuple(
        _pair(reading, first, second)
        for reading in readings
        for first, second in combinations(sorted(reading.masks), 2)
    )


def summarize(
    scores: Sequence[PairScore],
    *,
    readers: tuple[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> ReaderAgreement | None:
    """Average the agreement over cases, with intervals that draw whole patients.

    Parameters
    ----------
    readers
        Only this pair, in any order; all pairs if absent.

    Returns
    -------
    ReaderAgreement | None
        None if no two readers share a case.
    """
    chosen = [s for s in scores if readers is None or set(s.readers) == set(readers)]
    if not chosen:
        return None

    def mean(value: Callable[[PairScore], float], rows: list[PairScore]) -> Interval:
        values = np.array([value(row) for row in rows])
        patients = np.array([row.patient for row in rows])
        return bootstrap_by_unit(
            lambda at: float(values[at].mean()), patients, resamples=resamples, seed=seed
        )

    near = [s for s in chosen if np.isfinite(s.hd95_mm)]
    return ReaderAgreement(
        mean(lambda s: s.dice, chosen),
        mean(lambda s: s.iou, chosen),
        mean(lambda s: s.hd95_mm, near) if near else None,
        sum(s.one_sided for s in chosen),
    )


def reader_weights(scores: Sequence[PairScore]) -> dict[str, float]:
    """Weigh every reader by the mean Dice with the others, over the cases they share.

    A case counts once however many read it. Weights say who agrees, not who is right: where most
    readers share an error, the one without it weighs least.
    """
    per_case: dict[str, dict[str, list[float]]] = {}
    for score in scores:
        for reader in score.readers:
            per_case.setdefault(reader, {}).setdefault(score.case, []).append(score.dice)
    return {
        reader: float(np.mean([np.mean(values) for values in cases.values()]))
        for reader, cases in sorted(per_case.items())
    }


def case_weight(reading: Reading, weights: Mapping[str, float]) -> float:
    """Weigh what was marked in a case when a network learns from it.

    Several readers: their mean Dice on this very case. One reader: what `reader_weights` says of
    that reader, or 1 if the reader shares no case with anybody. Nobody: 0.
    """
    if not reading.masks:
        return 0.0
    if len(reading.masks) == 1:
        return weights.get(next(iter(reading.masks)), ALONE)
    return float(np.mean([score.dice for score in compare_readers([reading])]))


def disagreement_map(reading: Reading) -> NDArray[np.float32]:
    """Map which share of the pairs of readers disagree on a voxel: 0 where all say the same.

    Raises
    ------
    BadInputError
        For fewer than two readers.
    """
    stacked = stacked_masks(reading.masks)
    readers = len(stacked)
    marked = stacked.sum(0)
    pairs = readers * (readers - 1) / 2
    return np.asarray(marked * (readers - marked) / pairs, np.float32)


def voxel_kappa(reading: Reading, *, margin: int = MARGIN) -> float:
    """Measure Fleiss' kappa over the voxels of what anybody marked and a margin.

    The margin decides how much agreed background counts, so compare only values of one margin.
    nan if nobody marked anything.
    """
    stacked = stacked_masks(reading.masks)
    if not stacked.any():
        return float("nan")
    box = marked_box(np.asarray(stacked.any(0)), margin)
    marked = stacked.sum(0)[box].ravel()
    return fleiss_kappa(np.stack([marked, len(stacked) - marked], axis=1))


def _pair(reading: Reading, first: str, second: str) -> PairScore:
    one, other = (_boolean(reading.masks[reader]) for reader in (first, second))
    overlap = dice(one, other)
    found = (bool(one.any()), bool(other.any()))
    spacing = np.asarray(reading.spacing_mm, np.float64)
    box = marked_box(one | other, 1)
    return PairScore(
        reading.case,
        reading.patient,
        (first, second),
        overlap,
        overlap / (2 - overlap),
        hd95_mm(one[box], other[box], spacing) if all(found) else float("nan"),
        found[0] != found[1],
    )


def _boolean(mask: Array) -> Mask:
    return np.asarray(mask, bool)
