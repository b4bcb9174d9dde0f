"""Fill between slices: contours drawn on two slices become contours on all that lie between.

References
----------
Raya and Udupa 1990, IEEE Transactions on Medical Imaging 9(1), shape-based interpolation: signed
distances to the outline are blended, not the masks. Both shapes are first laid on a common center,
so that one that moves from slice to slice does not vanish in between.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.preprocess.contours import LayerContours, contours_in
from neuroscope.preprocess.coverage import distance_to_path
from neuroscope.preprocess.drawn import drawn_along, grid_of_layer
from neuroscope.records.annotation import Annotation
from neuroscope.records.outline import inside
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.records.volume import Volume

FINER = 2  # pixels of the field are this much smaller than voxels
MARGIN = 4  # pixels of the field around the shapes


def fill_between(
    first: Sequence[Annotation], second: Sequence[Annotation], volume: Volume
) -> tuple[LayerContours, ...]:
    """Draw the contours of the layers between two slices.

    Parameters
    ----------
    first, second
        Contours or strokes on one slice each; several count as one shape.
    volume
        Their series.

    Returns
    -------
    tuple
        One for each layer strictly between them, from the first to the second.

    Raises
    ------
    BadInputError
        If there is nothing on one of the slices, or no slice between them.
    GeometryMismatchError
        If the shapes were drawn in several planes, or one is a mask.
    """
    if not first or not second:
        raise BadInputError(
            "One of the two slices holds no shape.", fix="Draw on both, then fill between them."
        )
    axis, start, end = _layers(first, second, volume)
    grid = grid_of_layer(volume, axis=axis, layer=start).refined(FINER)
    grid = _box(first, second, grid)
    near, far = (_field(shapes, grid) for shapes in (first, second))
    centers = [_center(field) for field in (near, far)]
    step = 1 if end > start else -1
    found = []
    for layer in range(start + step, end, step):
        there = (layer - start) / (end - start)
        field = blended(near, far, there, centers=(centers[0], centers[1]))
        shifted = _moved(grid, (layer - start) * volume.affine[:3, axis])
        found.append(LayerContours(axis, layer, contours_in(field, shifted)))
    return tuple(found)


def blended(
    near: NDArray[np.float64],
    far: NDArray[np.float64],
    share: float,
    *,
    centers: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Blend two signed distances, each moved so that the centers of their shapes meet.

    Parameters
    ----------
    near, far
        Distance to the outline, above 0 inside, shape `(rows, columns)`.
    share
        Of the way from `near` to `far`, 0..1.
    centers
        Of the two shapes, in pixels.
    """
    middle = (1 - share) * centers[0] + share * centers[1]
    pixel = np.indices(near.shape).astype(np.float64)
    moved = [
        ndimage.map_coordinates(
            field, pixel + (center - middle)[:, None, None], order=1, mode="nearest"
        )
        for field, center in ((near, centers[0]), (far, centers[1]))
    ]
    return np.asarray((1 - share) * moved[0] + share * moved[1], np.float64)


def signed_distance_mm(annotation: Annotation, grid: SliceGrid) -> NDArray[np.float64]:
    """Measure how far every pixel lies inside a contour or stroke, below 0 outside, in mm."""
    pixel = np.indices(grid.shape).reshape(2, -1).T
    points = pixel @ grid.step_mm.T
    if annotation.shape == "stroke":
        path = grid.to_index(annotation.points_mm)[:, :2] @ grid.step_mm.T
        return (annotation.radius_mm - distance_to_path(points, path)).reshape(grid.shape)
    rings = [grid.to_index(ring)[:, :2] @ grid.step_mm.T for ring in annotation.rings_mm]
    away = np.min([distance_to_path(points, np.vstack([r, r[:1]])) for r in rings], axis=0)
    within = _within(points, rings)
    return np.asarray(np.where(within, away, -away).reshape(grid.shape), np.float64)


def _within(points: NDArray[np.float64], rings: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    chunks = np.array_split(points, max(1, len(points) // 4096))
    odd = [np.concatenate([inside(chunk, ring) for chunk in chunks]) for ring in rings]
    return np.asarray(np.sum(odd, axis=0) % 2 == 1)


def _layers(
    first: Sequence[Annotation], second: Sequence[Annotation], volume: Volume
) -> tuple[int, int, int]:
    if any(one.shape == "mask" for one in (*first, *second)):
        raise GeometryMismatchError(
            "A mask fills its slices already.", fix="Use contours or strokes on two slices."
        )
    axes = {drawn_along(one, volume) for one in (*first, *second)}
    if len(axes) != 1:
        raise GeometryMismatchError(
            "The shapes were drawn in several planes.", fix="Use two slices of one plane."
        )
    axis = axes.pop()
    layers = [
        {round(float(volume.to_voxel(one.points_mm)[:, axis].mean())) for one in shapes}
        for shapes in (first, second)
    ]
    if any(len(found) != 1 for found in layers):
        raise GeometryMismatchError(
            "The shapes lie on more than two slices.", fix="Fill between two at a time."
        )
    start, end = (found.pop() for found in layers)
    if abs(end - start) < 2:
        raise BadInputError(
            "There is no slice between the two.", fix="Choose slices further apart."
        )
    return axis, start, end


def _box(first: Sequence[Annotation], second: Sequence[Annotation], grid: SliceGrid) -> SliceGrid:
    """Cut the grid to the shapes, with room around them."""
    reach = [one.radius_mm / np.linalg.norm(grid.step_mm, axis=0) for one in (*first, *second)]
    index = [grid.to_index(one.points_mm)[:, :2] for one in (*first, *second)]
    low = np.min([i.min(0) - r for i, r in zip(index, reach, strict=True)], axis=0) - MARGIN
    high = np.max([i.max(0) + r for i, r in zip(index, reach, strict=True)], axis=0) + MARGIN
    corner = np.floor(low)
    rows, columns = (np.ceil(high) - corner + 1).astype(int).tolist()
    moved = np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1]])
    return grid.within(moved, (rows, columns))


def _field(shapes: Sequence[Annotation], grid: SliceGrid) -> NDArray[np.float64]:
    return np.asarray(np.max([signed_distance_mm(one, grid) for one in shapes], axis=0))


def _center(field: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(ndimage.center_of_mass(field >= 0), np.float64)


def _moved(grid: SliceGrid, step_mm: NDArray[np.float64]) -> SliceGrid:
    affine = np.array(grid.affine)
    affine[:3, 3] += step_mm
    return SliceGrid(grid.name, grid.shape, affine)
