"""Lay the outline of a real tumor into a phantom: where it fits best, with its own volumes.

Distances to the outline take the part of arrival times: the K voxels nearest to the inside are
the tumor, so that a volume is exact on every grid, and a larger K swells the same shape.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import Person, brain_at, locate
from neuroscope.phantom.fields import Field, Grid, Number
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Side, patient_position
from neuroscope.phantom.lesions.recipe import Recipe
from neuroscope.phantom.lesions.shape import Shape

FIT_GRID = Grid((42, 51, 45), (4.0, 4.0, 4.0), (-82.0, -118.0, -74.0))
BRAIN_CENTER_MM = np.array(
    [0.0, -18.0, 8.0]
)  # template; the middle of the mask's picture goes here
STEPS_MM = np.arange(-24.0, 25.0, 6.0)  # tried around it on each axis
LEAST_FIT = 0.9  # of the shape must lie where a tumor can be
FAR_COST = 0.002  # of fit, per mm away from where the mask had it
MOST_POINTS = 4000
MARGIN_MM = 18.0  # around the shape, for its soft border and for growth


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A shape in a place: its volumes, and the order in which voxels are taken."""

    side: Side
    center_mm: NDArray[np.float64]
    core_ml: float
    edema_ml: float
    enhancing: float
    grid: Grid
    core_time: Field
    edema_time: Field
    inner_time: Field


def plant(
    shape: Shape, person: Person, recipe: Recipe, *, side: Side | None, core_ml: Number | None
) -> Planted:
    """Find where a shape fits best in a person, and order the voxels around it.

    Parameters
    ----------
    side
        Mirrors the shape if it lies on the other side.
    core_ml
        Scales the shape to this volume of core.

    Raises
    ------
    BadInputError
        If it fits nowhere.
    """
    own_ml = shape.volume_ml(1, 3)
    scale = 1.0 if core_ml is None else float(np.cbrt(core_ml / own_ml))
    labels, first_mm = _cut(shape)
    x, y, z = (s * scale for s in shape.spacing)
    spacing = (x, y, z)
    core = np.argwhere(labels % 2 == 1).mean(0)
    middle = first_mm + core * shape.spacing  # of the core, relative to that of the picture
    own_side: Side = "left" if middle[0] < 0 else "right"
    if side not in (None, own_side):
        labels, core = labels[::-1], np.array([labels.shape[0] - 1 - core[0], *core[1:]])
        middle = middle * [-1, 1, 1]
    points = (np.argwhere(labels > 0) - core) * spacing
    center = _best_center(points, middle, person, recipe)
    corner = center - core * spacing
    grid = Grid(labels.shape, spacing, (float(corner[0]), float(corner[1]), float(corner[2])))
    in_core = labels % 2 == 1
    return Planted(
        side=side or own_side,
        center_mm=center,
        core_ml=own_ml * scale**3,
        edema_ml=shape.volume_ml(2) * scale**3,
        enhancing=shape.volume_ml(3) / own_ml,
        grid=grid,
        core_time=_outward(in_core, grid),
        edema_time=_outward(labels > 0, grid),
        inner_time=_outward(labels == 3, grid),
    )


def _cut(shape: Shape) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut the tumor out with a margin; say where its first voxel is from the picture's middle."""
    index = np.argwhere(shape.labels > 0)
    low, high = index.min(0), index.max(0) + 1
    pad = [int(np.ceil(MARGIN_MM / s)) for s in shape.spacing]
    inner = shape.labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    first = low - np.array(pad) - (np.array(shape.labels.shape) - 1) / 2
    return np.pad(inner, [(p, p) for p in pad]), first * np.array(shape.spacing)


def _outward(mask: Mask, grid: Grid) -> Field:
    """Order voxels from the deepest in a mask to the farthest from it, from 0 on, in mm."""
    if not mask.any():
        return np.zeros(mask.shape, np.float32)
    half = min(grid.spacing) / 2
    inside = ndimage.distance_transform_edt(mask, sampling=grid.spacing)
    outside = ndimage.distance_transform_edt(~mask, sampling=grid.spacing)
    signed = np.where(mask, half - inside, outside - half)
    return np.asarray(signed - signed.min(), np.float32)


def _best_center(
    points: NDArray[np.float64], middle: NDArray[np.float64], person: Person, recipe: Recipe
) -> NDArray[np.float64]:
    """Try places around the one the mask names, and take the one with the most room."""
    place = locate(person, FIT_GRID)
    brain = brain_at(person, place)
    room = recipe.may_swell(place, brain) | recipe.may_hold(place, brain)
    start = patient_position(person, BRAIN_CENTER_MM) + middle
    few = points[:: max(1, len(points) // MOST_POINTS)]
    offsets = np.stack(np.meshgrid(STEPS_MM, STEPS_MM, STEPS_MM, indexing="ij"), -1).reshape(-1, 3)
    fits = np.array([_fit(few + start + offset, room) for offset in offsets])
    value = fits - FAR_COST * np.linalg.norm(offsets, axis=1)
    best = int(value.argmax())
    if fits[best] < LEAST_FIT:
        raise BadInputError(
            f"The tumor's shape does not fit: at the best of {len(offsets)} places, "
            f"{100 * fits[best]:.0f} % of it lies in brain, and {100 * LEAST_FIT:.0f} % must.",
            fix="Wish for a smaller core (core_ml scales the shape), or use another seed.",
        )
    found: NDArray[np.float64] = start + offsets[best]
    return found


def _fit(points: NDArray[np.float64], room: Mask) -> float:
    index = np.rint((points - FIT_GRID.origin) / np.array(FIT_GRID.spacing)).astype(int)
    inside = ((index >= 0) & (index < np.array(FIT_GRID.shape))).all(1)
    i, j, k = index[inside].T
    return float(room[i, j, k].sum()) / len(points)
