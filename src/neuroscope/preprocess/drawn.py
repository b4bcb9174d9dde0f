"""Lay what a reader drew on the pixels of a slice or on the voxels of a volume."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.preprocess.coverage import overlap, ring_coverage, stroke_coverage
from neuroscope.preprocess.orient import PLANES, best_cut
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import Affine, checked_affine, closest_axes
from neuroscope.records.slicegrid import LAYER, SliceGrid, lies_in
from neuroscope.records.volume import Volume

SAME_GRID = 0.01  # voxels
HALF_COVERED = 0.5  # a voxel belongs to a drawn shape from here on
CLIPPED = "A mark reaches beyond the picture; what lies outside was left out."


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """The part of every pixel that a shape covers, `(rows, columns)` in 0..1."""

    values: NDArray[np.float64]
    cautions: tuple[str, ...] = ()


def slice_coverage(annotation: Annotation, grid: SliceGrid) -> Coverage:
    """Measure the part of every pixel that an annotation on this slice covers.

    Contours and masks are exact; a stroke is sampled at its rim.

    Raises
    ------
    BadInputError
        If all of it lies outside the picture.
    GeometryMismatchError
        If it was drawn in another plane (`voxel_mask` first), or a mask lies on another grid.
    """
    values = covered(annotation, grid)
    if not values.any():
        raise BadInputError(
            f"The {annotation.shape} lies outside the picture {grid.name!r}.",
            fix="Draw it on the picture, or delete it.",
        )
    return Coverage(values, (CLIPPED,) if _reaches_beyond(annotation, grid) else ())


def covered(annotation: Annotation, grid: SliceGrid) -> NDArray[np.float64]:
    """Measure the part of every pixel that an annotation covers; zeros where it is elsewhere."""
    if annotation.shape == "mask":
        return _mask_coverage(annotation, grid)
    if not lies_in(annotation, grid):
        raise GeometryMismatchError(
            f"The {annotation.shape} was drawn in another plane than {grid.name!r}.",
            fix="Turn it into voxels of its volume first, or draw it in this plane.",
        )
    if annotation.shape == "contour":
        return ring_coverage(
            [grid.to_index(ring)[:, :2] for ring in annotation.rings_mm], grid.shape
        )
    path = grid.to_index(annotation.points_mm)[:, :2]
    return stroke_coverage(path, annotation.radius_mm, grid.step_mm, grid.shape)


def voxel_mask(annotation: Annotation, volume: Volume) -> Annotation:
    """Turn an annotation into the mask of the voxels it covers by half or more.

    A contour or stroke marks one layer of voxels. One too small to cover half a voxel keeps the
    voxel it covers most.

    Raises
    ------
    BadInputError
        If it lies outside the volume.
    GeometryMismatchError
        If a contour lies in none of the planes of the grid, or a mask on another grid.
    """
    if annotation.slice_index is not None:
        raise GeometryMismatchError(
            "The annotation was drawn on a plain picture.", fix="Use the volume it belongs to."
        )
    if annotation.shape == "mask":
        mask_start(annotation, volume.affine, volume.shape)
        return annotation
    axis = drawn_along(annotation, volume)
    depth = volume.to_voxel(annotation.points_mm)[:, axis]
    layer = round(float(depth.mean()))
    if not 0 <= layer < volume.shape[axis]:
        raise _outside(annotation)
    cover = covered(annotation, grid_of_layer(volume, axis=axis, layer=layer))
    if not cover.any():
        raise _outside(annotation)
    flat = cover >= min(HALF_COVERED, float(cover.max()))
    full = np.expand_dims(flat, axis)
    start = np.zeros(3)
    start[axis] = layer
    return cropped(annotation, full, volume.affine, start)


def grid_of_layer(volume: Volume, *, axis: int, layer: int) -> SliceGrid:
    """Give the grid of one layer of voxels: rows and columns are the other two voxel axes."""
    row, column = (v for v in range(3) if v != axis)
    to_voxel = np.zeros((4, 4))
    to_voxel[row, 0] = to_voxel[column, 1] = to_voxel[axis, 2] = to_voxel[3, 3] = 1.0
    to_voxel[axis, 3] = layer
    shape = (volume.shape[row], volume.shape[column])
    return SliceGrid(f"layer {layer}", shape, checked_affine(volume.affine @ to_voxel))


def drawn_along(annotation: Annotation, volume: Volume) -> int:
    """Find the voxel axis normal to a contour or stroke.

    Raises
    ------
    GeometryMismatchError
        If it lies in none of the planes of the grid.
    """
    index = volume.to_voxel(annotation.points_mm)
    spread = np.ptp(index, 0)
    if annotation.plane is not None:
        axis = closest_axes(volume.affine).index(PLANES.index(annotation.plane))
    elif (spread < LAYER).sum() > 1:  # a point or a line lies in several planes
        cut = best_cut(volume).axis
        axis = cut if spread[cut] < LAYER else int(spread.argmin())
    else:
        axis = int(spread.argmin())
    if spread[axis] >= LAYER:
        raise GeometryMismatchError(
            f"The {annotation.shape} lies in none of the planes of this series: it passes through "
            f"{spread[axis]:.1f} slices.",
            fix="Draw it on this series, one slice at a time.",
        )
    return axis


def cropped(
    annotation: Annotation, mask: NDArray[np.bool_], affine: Affine, start: NDArray[np.float64]
) -> Annotation:
    """Give an annotation another mask, cut to the box around it.

    Parameters
    ----------
    mask
        Shape `(i, j, k)`.
    affine, start
        Of the whole grid, and the index in it of the first voxel of `mask`.
    """
    places = np.argwhere(mask)
    first, last = places.min(0), places.max(0) + 1
    moved = np.array(affine, np.float64)
    moved[:3, 3] += moved[:3, :3] @ (start + first)
    box = mask[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
    return replace(
        annotation, shape="mask", points_mm=np.zeros((0, 3)), holes_mm=(), radius_mm=0.0,
        mask=np.ascontiguousarray(box), mask_affine=moved,
    )  # fmt: skip


def mask_start(
    annotation: Annotation, affine: Affine, shape: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Find the index in a grid of the first voxel of a mask.

    Raises
    ------
    GeometryMismatchError
        If the voxels of the mask are not voxels of the grid.
    """
    assert annotation.mask is not None  # noqa: S101 - the record has checked it
    assert annotation.mask_affine is not None  # noqa: S101 - the record has checked it
    between = np.linalg.inv(affine) @ annotation.mask_affine
    start = np.rint(between[:3, 3])
    straight = np.abs(between[:3, :3] - np.eye(3)) * np.array(annotation.mask.shape)
    off = max(float(straight.max()), float(np.abs(between[:3, 3] - start).max()))
    end = start + annotation.mask.shape
    if off > SAME_GRID or (start < 0).any() or (end > shape).any():
        raise GeometryMismatchError(
            "The mask lies on another grid than this series.",
            fix="Resample it onto the images it belongs to, or import it to the right series.",
        )
    i, j, k = start.astype(int).tolist()
    return i, j, k


def _reaches_beyond(annotation: Annotation, grid: SliceGrid) -> bool:
    if annotation.shape == "mask":
        return False
    index = grid.to_index(annotation.points_mm)[:, :2]
    reach = annotation.radius_mm * np.linalg.norm(np.linalg.inv(grid.step_mm), axis=1)
    low, high = index.min(0) - reach, index.max(0) + reach
    return bool((low < -0.5).any() or (high > np.array(grid.shape) - 0.5).any())


def _mask_coverage(annotation: Annotation, grid: SliceGrid) -> NDArray[np.float64]:
    """Share the voxels of one layer out to the pixels, both axes by themselves."""
    assert annotation.mask is not None  # noqa: S101 - the record has checked it
    assert annotation.mask_affine is not None  # noqa: S101 - the record has checked it
    between = np.linalg.inv(grid.affine) @ annotation.mask_affine
    axes = np.abs(between[:3, :3]).argmax(1)
    main = between[np.arange(3), axes]
    rest = between[:3, :3].copy()
    rest[np.arange(3), axes] = 0.0
    depth_step, depth_start = float(main[2]), float(between[2, 3])
    off = np.abs(rest) @ np.array(annotation.mask.shape)
    if len(set(axes.tolist())) < 3 or off.max() > SAME_GRID * 10:
        raise GeometryMismatchError(
            f"The mask lies on another grid than the picture {grid.name!r}.",
            fix="Use the images it was painted on.",
        )
    layer = round(-depth_start / depth_step)
    within = abs(depth_start + layer * depth_step) < LAYER
    if not within or not 0 <= layer < annotation.mask.shape[axes[2]]:
        return np.zeros(grid.shape)
    flat = np.take(annotation.mask, layer, axes[2])
    flat = flat.T if axes[0] > axes[1] else flat
    down, across = (
        overlap(pixels, voxels, scale=1 / main[line], start=-between[line, 3] / main[line])
        for line, (pixels, voxels) in enumerate(zip(grid.shape, flat.shape, strict=True))
    )
    return np.asarray(down @ flat @ across.T, np.float64)


def _outside(annotation: Annotation) -> BadInputError:
    return BadInputError(
        f"The {annotation.shape} lies outside the volume.", fix="Draw it on the head, or delete it."
    )
