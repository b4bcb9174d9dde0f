"""Compare networks on the same slices, patient by patient.

A score is a share or a mean over slices, or the mean of several of them (balanced accuracy is the
mean of the classes' recalls). Slices of one patient are drawn, and exchanged, together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.certificate import Score
from neuroscope.statistics import RESAMPLES

Numbers = NDArray[np.float64]

PERMUTATIONS = 9999
ENUMERATED = 13  # up to so many patients every exchange is tried
CHUNK = 16_384  # exchanges at once: memory
ROUNDING = 1e-12  # two statistics that differ by less are the same


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which slices belong together, and how patients are drawn; made once for all networks."""

    unit_of: NDArray[np.int64]  # (n,), number of the patient
    weights: Numbers  # (resamples, units), how often each patient was drawn
    exchanges: NDArray[np.bool_]  # (permutations, units), whose answers are exchanged
    exact: bool  # every exchange is tried once; else the first row exchanges nobody

    @property
    def units(self) -> int:
        """Number of patients."""
        return int(self.weights.shape[1])

    @classmethod
    def of(
        cls,
        units: NDArray[Any],
        strata: NDArray[np.int64],
        *,
        seed: int,
        resamples: int = RESAMPLES,
        permutations: int = PERMUTATIONS,
    ) -> "Grouping":
        """Draw patients with replacement within their stratum, that of their first slice."""
        _, first, unit_of = np.unique(
            np.asarray(units).astype(str), return_index=True, return_inverse=True
        )
        rng = np.random.default_rng(seed)
        weights = np.zeros((resamples, len(first)))
        for stratum in np.unique(strata[first]) if len(first) else ():
            members = np.flatnonzero(strata[first] == stratum)
            even = np.full(len(members), 1 / len(members))
            weights[:, members] = rng.multinomial(len(members), even, resamples)
        exact = len(first) <= ENUMERATED
        if exact:
            every = np.arange(2 ** len(first))[:, None]
            exchanges = (every >> np.arange(len(first))) & 1 > 0
        else:
            exchanges = rng.random((permutations + 1, len(first))) < 0.5
            exchanges[0] = False
        return cls(unit_of.astype(np.int64), weights, exchanges, exact)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums and counts of every patient, shape ``(units, parts)``."""

    sums: Numbers
    counts: Numbers
    n: int
    patients: int  # who have anything to count

    @classmethod
    def of(cls, values: Numbers, group: Grouping, parts: NDArray[np.int64] | None = None) -> "Sums":
        """Sum values ``(n,)``, nan left out; ``parts`` splits them, such as by class."""
        counted = np.isfinite(values)
        part = np.zeros(len(values), np.int64)
        if parts is not None:
            part = np.unique(parts, return_inverse=True)[1].astype(np.int64)
        shape = (group.units, int(part.max(initial=0)) + 1)
        sums, counts = np.zeros(shape), np.zeros(shape)
        place = (group.unit_of[counted], part[counted])
        np.add.at(sums, place, values[counted])
        np.add.at(counts, place, 1)
        return cls(sums, counts, int(counted.sum()), int((counts.sum(1) > 0).sum()))

    def score(self) -> float:
        """Give the mean over parts of sums over counts; nan without any."""
        return float(_ratio(self.sums.sum(0), self.counts.sum(0)))

    def drawn(self, group: Grouping) -> Numbers:
        """Give the score of every resample, shape ``(resamples,)``."""
        return _ratio(group.weights @ self.sums, group.weights @ self.counts)


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A score minus that of a rival."""

    value: float
    drawn: Numbers  # (resamples,)

    def bound(self, percent: float) -> float:
        """Give a percentile of the resamples; nan where none gave a number."""
        kept = self.drawn[np.isfinite(self.drawn)]
        return float(np.percentile(kept, percent)) if len(kept) else float("nan")


def scored(value: float, drawn: Numbers, *, n: int, patients: int) -> Score:
    """Write a number and its 95 % percentile interval down."""
    spread = Difference(value, drawn)
    low, high = spread.bound(2.5), spread.bound(97.5)
    return Score(_plain(value), _plain(low), _plain(high), n, patients)


def difference(ours: Sums, theirs: Sums, group: Grouping) -> Difference:
    """Subtract scores of the same draws."""
    return Difference(ours.score() - theirs.score(), ours.drawn(group) - theirs.drawn(group))


def exchange_p(ours: Sums, theirs: Sums, group: Grouping) -> float:
    """Test whether the two networks could be exchanged for each other, both directions.

    Returns
    -------
    float
        Exact with up to 13 patients, else from 9999 draws or more; nan where nothing was measured.
    """
    observed = abs(ours.score() - theirs.score())
    if not np.isfinite(observed):
        return float("nan")
    parts = [
        _exchanged(ours, theirs, group.exchanges[start : start + CHUNK])
        for start in range(0, len(group.exchanges), CHUNK)
    ]
    apart = np.concatenate(parts)
    return float(np.mean(apart[np.isfinite(apart)] >= observed - ROUNDING))


def _exchanged(ours: Sums, theirs: Sums, exchanges: NDArray[np.bool_]) -> Numbers:
    """Give how far apart both are after each exchange, shape ``(exchanges,)``."""
    turned = exchanges.astype(np.float64)
    first = _ratio(*(_mixed(turned, a, b) for a, b in _pairs(ours, theirs)))
    second = _ratio(*(_mixed(1 - turned, a, b) for a, b in _pairs(ours, theirs)))
    return np.asarray(np.abs(first - second), np.float64)


def _pairs(ours: Sums, theirs: Sums) -> list[tuple[Numbers, Numbers]]:
    return [(ours.sums, theirs.sums), (ours.counts, theirs.counts)]


def _mixed(turned: Numbers, ours: Numbers, theirs: Numbers) -> Numbers:
    return np.asarray(ours.sum(0) + turned @ (theirs - ours))


def _ratio(sums: Numbers, counts: Numbers) -> Numbers:
    """Divide and average over the last axis, over parts that have anything to count."""
    counted = counts > 0
    shares = np.where(counted, sums / np.where(counted, counts, 1.0), 0.0)
    present = counted.sum(-1)
    return np.asarray(
        np.where(present > 0, shares.sum(-1) / np.maximum(present, 1), np.nan), np.float64
    )


def _plain(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
