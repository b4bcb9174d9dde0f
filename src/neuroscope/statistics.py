"""Intervals that respect groups: slices of one patient are one piece of evidence, not many."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
FEW_UNITS = 20  # below this an interval is shown but no verdict may rest on it


@dataclass(frozen=True, slots=True)
class Interval:
    """A number, its 95 % interval, and what both rest on."""

    value: float
    low: float
    high: float
    n: int
    units: int

    def as_dict(self) -> dict[str, float | int | bool]:
        """Give plain values for a JSON card."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
            "units": self.units,
            "few_units": self.units < FEW_UNITS,
        }


def bootstrap_by_unit(
    statistic: Callable[[NDArray[np.int64]], float],
    units: NDArray[Any],
    *,
    strata: NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
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

    Returns
    -------
    Interval
        Percentile interval; its ends are nan when no resample gave a number.
    """
    rows_of, stratum_of = _rows_by_unit(units, strata)
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = [
            rng.choice(members, len(members))
            for members in (np.flatnonzero(stratum_of == s) for s in np.unique(stratum_of))
        ]
        rows = np.concatenate([rows_of[unit] for unit in np.concatenate(drawn)])
        values.append(statistic(rows))
    kept = np.array(values)[np.isfinite(values)]
    low, high = np.percentile(kept, (2.5, 97.5)) if len(kept) else (np.nan, np.nan)
    whole = statistic(np.arange(len(units)))
    return Interval(whole, float(low), float(high), len(units), len(rows_of))


def mean_by_unit(values: NDArray[np.float64]) -> Interval:
    """Average values, shape ``(n,)``, each of a unit of its own, with its bootstrap interval."""
    units = np.arange(len(values)).astype(str)
    return bootstrap_by_unit(lambda rows: float(values[rows].mean()), units)


def balanced_accuracy(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Average the recall of the classes that occur; nan without cases."""
    present = np.unique(labels)
    if len(present) == 0:
        return float("nan")
    return float(np.mean([(predicted[labels == c] == c).mean() for c in present]))


def _rows_by_unit(
    units: NDArray[Any], strata: NDArray[np.int64] | None
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    stratum = np.zeros(len(first), np.int64) if strata is None else np.asarray(strata)[first]
    return [rows.astype(np.int64) for rows in rows_of], stratum.astype(np.int64)
