"""Join what several readers marked on one slice into marks that a network can learn from.

See docs/explanation/several-readers.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.raster import SliceMarks
from neuroscope.measure.readers import ALONE, Reading, case_weight
from neuroscope.measure.staple import staple

Cover = NDArray[np.float32]

HALF = 0.5  # a pixel covered less is not marked
DISAGREED = (
    "Where one reader marked evidence and another told to ignore it, the network is told nothing."
)


@dataclass(frozen=True, slots=True, eq=False)
class JoinedMarks:
    """What the readers of a slice say together, and how far to trust it.

    Attributes
    ----------
    marks
        Their consensus, on the same pixels.
    weight
        0 to 1, for the loss (`cell_masks(..., weight=)`).
    """

    marks: SliceMarks
    weight: float


def join_readers(
    readers: Mapping[str, SliceMarks], weights: Mapping[str, float] | None = None
) -> JoinedMarks:
    """Join the marks of one reader or more on one slice.

    Parameters
    ----------
    readers
        Marks by reader; only of those who marked something on this slice.
    weights
        Trust in each reader, from `measure.readers.reader_weights`; 1 for those it does not name.

    Returns
    -------
    JoinedMarks
        One reader: the marks as they are, with that reader's weight. Several: for each kind the
        STAPLE probability among those who used this kind (who marked only places to ignore has not
        said that there is no evidence), and the mean Dice of every two as the weight; where
        no two used the same kind, the mean of the readers' own weights.

    Raises
    ------
    BadInputError
        If nobody marked anything.
    GeometryMismatchError
        If the readers' marks lie on different pixels.
    """
    trust = weights or {}
    if not readers:
        raise BadInputError("Nobody marked this slice.", fix="Join the marks of a reader or more.")
    if len(readers) == 1:
        [(reader, marks)] = readers.items()
        return JoinedMarks(marks, trust.get(reader, ALONE))
    kinds: tuple[Callable[[SliceMarks], Cover], ...] = (
        lambda marks: marks.evidence,
        lambda marks: marks.not_evidence,
        lambda marks: marks.tumor,
    )
    used = [
        {reader: kind(marks) for reader, marks in readers.items() if kind(marks).any()}
        for kind in kinds
    ]
    empty = np.zeros_like(next(iter(readers.values())).evidence)
    evidence, not_evidence, tumor = (_joined(covers, empty) for covers in used)
    wanted = np.maximum(evidence, tumor)
    cautions = [caution for marks in readers.values() for caution in marks.cautions]
    if (np.minimum(wanted, not_evidence) >= HALF).any():
        cautions.append(DISAGREED)
    agreed = [
        case_weight(Reading("slice", "patient", _masks(covers), (1.0, 1.0)), trust)
        for covers in used
        if len(covers) > 1
    ]
    own = [trust.get(reader, ALONE) for reader in readers]
    joined = SliceMarks(
        evidence=evidence * (1 - not_evidence),
        not_evidence=not_evidence * (1 - wanted),
        tumor=tumor * (1 - not_evidence),
        only_this=all(marks.only_this for marks in readers.values()),
        cautions=tuple(dict.fromkeys(cautions)),
    )
    return JoinedMarks(joined, float(np.mean(agreed or own)))


def _joined(covers: Mapping[str, Cover], empty: Cover) -> Cover:
    if not covers:
        return empty
    if len(covers) == 1:
        return next(iter(covers.values()))
    return staple(_masks(covers)).p_inside


def _masks(covers: Mapping[str, Cover]) -> dict[str, NDArray[np.bool_]]:
    return {reader: np.asarray(cover >= HALF) for reader, cover in covers.items()}
