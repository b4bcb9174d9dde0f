"""Images: a volume on a grid in space, and a slice."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.arrays import Array, read_only
from neuroscope.records.geometry import Affine, checked_affine, spacing_mm, transform

Plane = Literal["axial", "coronal", "sagittal"]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Volume:
    """Voxels `(i, j, k)` and the affine `(4, 4)` that maps their indices to RAS+ millimeters."""

    voxels: Array
    affine: Affine

    def __post_init__(self) -> None:
        if self.voxels.ndim != 3 or 0 in self.voxels.shape:
            raise GeometryError(
                f"A volume needs three axes with voxels on each; this has {self.voxels.shape}.",
                fix="Choose one time point or channel of a 4-D image.",
            )
        object.__setattr__(self, "voxels", read_only(self.voxels))
        object.__setattr__(self, "affine", checked_affine(self.affine))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along i, j, k."""
        i, j, k = self.voxels.shape
        return i, j, k

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighboring voxels along i, j, k."""
        return spacing_mm(self.affine)

    def to_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """Map voxel indices `(..., 3)` to RAS+ millimeters."""
        return transform(self.affine, index)

    def to_voxel(self, point_mm: ArrayLike) -> NDArray[np.float64]:
        """Map RAS+ millimeters `(..., 3)` to (fractional) voxel indices."""
        return transform(np.asarray(np.linalg.inv(self.affine), np.float64), point_mm)

    def same_grid(self, other: "Volume", *, tolerance_mm: float = 1e-3) -> bool:
        """Tell whether both have the same voxels in the same places."""
        if self.shape != other.shape:
            return False
        corners = np.array([[0, 0, 0], self.shape], dtype=np.float64)
        gap = self.to_mm(corners) - other.to_mm(corners)
        near = np.abs(self.affine - other.affine).max() < tolerance_mm
        return bool(near and np.abs(gap).max() < tolerance_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """A picture, rows from top to bottom, columns from left to right as it is displayed.

    Attributes
    ----------
    pixels
        Gray values of shape `(rows, columns)`.
    name
        The stem of the file it came from, or what its series calls it; unique in its series.
    plane, position_mm, affine
        Where it was cut: `affine` maps `(row, column, 0)` to RAS+ millimeters. None for a plain
        PNG or JPEG, whose spacing nobody knows.
    file
        The file it came from, relative to what was given; shown to the person who gave it, never
        logged. Empty if it has no file of its own.
    """

    pixels: Array
    name: str
    plane: Plane | None = None
    position_mm: float | None = None
    affine: Affine | None = None
    cautions: tuple[str, ...] = ()
    file: str = ""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or 0 in self.pixels.shape:
            raise BadInputError(
                f"A slice needs rows and columns; this has shape {self.pixels.shape}.",
                fix="Give a two-dimensional gray image.",
            )
        object.__setattr__(self, "pixels", read_only(self.pixels))
        if self.affine is not None:
            object.__setattr__(self, "affine", checked_affine(self.affine))
