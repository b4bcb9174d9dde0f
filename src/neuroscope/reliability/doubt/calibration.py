"""How honest probabilities are: where they err, corrected for what chance adds, class by class.

References
----------
Kumar, Liang and Ma 2019 (arXiv:1909.10155) for the correction; Nixon et al. 2019
(arXiv:1904.01685) for classes one by one; Murphy 1973
(doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2) for the parts of the Brier score.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from neuroscope.statistics import Interval, bootstrap_by_unit

Float64 = NDArray[np.float64]
BINS = 15


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers given with about the same probability, and how many of them were right."""

    p_mean: float
    observed: Interval


@dataclass(frozen=True, slots=True)
class BrierParts:
    """Brier score of the top answer in three parts: ``reliability - resolution + uncertainty``."""

    reliability: float
    resolution: float
    uncertainty: float

    @property
    def sentence(self) -> str:
        """Name the three parts."""
        return (
            f"reliability {self.reliability:.4f}, resolution {self.resolution:.4f}, "
            f"uncertainty {self.uncertainty:.4f}"
        )


def debiased_error(p: Float64, is_right: NDArray[np.bool_], *, bins: int = BINS) -> float:
    """Measure the mean gap between probability and truth over bins of equal mass, less chance.

    Honest probabilities have gaps, too, as a bin holds few cases. What chance adds to a gap is
    estimated from its normal approximation and taken off, which leaves about half of it; nan
    without cases.

    Parameters
    ----------
    p
        Probability of the event, shape ``(n,)``.
    is_right
        Whether it came, shape ``(n,)``.
    """
    if len(p) == 0:
        return float("nan")
    total = 0.0
    for part in _parts(p, bins):
        gap = abs(float(p[part].mean() - is_right[part].mean()))
        rate = float(is_right[part].mean())
        noise = np.sqrt(max(rate * (1 - rate), 1e-12) / max(len(part) - 1, 1))
        total += (2 * gap - _folded_mean(gap, float(noise))) * len(part)
    return max(total / len(p), 0.0)


def classwise_error(p_class: Float64, labels: NDArray[np.int64], *, bins: int = BINS) -> Float64:
    """Measure the debiased error of the probability of every class, shape ``(classes,)``."""
    return np.array(
        [debiased_error(p_class[:, k], labels == k, bins=bins) for k in range(p_class.shape[1])]
    )


def negative_log_likelihood(p_class: Float64, labels: NDArray[np.int64]) -> float:
    """Average the surprise at the true class, in nats."""
    p_true = p_class[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(p_true, 1e-12)).mean())


def brier_parts(p: Float64, is_right: NDArray[np.bool_], *, bins: int = BINS) -> BrierParts:
    """Split the Brier score of an event into reliability, resolution and uncertainty, by bins."""
    rate = float(is_right.mean())
    reliability = resolution = 0.0
    for part in _parts(p, bins):
        own, said = float(is_right[part].mean()), float(p[part].mean())
        reliability += (said - own) ** 2 * len(part) / len(p)
        resolution += (own - rate) ** 2 * len(part) / len(p)
    return BrierParts(reliability, resolution, rate * (1 - rate))


def reliability_diagram(
    p: Float64, is_right: NDArray[np.bool_], units: NDArray[Any], *, bins: int = BINS
) -> tuple[Bin, ...]:
    """Compare probabilities with what came true, in bins of equal mass, with intervals by unit."""
    return tuple(
        _bin(p[part], is_right[part].astype(float), units[part]) for part in _parts(p, bins)
    )


def _bin(p: Float64, came: Float64, units: NDArray[Any]) -> Bin:
    observed = bootstrap_by_unit(lambda rows: float(came[rows].mean()), units, resamples=500)
    return Bin(float(p.mean()), observed)


def _parts(p: Float64, bins: int) -> list[NDArray[np.int64]]:
    ranked = np.argsort(p, kind="stable")
    return [np.asarray(part) for part in np.array_split(ranked, min(bins, len(p)))]


def _folded_mean(gap: float, noise: float) -> float:
    """Give the mean size of a normal variable around `gap`."""
    z = gap / noise
    return float(noise * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + gap * (1 - 2 * ndtr(-z)))
