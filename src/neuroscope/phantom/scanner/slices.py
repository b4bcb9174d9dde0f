"""Where the slices of one sequence lie, and how they are cut from the grid that is painted."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from neuroscope.phantom.fields import Field, Grid, Number
from neuroscope.records.geometry import Affine, checked_affine, spacing_mm
from neuroscope.records.volume import Plane

AXIS_OF: Mapping[Plane, int] = MappingProxyType({"sagittal": 0, "coronal": 1, "axial": 2})
TILT_AXIS: Mapping[Plane, str] = MappingProxyType({"sagittal": "z", "coronal": "x", "axial": "x"})


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """The grid of one sequence over the grid that is painted.

    Attributes
    ----------
    grid
        That is painted.
    shape, affine
        Of the slices; the array axes run to about R, A, S whatever the plane.
    plane
        Which way they are cut.
    planes
        So many painted planes make one axial slice; 0 if the slices lie freely on the grid.
    averaged
        Painted planes in the thickness of a slice.
    """

    grid: Grid
    shape: tuple[int, int, int]
    affine: Affine
    plane: Plane
    planes: int
    averaged: float

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance between voxels along the array axes, in mm."""
        return spacing_mm(self.affine)

    @property
    def axis(self) -> int:
        """The array axis that counts the slices."""
        return AXIS_OF[self.plane]


def usual_slices(grid: Grid, planes: int) -> Slices:
    """Lay axial slices, each of so many painted planes: the grid of the labels."""
    thick = grid.thickened(planes)
    return Slices(grid, thick.shape, thick.affine, "axial", planes, float(planes))


def own_slices(
    grid: Grid,
    plane: Plane,
    *,
    slice_mm: Number | None = None,
    pixel_mm: Number | None = None,
    tilt_deg: Number = 0.0,
) -> Slices:
    """Lay slices of their own around the middle of the grid.

    Parameters
    ----------
    slice_mm, pixel_mm
        Thickness (and distance) of the slices and size of the pixels; the finest spacing of the
        grid if left out.
    tilt_deg
        Turns axial and coronal slices about the patient's left-right axis, sagittal ones about
        the vertical axis.
    """
    axis = AXIS_OF[plane]
    finest = min(grid.spacing)
    pixel = float(finest if pixel_mm is None else pixel_mm)
    thick = float(finest if slice_mm is None else slice_mm)
    spacing = [thick if a == axis else pixel for a in range(3)]
    extent = [n * s for n, s in zip(grid.shape, grid.spacing, strict=True)]
    shape = [max(1, int(e / s + 1e-6)) for e, s in zip(extent, spacing, strict=True)]
    turn = Rotation.from_euler(TILT_AXIS[plane], tilt_deg, degrees=True).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.diag(spacing)
    middle = grid.point_mm([0, 0, 0]) + (np.array(extent) - grid.spacing) / 2
    matrix[:3, 3] = middle - matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    affine = checked_affine(matrix)
    averaged = max(1.0, thick / grid.spacing[axis])
    return Slices(grid, (shape[0], shape[1], shape[2]), affine, plane, 0, averaged)


def cut(image: Field, slices: Slices) -> Field:
    """Average a painted image over the thickness of every slice.

    Outside the painted grid the image goes on as at its border.
    """
    if slices.planes == 1:
        return image.copy()
    if slices.planes > 1:
        i, j, k = slices.shape
        return np.asarray(image.reshape(i, j, k, slices.planes).mean(3), np.float32)
    into = np.linalg.inv(slices.grid.affine) @ slices.affine
    count = int(np.ceil(slices.averaged - 1e-6))
    total = np.zeros(slices.shape, np.float32)
    part = np.empty(slices.shape, np.float32)
    for number in range(count):
        offset = into[:3, 3] + into[:3, slices.axis] * ((number + 0.5) / count - 0.5)
        ndimage.affine_transform(
            image, _simplest(into[:3, :3]), offset, slices.shape,
            output=part, order=1, mode="nearest",
        )  # fmt: skip
        total += part
    return np.asarray(total / np.float32(count), np.float32)


def _simplest(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the diagonal alone where it is all: scipy then interpolates axis by axis."""
    diagonal = np.diag(matrix)
    return diagonal if np.allclose(matrix, np.diag(diagonal), atol=1e-9) else matrix
