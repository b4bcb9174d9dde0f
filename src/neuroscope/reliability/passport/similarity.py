"""Compare two maps of the same image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from neuroscope.errors import GeometryMismatchError

Map = NDArray[Any]


def spearman(first: Map, second: Map, where: NDArray[np.bool_] | None = None) -> float:
    """Correlate the ranks of two maps, by default everywhere; nan if one of them is constant.

    Give absolute values to ask whether the same places stand out, whatever they speak for.

    Raises
    ------
    GeometryMismatchError
        If the maps have different shapes.
    """
    a, b = _picked(first, second, where)
    if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def soft_dice(first: Map, second: Map, where: NDArray[np.bool_] | None = None) -> float:
    """Measure how far the positive parts of two maps overlap, place and strength, 0..1.

    `2 sum min(a, b) / sum (a + b)`; nan if neither holds anything positive.

    Raises
    ------
    GeometryMismatchError
        If the maps have different shapes.
    """
    a, b = (np.maximum(one, 0.0) for one in _picked(first, second, where))
    total = float(a.sum() + b.sum())
    return 2 * float(np.minimum(a, b).sum()) / total if total > 0 else float("nan")


def _picked(
    first: Map, second: Map, where: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if first.shape != second.shape or (where is not None and where.shape != first.shape):
        raise GeometryMismatchError(
            f"The maps have shapes {first.shape} and {second.shape}.",
            fix="Compare maps of one image on one grid.",
        )
    inside = np.ones(first.shape, bool) if where is None else where
    return np.asarray(first, np.float64)[inside], np.asarray(second, np.float64)[inside]
