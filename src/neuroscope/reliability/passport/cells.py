"""Carry things between the pixels of a prepared slice and the coarser cells of a map."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import GeometryMismatchError

Scalar = TypeVar("Scalar", bound=np.generic)


def step_of(side: int, shape: tuple[int, ...]) -> int:
    """Give the pixels along a side of a cell.

    Raises
    ------
    GeometryMismatchError
        If the pixels do not fall into whole square cells.
    """
    rows, columns = shape
    if side % rows or rows != columns:
        raise GeometryMismatchError(
            f"A map of {rows} x {columns} places does not divide an image of {side} x {side}.",
            fix="Give the map on the cells or on the pixels of the prepared slice.",
        )
    return side // rows


def cells_touched(pixels: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Mark the cells that hold at least half a cell of marked pixels."""
    step = step_of(pixels.shape[0], shape)
    rows, columns = shape
    share = pixels.reshape(rows, step, columns, step).mean((1, 3))
    return np.asarray(share >= 0.5)


def averaged(values: NDArray[np.floating], cells: int) -> NDArray[np.float64]:
    """Average a map of pixels over its cells, `(side, side)` to `(cells, cells)`.

    Raises
    ------
    GeometryMismatchError
        If the pixels do not fall into whole cells.
    """
    step = step_of(values.shape[0], (cells, cells))
    blocks = np.asarray(values, np.float64).reshape(cells, step, cells, step)
    return np.asarray(blocks.mean((1, 3)), np.float64)


def on_pixels(cells: NDArray[Scalar], side: int) -> NDArray[Scalar]:
    """Repeat every cell over its pixels, `(..., h, w)` to `(..., side, side)`."""
    step = step_of(side, cells.shape[-2:])
    return np.repeat(np.repeat(cells, step, -2), step, -1)
