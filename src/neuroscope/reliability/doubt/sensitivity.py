"""Choose the threshold above which "tumor" is said, so that few are missed for certain.

The point estimate of a sensitivity is no promise. The lower end of the exact interval is (Clopper
and Pearson 1934, doi:10.1093/biomet/26.4.404): with 58 tumors of which none is missed, 95 % cannot
be proved yet.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.conformal import ROUNDING, weights_of

Float64 = NDArray[np.float64]
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class SensitivityThreshold:
    """A threshold, and what is proved of it.

    Attributes
    ----------
    threshold
        None if no threshold can be proved to find `target` of the tumors.
    groups, missed
        Tumor groups of the calibration, and how many the threshold misses (parts rounded up).
    lower
        Lower end of the exact one-sided interval of the sensitivity.
    """

    threshold: float | None
    target: float
    groups: int
    missed: int
    lower: float

    @property
    def sentence(self) -> str:
        """Say what is proved, or how many tumors it would take."""
        if self.threshold is None:
            return (
                f"No threshold can be proved to find {self.target:.0%} of the tumors: there are "
                f"{self.groups} groups with one, it takes at least "
                f"{fewest_to_prove(self.target)}."
            )
        return (
            f"At {self.threshold:.3g} and above, at least {self.lower:.1%} of the tumors are found "
            f"(95 % certain; {self.missed} of {self.groups} groups missed)."
        )


def clopper_pearson_lower(found: int, asked: int, *, confidence: float = CONFIDENCE) -> float:
    """Give the lower end of the one-sided exact interval of a share; 0 without cases.

    Examples
    --------
    >>> clopper_pearson_lower(58, 58) < 0.95 < clopper_pearson_lower(59, 59)
    True
    """
    from scipy.stats import beta

    if found == 0 or asked == 0:
        return 0.0
    return float(beta.ppf(1 - confidence, found, asked - found + 1))


def fewest_to_prove(target: float, *, confidence: float = CONFIDENCE) -> int:
    """Give how many cases without a miss prove a sensitivity.

    Examples
    --------
    >>> fewest_to_prove(0.95), fewest_to_prove(0.99)
    (59, 299)
    """
    return math.ceil(math.log(1 - confidence) / math.log(target))


def threshold_for(
    p_tumor: Float64, units: NDArray[Any], *, target: float, confidence: float = CONFIDENCE
) -> SensitivityThreshold:
    """Find the largest threshold whose sensitivity is proved on calibration slices with a tumor.

    Parameters
    ----------
    p_tumor
        Probability of a tumor for slices that show one, shape ``(n,)``.
    units
        Group of every slice; a group counts once, each of its slices by its part.
    """
    order = np.argsort(p_tumor, kind="stable")
    ranked, weight = p_tumor[order], weights_of(units)[order]
    groups = round(float(weight.sum()))
    best = SensitivityThreshold(None, target, groups, 0, clopper_pearson_lower(groups, groups))
    below = np.cumsum(weight) - weight  # of slices before each in the order
    for value in np.unique(ranked):
        first = int(np.searchsorted(ranked, value, side="left"))
        missed = math.ceil(float(below[first]) - ROUNDING)
        lower = clopper_pearson_lower(groups - missed, groups, confidence=confidence)
        if lower < target:
            break
        best = SensitivityThreshold(float(value), target, groups, missed, lower)
    return best
