"""Lay the evidence cells of one slice over its pixels.

The network's decision is a sum over cells; a map is that sum before it is taken. Nothing here is
estimated, normalized or rectified: positive values speak for the target, negative ones against it.
See docs/explanation/evidence-map.md.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import EvidenceCells, Heatmap

METHOD = "evidence"
UNIT = "logit per cell"


def slice_heatmap(cells: EvidenceCells, target: str, spec: EvidenceSpec) -> Heatmap:
    """Draw the evidence for one class on the pixel grid of the slice.

    A pixel at the center of a cell takes the cell's contribution; between centers the values are
    interpolated linearly. Outside the part of the image that the network saw the map is 0.

    Parameters
    ----------
    target
        One of `cells.classes`.

    Returns
    -------
    Heatmap
        Float32, shape `cells.image_shape`, in logits per cell, scaled for display by the constant
        of the weights, never by its own maximum.

    Raises
    ------
    BadInputError
        For an unknown class.
    """
    down, across = _pixel_matrices(cells)
    values = np.asarray(down @ contributions_for(cells, target) @ across.T, np.float32)
    return Heatmap(
        values=values,
        method=METHOD,
        target=target,
        scale=spec.scale_of(target),
        threshold=max(spec.threshold * float(values.max()), spec.floor_of(target)),
        unit=UNIT,
    )


def sampled(
    cells: EvidenceCells, target: str, rows: ArrayLike, columns: ArrayLike
) -> NDArray[np.float32]:
    """Interpolate the evidence for one class where the given rows and columns of the image cross.

    Parameters
    ----------
    rows, columns
        Pixel coordinates of shape `(m,)` and `(n,)`, fractions allowed; 0 is the center of the
        first pixel.

    Returns
    -------
    NDArray[np.float32]
        Shape `(m, n)`.
    """
    down, across = cell_matrices(cells, rows, columns)
    return np.asarray(down @ contributions_for(cells, target) @ across.T, np.float32)


def cell_matrices(
    cells: EvidenceCells,
    rows: ArrayLike,
    columns: ArrayLike,
    kind: Literal["linear", "cubic"] = "linear",
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the matrices that carry cells to rows and columns: `down @ cells @ across.T`.

    Raises
    ------
    BadInputError
        If the cells are turned against the pixels.
    """
    matrix = _lined_up(cells)
    weights = _weights if kind == "linear" else _spline_weights
    _, n_rows, n_columns = cells.contributions.shape
    down = weights((np.asarray(rows) - matrix[0, 2]) / matrix[0, 0], n_rows)
    across = weights((np.asarray(columns) - matrix[1, 2]) / matrix[1, 1], n_columns)
    return down, across


def _pixel_matrices(cells: EvidenceCells) -> tuple[NDArray[np.float32], ...]:
    matrix = _lined_up(cells)
    sizes = zip(cells.image_shape, cells.contributions.shape[1:], strict=True)
    return tuple(
        _pixel_weights(pixels, float(matrix[axis, 2]), float(matrix[axis, axis]), number)
        for axis, (pixels, number) in enumerate(sizes)
    )


@lru_cache(maxsize=16)  # the classes of a slice share it, and often the slices of a series
def _pixel_weights(pixels: int, start: float, jump: float, cells: int) -> NDArray[np.float32]:
    weights = _weights((np.arange(pixels, dtype=np.float64) - start) / jump, cells)
    weights.flags.writeable = False
    return weights


def _lined_up(cells: EvidenceCells) -> NDArray[np.float64]:
    """Give `cell_to_pixel`, which must not turn."""
    matrix = cells.cell_to_pixel
    if matrix[0, 1] != 0 or matrix[1, 0] != 0:
        raise BadInputError(
            "The cells of this slice do not line up with its rows and columns.",
            fix="Prepare the slice with preprocess/slice_input.py.",
        )
    return matrix


def contributions_for(cells: EvidenceCells, target: str) -> NDArray[np.float32]:
    """Pick the contributions to one class, shape `(rows, columns)` of the cell grid."""
    if target not in cells.classes:
        raise BadInputError(
            f"There is no class {target!r}.", fix=f"Use one of {', '.join(cells.classes)}."
        )
    return np.asarray(cells.contributions[cells.classes.index(target)])


def _weights(positions: NDArray[np.float64], cells: int) -> NDArray[np.float32]:
    """Build the linear interpolation `(m, cells)` at positions counted in cells.

    The outermost half cell takes the value of its center; beyond it the weights are 0.
    """
    inside = (positions >= -0.5) & (positions <= cells - 0.5)
    clipped = np.clip(positions, 0.0, cells - 1.0)
    distance = np.abs(clipped[:, None] - np.arange(cells)[None, :])
    return np.asarray(np.clip(1.0 - distance, 0.0, None) * inside[:, None], np.float32)


def _spline_weights(positions: NDArray[np.float64], cells: int) -> NDArray[np.float32]:
    """Build the same of a cubic B-spline through the centers of the cells."""
    from scipy.ndimage import map_coordinates

    inside = (positions >= -0.5) & (positions <= cells - 0.5)
    at = np.meshgrid(np.clip(positions, 0.0, cells - 1.0), np.arange(cells), indexing="ij")
    matrix = map_coordinates(np.eye(cells), at, order=3, mode="mirror")
    return np.asarray(matrix * inside[:, None], np.float32)
