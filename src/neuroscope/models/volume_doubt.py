"""How far a volume may be wrong: bounded, never negative, and in the order that regions have.

The error is taken on the diameter of the ball that has the volume. It exists where a region is
empty, and it grows as outlines err: all along the surface. A factor on the volume does neither; it
made 0.01 to 2959 ml of 4.8 ml.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from neuroscope.records.segmented import Estimate
from neuroscope.records.segmenterspec import REGIONS

LEAST_DOUBT = 0.02  # of 1 - soft overlap: less is never believed
UNMEASURED_MM = 50.0  # where nothing was fitted: as the least sure region of the shipped network


def ball_mm(volume_ml: float) -> float:
    """Give the diameter of a ball of this volume, in millimeters."""
    return float(np.cbrt(6000 / np.pi * volume_ml))


def ball_ml(diameter_mm: float) -> float:
    """Give the volume of a ball in milliliters; 0 for a negative diameter."""
    return float(np.pi / 6000 * max(diameter_mm, 0.0) ** 3)


def doubt_of(soft_overlap: float) -> float:
    """Scale the error in diameter by the root of what overlap is lacking."""
    return float(np.sqrt(LEAST_DOUBT + 1 - soft_overlap))


def volume_estimates(
    found_ml: Mapping[str, float],
    soft_overlap: Mapping[str, float],
    expected_ml: Mapping[str, float],
    *,
    error_mm: Mapping[str, float],
    brain_ml: float,
) -> dict[str, Estimate]:
    """Give the volumes of WT, TC and ET with intervals.

    Parameters
    ----------
    found_ml
        Nested: none is larger than the one before.
    soft_overlap
        The overlap that the probabilities expect of what was found.
    expected_ml
        Sum of the probabilities. Where nothing was found it says what there may be.
    error_mm
        95 % quantile on validation studies of the error in diameter, divided by `doubt_of`.
    brain_ml
        No tumor of the brain is larger.

    Notes
    -----
    What holds a region holds its part: the least volume of the whole tumor is never below that of
    its core, and the most of a core never above that of the whole.
    """
    low, high = {}, {}
    for name in REGIONS:
        found, is_empty = found_ml[name], found_ml[name] <= 0
        doubt = doubt_of(1.0 if is_empty else soft_overlap[name])
        width_mm = error_mm.get(name, UNMEASURED_MM) * doubt
        low[name] = min(found, ball_ml(ball_mm(found) - width_mm))
        most = ball_ml(ball_mm(found) + width_mm)
        most = max(most, expected_ml[name]) if is_empty else most
        high[name] = max(found, min(brain_ml, most))
    for outer, inner in pairwise(REGIONS):
        high[inner] = max(found_ml[inner], min(high[inner], high[outer]))
    for inner, outer in pairwise(REGIONS[::-1]):
        low[outer] = max(low[outer], low[inner])
    return {name: Estimate(found_ml[name], low[name], high[name]) for name in REGIONS}
