"""Draw the evidence of slices along one axis as a map in three dimensions.

`relu(map - offset) / scale` with constants of the data set makes slices comparable. No slice is
scaled by anything of its own, so that changing one slice changes no other slice that was run.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.explain.evidence_map import cell_matrices, contributions_for
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants

Floats = NDArray[np.float64]
InPlane = Literal["linear", "cubic"]


def axis_map(
    slices: AxisSlices,
    target: str,
    constants: VolumeConstants,
    *,
    positions: Sequence[Floats],
    gap_mm: float,
    in_plane: InPlane = "linear",
) -> NDArray[np.float32]:
    """Draw the evidence for one class on a grid.

    Parameters
    ----------
    positions
        For each voxel axis the (fractional) voxel indices of the grid, ascending.
    gap_mm
        Between neighboring slices of the volume.
    in_plane
        How cells are interpolated; cubic overshoots and is clipped at 0.

    Returns
    -------
    NDArray[np.float32]
        One axis for each of `positions`, 0 or more, in units of the scale of the plane. Between
        slices that were run it follows a monotone cubic (PCHIP) in millimeters.
    """
    offset, scale = constants.of(slices.plane, target)
    to_screen = np.linalg.inv(slices.to_voxel)
    rows = to_screen[0, 0] * positions[slices.row_axis] + to_screen[0, 2]
    columns = to_screen[1, 1] * positions[slices.column_axis] + to_screen[1, 2]
    layers = np.zeros((len(slices.cells), len(rows), len(columns)), np.float32)
    for layer, cells in zip(layers, slices.cells.values(), strict=True):
        excess = np.maximum(contributions_for(cells, target) - np.float32(offset), 0)
        if excess.any():
            down, across = cell_matrices(cells, rows, columns, in_plane)
            layer[:] = np.maximum(down @ (excess * np.float32(1 / scale)) @ across.T, 0)
    values = _through_plane(layers, slices, positions[slices.axis], gap_mm)
    return np.ascontiguousarray(
        np.moveaxis(values, (0, 1, 2), (slices.axis, slices.row_axis, slices.column_axis))
    )


def _through_plane(
    layers: NDArray[np.float32], slices: AxisSlices, wanted: Floats, gap_mm: float
) -> NDArray[np.float32]:
    """Interpolate between the slices that were run, and 0 in those without head."""
    _, rows, columns = layers.shape
    stack = np.zeros((len(wanted), rows, columns), np.float32)
    run = np.array(list(slices.cells), float)
    if run.size == 0:
        return stack
    empty = _at_the_ends(run, np.array(slices.empty, float))
    knots = np.concatenate([run, empty])
    order = np.argsort(knots)
    knots = knots[order]
    lit = np.flatnonzero(layers.any(axis=0))
    known = np.concatenate([layers.reshape(len(run), -1)[:, lit], np.zeros((len(empty), len(lit)))])
    inside = (wanted >= knots[0]) & (wanted <= knots[-1])
    flat = stack.reshape(len(wanted), -1)
    if len(knots) == 1:
        flat[np.ix_(inside, lit)] = known
    elif lit.size:
        from scipy.interpolate import PchipInterpolator  # 0.5 s to import

        curve = PchipInterpolator(knots * gap_mm, known[order], axis=0)
        flat[np.ix_(inside, lit)] = np.maximum(curve(wanted[inside] * gap_mm), 0)
    return stack


def _at_the_ends(run: Floats, empty: Floats) -> Floats:
    """Keep the empty slices that lie between two run ones or next to the first or last."""
    within = empty[(empty > run[0]) & (empty < run[-1])]
    before, after = empty[empty < run[0]][-1:], empty[empty > run[-1]][:1]
    return np.concatenate([before, within, after])
