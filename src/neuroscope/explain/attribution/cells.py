"""Lay values of cells over the pixels of the prepared slice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def cells_on_input(
    cells: NDArray[np.floating], size: Sequence[int] | int, *, offset: float, jump: float
) -> NDArray[np.float32]:
    """Interpolate a map of cells linearly; beyond the outermost centers it stays constant.

    Parameters
    ----------
    cells
        Shape `(rows, columns)`.
    size
        Rows and columns of the prepared slice, or the side of a square one.
    offset, jump
        Cell n is centered on pixel ``offset + n * jump``.
    """
    rows, columns = (size, size) if isinstance(size, int) else size
    down = interpolation(rows, cells.shape[0], offset, jump)
    across = interpolation(columns, cells.shape[1], offset, jump)
    return np.asarray(down @ np.asarray(cells, np.float32) @ across.T, np.float32)


def interpolation(pixels: int, cells: int, offset: float, jump: float) -> NDArray[np.float32]:
    """Give the matrix `(pixels, cells)` that interpolates linearly along one axis."""
    place = np.clip((np.arange(pixels) - offset) / jump, 0.0, cells - 1.0)
    distance = np.abs(place[:, None] - np.arange(cells)[None, :])
    return np.asarray(np.clip(1.0 - distance, 0.0, None), np.float32)
