"""Raise an alarm when confirmed answers fall out of their sets more often than promised.

Two tests of the same promise. The first asks once, of all answers so far. The second may be asked
after every answer: it bets against the promise, and whoever bets against a true one multiplies the
stake by 100 with a chance of at most 1 % ever (Ville 1939; Shafer 2021, doi:10.1111/rssa.12647).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.statistics import FEW_UNITS

ALARM_EVIDENCE = 100.0  # times the stake; a false alarm, ever, has a chance of at most 1 in 100
DriftVerdict = Literal["insufficient", "holds", "alarm"]


@dataclass(frozen=True, slots=True)
class Drift:
    """What confirmed answers say of the promise.

    Attributes
    ----------
    asked, missed
        Groups with a confirmed answer, and those whose set did not hold it.
    promised
        Share of misses that was promised.
    p
        Chance of so many misses or more, if the promise holds; for one look at all of them.
    evidence
        Largest gain so far of the bet against the promise.
    """

    asked: int
    missed: int
    promised: float
    p: float
    evidence: float

    @property
    def verdict(self) -> DriftVerdict:
        """Judge; an alarm needs no least number of answers, its absence does."""
        if self.evidence >= ALARM_EVIDENCE:
            return "alarm"
        return "insufficient" if self.asked < FEW_UNITS else "holds"


def watch(misses: Sequence[bool], *, promised: float) -> Drift:
    """Judge misses in the order in which answers were confirmed, one for each group.

    Parameters
    ----------
    promised
        Share of misses that the sets allow, such as .1 at a level of 90 %.
    """
    if not 0 < promised < 1:
        raise ValueError(f"promised is {promised}; it must be between 0 and 1.")
    number, missed = len(misses), int(sum(misses))
    gains = np.exp(_log_gains(np.asarray(misses, np.bool_), promised))
    return Drift(
        asked=number,
        missed=missed,
        promised=promised,
        p=float(1.0 - _at_most(missed - 1, number, promised)),
        evidence=float(gains.max()) if number else 1.0,
    )


def _log_gains(missed: NDArray[np.bool_], promised: float) -> NDArray[np.float64]:
    """Bet on every higher rate of misses alike: the mean likelihood ratio over them.

    The integral of ``r^k (1 - r)^(n - k)`` above a rate is a Beta function times the chance that a
    binomial number of ``n + 1`` trials is at most ``k``.
    """
    gains = np.zeros(len(missed))
    for n in range(1, len(missed) + 1):
        k = int(missed[:n].sum())
        beta = math.lgamma(k + 1) + math.lgamma(n - k + 1) - math.lgamma(n + 2)
        above = max(_at_most(k, n + 1, promised), 1e-300)
        likely = k * math.log(promised) + (n - k) * math.log1p(-promised)
        gains[n - 1] = beta + math.log(above) - math.log1p(-promised) - likely
    return gains


def _at_most(k: int, n: int, rate: float) -> float:
    """Give the chance of at most k of n, without scipy: the web process asks."""
    if k < 0:
        return 0.0
    terms = [
        math.lgamma(n + 1) - math.lgamma(j + 1) - math.lgamma(n - j + 1)
        + j * math.log(rate) + (n - j) * math.log1p(-rate)
        for j in range(min(k, n) + 1)
    ]  # fmt: skip
    return min(1.0, float(np.exp(np.array(terms)).sum()))
