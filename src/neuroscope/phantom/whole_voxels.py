"""Volumes are whole voxels: choose them so that the rate at which they grow is the wished one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.phantom.fields import Number

CHOICES = 14  # visits whose rounding is chosen; the others are rounded to the nearest
GOOD_ENOUGH = 1e-4  # of the rate: among choices this close the volumes decide


def fitted_rate(days: Sequence[Number], volumes: Sequence[Number]) -> float | None:
    """Fit log volume by a line through all visits with a lesion; None for fewer than two.

    Returns
    -------
    float or None
        Slope of the ordinary least-squares line, per day.
    """
    seen = [(float(d), float(np.log(v))) for d, v in zip(days, volumes, strict=True) if v > 0]
    if len(seen) < 2:
        return None
    at, log = np.array(seen).T
    return float(_weights(at) @ log)


def voxels_for_rate(days: Sequence[Number], voxels: Sequence[Number]) -> list[int]:
    """Round volumes to whole voxels, up or down, so that they keep the growth rate.

    Parameters
    ----------
    days
        Of the visits, rising.
    voxels
        The wished volumes in voxels, above 0, rising or falling.

    Returns
    -------
    list of int
        Each within one voxel of the wish (at least 1), rising or falling as the wishes do. Of all
        such choices the one whose fitted rate is nearest to that of the wishes; among those right
        to 0.01 % the one whose volumes are nearest.
    """
    wished = np.array(voxels, np.float64)
    nearest = np.maximum(np.rint(wished), 1).astype(np.int64)
    if len(wished) < 2:
        return [int(n) for n in nearest]
    weights = _weights(np.array(days, np.float64))
    rate = float(weights @ np.log(wished))
    tried = _roundings(wished, nearest, np.abs(weights) / wished)
    steps = np.diff(tried, axis=1) * np.sign(wished[-1] - wished[0])
    tried = tried[(steps >= 0).all(1)]
    error = np.abs(np.log(tried) @ weights - rate)
    is_good = error <= GOOD_ENOUGH * abs(rate)
    apart = ((tried - wished) ** 2).sum(1)
    best = np.where(is_good, apart, np.inf).argmin() if is_good.any() else error.argmin()
    return [int(n) for n in tried[best]]


def _weights(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weights by which values add up to the slope of their least-squares line."""
    offset = days - days.mean()
    weights: NDArray[np.float64] = offset / (offset**2).sum()
    return weights


def _roundings(
    wished: NDArray[np.float64], nearest: NDArray[np.int64], leverage: NDArray[np.float64]
) -> NDArray[np.int64]:
    """List the roundings up and down of the visits that move the rate most."""
    free = np.argsort(-leverage, kind="stable")[:CHOICES]
    up = (np.arange(1 << len(free))[:, None] >> np.arange(len(free))) & 1
    tried = np.repeat(nearest[None], len(up), axis=0)
    tried[:, free] = np.maximum(np.floor(wished[free]).astype(np.int64) + up, 1)
    return np.vstack([nearest[None], tried])
