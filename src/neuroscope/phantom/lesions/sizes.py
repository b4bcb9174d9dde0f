"""Sizes drawn as in real masks: tables of percentiles, tied together by their rank correlation."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from neuroscope.phantom.fields import Number

PERCENT = (0, 5, 25, 50, 75, 95, 100)
STEPS = tuple(math.sqrt(prime) % 1.0 for prime in (2, 3, 5, 7))


@dataclass(frozen=True, slots=True)
class Table:
    """What is found at the least, the 5th, 25th, 50th, 75th, 95th percentile and the most."""

    values: tuple[Number, Number, Number, Number, Number, Number, Number]

    def at(self, rank: Number) -> float:
        """Interpolate at a rank 0..1, evenly in the logarithm."""
        logs = np.log(np.array(self.values))
        return float(np.exp(np.interp(100 * rank, PERCENT, logs)))


def even_ranks(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Draw ranks 0..1 that fill the cube `(0, 1) ** count` evenly over consecutive seeds.

    Notes
    -----
    The fractions of the seed's multiples of square roots of primes (Richtmyer's sequence): two
    hundred consecutive seeds then have nearly the median of a table, where independent draws
    would miss it by a tenth. A generator that was spawned draws independently instead.
    """
    source = rng.bit_generator.seed_seq
    if not isinstance(source, np.random.SeedSequence) or source.spawn_key:
        return rng.random(count)
    seed = int(np.atleast_1d(np.array(source.entropy, dtype=object))[0])
    ranks: NDArray[np.float64] = np.array([(0.5 + seed * step) % 1.0 for step in STEPS[:count]])
    return ranks.clip(1e-6, 1 - 1e-6)


def skewed_ml(
    rng: np.random.Generator, median: Number, spread: Number, least: Number, most: Number
) -> float:
    """Draw a volume whose logarithm is normal, cut at the least and the most."""
    return float(np.clip(np.exp(np.log(median) + spread * rng.normal()), least, most))


def tied(rank: Number, free: Number, correlation: Number) -> float:
    """Turn a free rank into one that goes with another rank (a Gaussian copula)."""
    mixed = correlation * ndtri(rank) + np.sqrt(1 - correlation**2) * ndtri(free)
    return float(ndtr(mixed))
