"""Intervals and tests that respect groups: slices of one patient are one piece of evidence."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
FEW_UNITS = 20  # below this an interval is shown but no verdict may rest on it
ALL_EXCHANGES = 10  # up to so many units every exchange is tried: 2 ** 10, no chance left
SIGNIFICANT = 0.05
Z95 = 1.959963984540054  # of the normal law: 95 % lie within
ROUNDING = 1e-9  # statistics nearer than this, relative, count as equal

Verdict = Literal["first higher", "second higher", "no difference shown", "insufficient"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A number, its 95 % interval, and what both rest on."""

    value: float
    low: float
    high: float
    n: int
    units: int

    @property
    def is_sufficient(self) -> bool:
        """Whether there are units enough to rest a verdict on."""
        return self.units >= FEW_UNITS

    def as_dict(self) -> dict[str, float | int | bool]:
        """Give plain values for a JSON card."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
            "units": self.units,
            "few_units": not self.is_sufficient,
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """Two answers to the same cases, and their difference (first minus second)."""

    first: Interval
    second: Interval
    difference: Interval
    p: float  # of the permutation test, two-sided; nan where there was nothing to exchange

    def verdict(self, p_adjusted: float | None = None) -> Verdict:
        """Judge the difference; below `FEW_UNITS` units no verdict is given.

        Parameters
        ----------
        p_adjusted
            p after `holm`, where several comparisons are made; its own p if not given.
        """
        p = self.p if p_adjusted is None else p_adjusted
        if not self.difference.is_sufficient or not np.isfinite(p):
            return "insufficient"
        if p > SIGNIFICANT:
            return "no difference shown"
        return "first higher" if self.difference.value > 0 else "second higher"


def bootstrap_by_unit(
    statistic: Callable[[NDArray[np.int64]], float],
    units: NDArray[Any],
    *,
    strata: NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = SIGNIFICANT,
) -> Interval:
    """Bootstrap a statistic by drawing whole units with replacement.

    Parameters
    ----------
    statistic
        Takes row numbers (with repeats) and gives the number of interest; nan is dropped.
    units
        Unit of every row, shape ``(n,)``: a patient, or a range that stands for patients.
    strata
        Draw units within these groups, shape ``(n,)``; a unit belongs to the stratum of its first
        row. Keeps every class present when units are few.
    resamples
        Number of bootstrap samples.
    seed
        Same seed, same interval.
    level
        Of both tails together: 0.05 gives a 95 % interval.

    Returns
    -------
    Interval
        Percentile interval; its ends are nan when no resample gave a number.
    """
    order, sizes, stratum_of = _rows_by_unit(units, strata)
    starts = np.cumsum(sizes) - sizes
    strata_members = [np.flatnonzero(stratum_of == s) for s in np.unique(stratum_of)]
    rng = np.random.default_rng(seed)
    values = []
    are_single = bool((sizes == 1).all())
    for _ in range(resamples):
        parts = [members[rng.integers(0, len(members), len(members))] for members in strata_members]
        drawn = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if are_single:  # the same rows as below, in half the time
            values.append(statistic(order[drawn]))
            continue
        counts = sizes[drawn]
        ends = np.cumsum(counts)
        shift = np.repeat(starts[drawn] - ends + counts, counts)
        values.append(statistic(order[np.arange(ends[-1]) + shift]))
    kept = np.array(values)[np.isfinite(values)]
    tails = (50 * level, 100 - 50 * level)
    low, high = np.percentile(kept, tails) if len(kept) else (np.nan, np.nan)
    whole = statistic(np.arange(len(units)))
    return Interval(whole, float(low), float(high), len(units), len(sizes))


def mean_by_unit(values: NDArray[np.float64]) -> Interval:
    """Average values, shape ``(n,)``, each of a unit of its own, with its bootstrap interval."""
    units = np.arange(len(values)).astype(str)
    return bootstrap_by_unit(lambda rows: float(values[rows].mean()), units)


def share_of(hits: int, asked: int) -> Interval:
    """Give a share of cases that are units of their own, with the interval of Wilson (1927).

    Examples
    --------
    >>> round(share_of(0, 20).high, 3)
    0.161
    """
    if not 0 <= hits <= asked:
        raise ValueError(f"{hits} of {asked} is no share")
    if asked == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0, 0)
    p, wide = hits / asked, Z95**2 / asked
    center = (p + wide / 2) / (1 + wide)
    half = Z95 / (1 + wide) * math.sqrt(p * (1 - p) / asked + wide / (4 * asked))
    return Interval(p, max(0.0, center - half), min(1.0, center + half), asked, asked)


def mcnemar(
    first: NDArray[np.bool_], second: NDArray[np.bool_], units: NDArray[Any] | None = None
) -> float:
    """Test whether two answers to the same cases are right equally often, exactly (McNemar 1947).

    Parameters
    ----------
    first, second
        Whether each was right, shape ``(n,)``.
    units
        Unit of every row. A unit must stand once: for several slices of a patient, use
        `permutation_by_unit`.

    Returns
    -------
    float
        Two-sided p; 1 where they never differ.
    """
    if units is not None and len(np.unique(units)) < len(units):
        raise ValueError("a unit stands more than once; use permutation_by_unit")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differing = only_first + only_second
    fewer = min(only_first, only_second)
    ways = sum(math.comb(differing, k) for k in range(fewer + 1))
    return min(1.0, float(2 * ways / 2**differing))


def compare_by_unit(
    statistic: Callable[[NDArray[Any], NDArray[np.int64]], float],
    first: NDArray[Any],
    second: NDArray[Any],
    units: NDArray[Any],
    *,
    strata: NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Compared:
    """Compare two answers to the same cases, with whole units drawn and exchanged.

    Parameters
    ----------
    statistic
        Takes the values of one side, shape ``(n, ...)``, and row numbers (with repeats); gives
        the number of interest, such as a mean or a balanced accuracy.
    first, second
        Values of both sides, row for row, shape ``(n, ...)``.
    units, strata, resamples, seed
        As in `bootstrap_by_unit`.

    Notes
    -----
    The interval of the difference draws the same units for both sides. The test exchanges the
    sides of whole units: under the hypothesis that both are alike, it may not matter.
    """
    if len(first) != len(second) or len(first) != len(units):
        raise ValueError(f"{len(first)}, {len(second)} values of {len(units)} rows cannot be pairs")

    def difference(rows: NDArray[np.int64]) -> float:
        return statistic(first, rows) - statistic(second, rows)

    def exchanged(swapped: NDArray[np.bool_]) -> float:
        where = swapped.reshape(-1, *(1,) * (first.ndim - 1))
        rows = np.arange(len(units))
        return statistic(np.where(where, second, first), rows) - statistic(
            np.where(where, first, second), rows
        )

    def interval(asked: Callable[[NDArray[np.int64]], float]) -> Interval:
        return bootstrap_by_unit(asked, units, strata=strata, resamples=resamples, seed=seed)

    return Compared(
        first=interval(lambda rows: statistic(first, rows)),
        second=interval(lambda rows: statistic(second, rows)),
        difference=interval(difference),
        p=permutation_by_unit(exchanged, units, resamples=resamples, seed=seed),
    )


def permutation_by_unit(
    statistic: Callable[[NDArray[np.bool_]], float],
    units: NDArray[Any],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> float:
    """Test a difference of pairs by exchanging the two sides of whole units.

    Parameters
    ----------
    statistic
        Takes which rows have their sides exchanged, shape ``(n,)``, and gives the difference.
    units
        Unit of every row, shape ``(n,)``.
    resamples
        Random exchanges; with up to `ALL_EXCHANGES` units each of the possible ones is tried once.

    Returns
    -------
    float
        Two-sided p, never 0; nan where the difference itself is no number. A resample that gives
        no number counts against a difference.
    """
    names, inverse = np.unique(units, return_inverse=True)
    observed = abs(statistic(np.zeros(len(units), np.bool_)))
    if not np.isfinite(observed):
        return float("nan")
    if len(names) <= ALL_EXCHANGES:
        numbers = np.arange(2 ** len(names))[:, None]
        patterns = (numbers >> np.arange(len(names)) & 1).astype(np.bool_)
        found = np.array([abs(statistic(pattern[inverse])) for pattern in patterns])
        return float(np.mean(_as_large(found, observed)))
    rng = np.random.default_rng(seed)
    found = np.array(
        [abs(statistic((rng.random(len(names)) < 0.5)[inverse])) for _ in range(resamples)]
    )
    return float((1 + _as_large(found, observed).sum()) / (1 + resamples))


def association_by_unit(
    statistic: Callable[[NDArray[Any]], float],
    labels: NDArray[Any],
    units: NDArray[Any],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> float:
    """Test whether labels go with something else, by dealing them out anew among units.

    Parameters
    ----------
    statistic
        Takes labels, shape ``(n,)``; the larger, the more they go with it.
    labels
        Label of every row, shape ``(n,)``; a unit is dealt the label of the first row of another.
    units
        Unit of every row, shape ``(n,)``.

    Returns
    -------
    float
        One-sided p, never 0; nan where the statistic of the labels is no number.
    """
    _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    dealt = np.asarray(labels)[first]
    observed = statistic(dealt[inverse])
    if not np.isfinite(observed):
        return float("nan")
    rng = np.random.default_rng(seed)
    found = np.array([statistic(rng.permutation(dealt)[inverse]) for _ in range(resamples)])
    return float((1 + _as_large(found, observed).sum()) / (1 + resamples))


def holm(p_values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p values for being several (Holm 1979); nan stays nan and counts as no test.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, np.float64)
    adjusted = np.full(len(given), np.nan)
    asked = np.flatnonzero(np.isfinite(given))
    ranked = asked[np.argsort(given[asked], kind="stable")]
    stepped = given[ranked] * np.arange(len(ranked), 0, -1)
    adjusted[ranked] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return adjusted


def balanced_accuracy(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Average the recall of the classes that occur; nan without cases."""
    present = np.unique(labels)
    if len(present) == 0:
        return float("nan")
    return float(np.mean([(predicted[labels == c] == c).mean() for c in present]))


def _as_large(found: NDArray[np.float64], observed: float) -> NDArray[np.bool_]:
    slack = ROUNDING * max(1.0, abs(observed))
    return np.isnan(found) | (found >= observed - slack)


def _rows_by_unit(
    units: NDArray[Any], strata: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the rows unit after unit, the number of rows of every unit, and its stratum."""
    _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable").astype(np.int64)
    sizes = np.bincount(inverse).astype(np.int64)
    stratum = np.zeros(len(first), np.int64) if strata is None else np.asarray(strata)[first]
    return order, sizes, stratum.astype(np.int64)
