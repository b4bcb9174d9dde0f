"""Check whether sets of classes hold what they promise, class by class and group by group.

With n calibration groups, the share of new groups whose class is in the set is itself drawn from a
Beta distribution (Vovk 2012, arXiv:1209.2673), so that the number covered among m new groups is
Beta-binomial: exact, without any assumption but that all groups are drawn alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.conformal import ROUNDING, Ranks, fewest_groups, kept_at, weights_of
from neuroscope.statistics import FEW_UNITS, Interval, bootstrap_by_unit

Float64 = NDArray[np.float64]
BAND = 0.999


@dataclass(frozen=True, slots=True)
class Band:
    """Shares of covered groups that chance explains, and what is promised on average."""

    low: float
    high: float
    expected: float

    def holds(self, share: float) -> bool:
        """Tell whether a share lies within."""
        return self.low - ROUNDING <= share <= self.high + ROUNDING


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the true class was in the set.

    Attributes
    ----------
    covered
        Share of test groups (each slice of a group counts by its part), with its interval.
    band
        What chance explains.
    calibrated
        Calibration groups of the class.
    """

    label: int
    level_percent: float
    covered: Interval
    band: Band
    calibrated: int

    @property
    def verdict(self) -> str:
        """Say whether the promise was held."""
        if self.calibrated < fewest_groups(self.level_percent):
            return "never excluded"
        if self.covered.units < FEW_UNITS:
            return "insufficient"
        if self.band.holds(self.covered.value):
            return "holds"
        return "too low" if self.covered.value < self.band.low else "higher than promised"


def coverage_band(
    calibrated: int, tested: int, level_percent: float, *, band: float = BAND
) -> Band:
    """Give the exact Beta-binomial band of the share covered among `tested` new groups.

    Parameters
    ----------
    calibrated
        Calibration groups of the class.
    """
    from scipy.stats import betabinom

    missed = math.floor((calibrated + 1) * (100 - level_percent) / 100 + ROUNDING)
    if missed == 0:
        return Band(1.0, 1.0, 1.0)
    held = calibrated + 1 - missed
    law = betabinom(tested, held, missed)
    low, high = law.ppf((1 - band) / 2), law.ppf((1 + band) / 2)
    return Band(float(low) / tested, float(high) / tested, held / (calibrated + 1))


def measure_coverage(
    p_of_class: Float64,
    labels: NDArray[np.int64],
    units: NDArray[Any],
    calibration: Sequence[Ranks],
    levels: Sequence[float],
) -> tuple[Coverage, ...]:
    """Measure coverage of each class that occurs, at each level.

    Parameters
    ----------
    p_of_class
        From `p_fits`, shape ``(n, classes)``.
    labels, units
        True class and group of every slice, shape ``(n,)``.
    """
    found = []
    for label in np.unique(labels):
        own = labels == label
        groups = calibration[int(label)].groups
        for level in levels:
            kept = kept_at(p_of_class[own, label], level).astype(np.float64)
            covered = by_group(kept, units[own])
            band = coverage_band(groups, covered.units, level)
            found.append(Coverage(int(label), float(level), covered, band, groups))
    return tuple(found)


def by_group(values: Float64, units: NDArray[Any]) -> Interval:
    """Average values, every group weighing the same, with the interval by group."""
    weight = weights_of(units)

    def weighted(rows: NDArray[np.int64]) -> float:
        return float((values[rows] * weight[rows]).sum() / weight[rows].sum())

    return bootstrap_by_unit(weighted, units)
