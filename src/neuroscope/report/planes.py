"""Cut upright pictures out of a volume, as a radiologist looks at them.

Axial and coronal pictures show the patient's right on the left of the picture; sagittal pictures
show the front on the left.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, closest_axes, spacing_mm
from neuroscope.records.volume import Plane

PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")

_RIGHT, _FRONT, _TOP = 0, 1, 2
# plane -> patient axis looked along, downwards in the picture, to the right in the picture;
# both picture axes run against the patient axis (from top, front or right towards its opposite).
_AXES = MappingProxyType(
    {
        "axial": (_TOP, _FRONT, _RIGHT),
        "coronal": (_FRONT, _TOP, _RIGHT),
        "sagittal": (_RIGHT, _TOP, _FRONT),
    }
)
EDGE_LETTERS = MappingProxyType(
    {
        "axial": ("R", "L", "A", "P"),
        "coronal": ("R", "L", "S", "I"),
        "sagittal": ("A", "P", "S", "I"),
    }
)
"""Letters at the left, right, top and bottom edge of a picture of each plane."""


@dataclass(frozen=True, slots=True)
class PlaneAxes:
    """Which voxel axis is cut, and which run down and across the picture."""

    cut: int
    down: int
    across: int
    flip_down: bool
    flip_across: bool


def plane_axes(affine: Affine, plane: Plane) -> PlaneAxes:
    """Find the voxel axes of a plane, the nearest ones for an oblique grid."""
    world_of = closest_axes(affine)
    voxel_of = {world: voxel for voxel, world in enumerate(world_of)}
    look, down, across = (voxel_of[world] for world in _AXES[plane])
    return PlaneAxes(
        cut=look,
        down=down,
        across=across,
        flip_down=bool(affine[world_of[down], down] > 0),
        flip_across=bool(affine[world_of[across], across] > 0),
    )


def plane_cut_along(affine: Affine, axis: int) -> Plane:
    """Name the plane that a cut across a voxel axis lies in, the nearest one if oblique."""
    looked_along = closest_axes(affine)[axis]
    return next(plane for plane in PLANES if _AXES[plane][0] == looked_along)


def cut(values: Array, affine: Affine, plane: Plane, index: int) -> Array:
    """Cut one picture `(rows, columns)` out of an array `(i, j, k)` that lies on `affine`.

    Parameters
    ----------
    index
        Along the voxel axis that the plane looks along.
    """
    axes = plane_axes(affine, plane)
    picture: Array = np.moveaxis(values, (axes.cut, axes.down, axes.across), (0, 1, 2))[index]
    if axes.flip_down:
        picture = picture[::-1]
    if axes.flip_across:
        picture = picture[:, ::-1]
    return picture


def pixel_size_mm(affine: Affine, plane: Plane) -> tuple[float, float]:
    """Measure the height and the width of a pixel of a plane in millimeters."""
    spacing = spacing_mm(affine)
    axes = plane_axes(affine, plane)
    return spacing[axes.down], spacing[axes.across]


def pixel_of(
    affine: Affine, shape: tuple[int, int, int], plane: Plane, voxel: ArrayLike
) -> tuple[float, float]:
    """Find the row and the column at which a voxel index `(i, j, k)` appears in its plane."""
    point: NDArray[np.float64] = np.asarray(voxel, dtype=np.float64)
    axes = plane_axes(affine, plane)
    row, column = float(point[axes.down]), float(point[axes.across])
    if axes.flip_down:
        row = shape[axes.down] - 1 - row
    if axes.flip_across:
        column = shape[axes.across] - 1 - column
    return row, column
