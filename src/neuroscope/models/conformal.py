"""Say which classes of a slice cannot be excluded, at a promised rate of error.

A class is kept where its score is not among the worst of the calibration slices of that class, so
that the promise holds for each class by itself. Slices of one group (a patient, or copies of a
picture) are one piece of evidence: every statement is the average over all ways to draw one slice
of each group. The promise holds for slices like those of the calibration, and no others.

References
----------
Sadinle, Lei and Wasserman 2019 (arXiv:1609.00451) for LAC; Romano, Sesia and Candes 2020
(arXiv:2006.02544) for APS; Angelopoulos et al. 2021 (arXiv:2009.14193) for RAPS; Vovk 2012
(arXiv:1209.2673) for the class-conditional promise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ScoreName = Literal["lac", "aps", "raps"]
Float64 = NDArray[np.float64]

ROUNDING = 1e-9  # shares nearer than this count as equal: 1 - 0.9 is not 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRule:
    """How badly a class fits probabilities.

    Attributes
    ----------
    name
        ``lac``: 1 minus its probability (the smallest sets). ``aps``: the probability of all that
        is likelier, and part of its own (sets grow where answers are unsure). ``raps``: the same,
        with a penalty on long sets.
    part
        Of its own probability, for ``aps`` and ``raps``; a fixed one makes the answer repeatable,
        and the promise holds for any.
    penalty, free
        For ``raps``: added for every likelier class beyond so many.
    """

    name: ScoreName = "lac"
    part: float = 0.5
    penalty: float = 0.1
    free: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Scores of calibration slices, to rank another one among them.

    Attributes
    ----------
    scores
        Shape ``(n,)``, ascending.
    above
        Shape ``(n + 1,)``: the weight of the scores from each on; slices of a group weigh 1
        together, so that the first is the number of groups.
    """

    scores: Float64
    above: Float64

    @property
    def groups(self) -> int:
        """How many pieces of evidence there are."""
        return round(float(self.above[0]))

    def p(self, asked: Float64) -> Float64:
        """Give the share of groups at least as high, the asked one counted: shape as asked."""
        return np.asarray(
            (1 + self.above[np.searchsorted(self.scores, asked, side="left")]) / (self.groups + 1)
        )


def ranks_of(scores: Float64, units: NDArray[Any]) -> Ranks:
    """Rank calibration scores, shape ``(n,)``, each of a unit."""
    order = np.argsort(scores, kind="stable")
    weight = weights_of(units)[order]
    above = np.append(np.cumsum(weight[::-1])[::-1], 0.0)
    return Ranks(np.asarray(scores, np.float64)[order], above)


def weights_of(units: NDArray[Any]) -> Float64:
    """Let the slices of every unit weigh 1 together, shape ``(n,)``."""
    _, inverse, counts = np.unique(units, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[inverse], np.float64)


def scores_of(p_class: Float64, rule: ScoreRule, *, part: Float64 | None = None) -> Float64:
    """Score how badly every class fits.

    Parameters
    ----------
    p_class
        Probabilities, shape ``(n, classes)``.
    part
        Random parts in 0..1, shape ``(n,)``, in place of the fixed one of the rule.

    Returns
    -------
    Float64
        Shape ``(n, classes)``; the higher, the worse.
    """
    if rule.name == "lac":
        return np.asarray(1.0 - p_class, np.float64)
    own = np.full(len(p_class), rule.part) if part is None else part
    likelier = p_class[:, None, :] > p_class[:, :, None]
    scores = (likelier * p_class[:, None, :]).sum(2) + own[:, None] * p_class
    if rule.name == "raps":
        scores = scores + rule.penalty * np.maximum(likelier.sum(2) + 1 - rule.free, 0)
    return np.asarray(scores, np.float64)


def calibrate(scores: Float64, labels: NDArray[np.int64], units: NDArray[Any]) -> tuple[Ranks, ...]:
    """Rank the scores ``(n, classes)`` of the true classes, each class by itself."""
    return tuple(
        ranks_of(scores[labels == label, label], units[labels == label])
        for label in range(scores.shape[1])
    )


def p_fits(scores: Float64, calibration: Sequence[Ranks]) -> Float64:
    """Give the share of calibration groups of each class that fit no better, as `scores`."""
    return np.stack([ranks.p(scores[:, k]) for k, ranks in enumerate(calibration)], axis=1)


def kept_at(p_of_class: Float64, level_percent: float) -> NDArray[np.bool_]:
    """Tell which classes cannot be excluded at a level such as 90, shape as given.

    Notes
    -----
    With one slice a group this is the rule of the order statistic: a class is kept where its score
    is at most the ``ceil((n + 1) level)``-th smallest, and always where there are too few slices.
    """
    return np.asarray(p_of_class > (100 - level_percent) / 100 + ROUNDING)


def fewest_groups(level_percent: float) -> int:
    """Give how many groups of a class it takes to exclude it at a level.

    Examples
    --------
    >>> fewest_groups(90.0), fewest_groups(95.0)
    (9, 19)
    """
    return math.ceil(100 / (100 - level_percent) - 1 - ROUNDING)
