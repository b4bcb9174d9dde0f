"""Means over pictures with intervals by patient, as every part of a model's audit prints them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.statistics import Interval, bootstrap_by_unit

RESAMPLES = 1000


def mean_by_patient(
    values: NDArray[np.float64], patients: NDArray[Any], *, seed: int = 0
) -> Interval:
    """Average values, shape ``(n,)``, what is no number left out; whole patients are drawn."""
    kept = np.isfinite(values)
    if not kept.any():
        return Interval(float("nan"), float("nan"), float("nan"), 0, 0)
    known = values[kept]
    return bootstrap_by_unit(
        lambda at: float(known[at].mean()), patients[kept], resamples=RESAMPLES, seed=seed
    )
