"""Raise an alarm when confirmed answers fall out of their sets more often than promised.

Two tests of the same promise. The first asks once, of all answers so far. The second may be asked
after every answer: it bets against the promise, and whoever bets against a true one multiplies the
stake by 100 with a chance of at most 1 % ever (Ville 1939; Shafer 2021, doi:10.1111/rssa.12647).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

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
    from scipy.stats import binom

    if not 0 < promised < 1:
        raise ValueError(f"promised is {promised}; it must be between 0 and 1.")
    number, missed = len(misses), int(sum(misses))
    gains = np.exp(_log_gains(np.asarray(misses, np.bool_), promised))
    return Drift(
        asked=number,
        missed=missed,
        promised=promised,
        p=float(binom.sf(missed - 1, number, promised)),
        evidence=float(gains.max()) if number else 1.0,
    )


def _log_gains(
    missed: np.ndarray[tuple[int], np.dtype[np.bool_]], promised: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Bet on every higher rate of misses alike: the integral of the likelihood ratio over them."""
    from scipy.special import betainc, betaln

    k = np.cumsum(missed)
    n = np.arange(1, len(missed) + 1)
    a, b = k + 1.0, n - k + 1.0
    above = np.maximum(1 - betainc(a, b, promised), 1e-300)
    likely = k * np.log(promised) + (n - k) * np.log1p(-promised)
    return np.asarray(betaln(a, b) + np.log(above) - np.log1p(-promised) - likely)
