"""Find a place of the same shape and size, as far from the brain's edge as it can be, elsewhere."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

Mask = NDArray[np.bool_]

MOSTLY = 0.95  # of a sham must lie in the brain
GAP = 0.02  # of the longer side that a sham keeps from the tumor
STEPS = 8  # places tried on each side, down and across


def sham_place(region: Mask, brain: Mask) -> Mask | None:
    """Mirror a region at the middle of the brain, else shift it; None where it fits nowhere.

    Parameters
    ----------
    region
        What the sham must match and not touch, shape ``(rows, columns)``.
    brain
        Where it must lie, same shape.

    Returns
    -------
    NDArray[np.bool_] | None
        The nearest place of the same shape; the mirrored one first, for it lies as deep.
    """
    if not region.any() or not brain.any():
        return None
    kept_off = binary_dilation(region, iterations=max(1, round(GAP * max(region.shape))))
    size = int(region.sum())
    for moved in _moved(region, brain):
        if int(moved.sum()) < MOSTLY * size or (moved & kept_off).any():
            continue
        if int((moved & brain).sum()) >= MOSTLY * size:
            return moved
    return None


def _moved(region: Mask, brain: Mask) -> Iterator[Mask]:
    columns = np.flatnonzero(brain.any(0))
    rows_at, columns_at = np.nonzero(region)
    twice = int(columns[0] + columns[-1])
    yield _placed(region.shape, rows_at, twice - columns_at)
    height, width = int(np.ptp(rows_at)) + 1, int(np.ptp(columns_at)) + 1
    steps = np.arange(-STEPS, STEPS + 1)
    shifts = [(d * max(1, height // 3), a * max(1, width // 3)) for d in steps for a in steps]
    for down, across in sorted(shifts, key=lambda s: (s[0] ** 2 + s[1] ** 2, s)):
        yield _placed(region.shape, rows_at + down, columns_at + across)


def _placed(shape: tuple[int, ...], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Mask:
    kept = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    place = np.zeros(shape, np.bool_)
    place[rows[kept], columns[kept]] = True
    return place
