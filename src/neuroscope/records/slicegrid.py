"""Where the pixels of a slice lie in the patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscope.errors import GeometryError, GeometryMismatchError
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import Affine, checked_affine, transform

LAYER = 0.5  # slices: what lies within half a slice of a slice is on it


@dataclass(frozen=True, slots=True, eq=False)
class SliceGrid:
    """The pixels of one slice as displayed, or as a network sees it.

    Attributes
    ----------
    name
        Of the slice; unique in its series.
    shape
        Rows and columns.
    affine
        Maps `(row, column, depth)` to RAS+ mm, shape `(4, 4)`; pixel centers are whole numbers, and
        depth counts slices from this one. For a picture without a place, to `(column, row, 0)` in
        pixels of the picture as stored (`PLAIN_AFFINE`).
    slice_index
        Which picture of a series of plain pictures; None for a slice of a volume.
    """

    name: str
    shape: tuple[int, int]
    affine: Affine
    slice_index: int | None = None

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise GeometryError(
                f"A slice of {self.shape} pixels is empty.", fix="Give rows and columns."
            )
        object.__setattr__(self, "affine", checked_affine(self.affine))

    @property
    def step_mm(self) -> NDArray[np.float64]:
        """One pixel down and one across as coordinates in the plane, mm, columns of `(2, 2)`."""
        _, steps = np.linalg.qr(self.affine[:3, :2])
        return np.asarray(steps, np.float64)

    @property
    def pixel_area_mm2(self) -> float:
        """Area of one pixel."""
        return abs(float(np.linalg.det(self.step_mm)))

    def to_index(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Map RAS+ mm `(..., 3)` to (fractional) `(row, column, depth)`."""
        return transform(np.asarray(np.linalg.inv(self.affine), np.float64), points_mm)

    def to_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """Map `(row, column, depth)` `(..., 3)` to RAS+ mm."""
        return transform(self.affine, index)

    def within(self, to_pixels: NDArray[np.float64], shape: tuple[int, int]) -> "SliceGrid":
        """Give the grid of an image cut from this slice.

        Parameters
        ----------
        to_pixels
            Maps `(row, column, 1)` of that image to this slice, shape `(3, 3)`.
        shape
            Its rows and columns.
        """
        step = np.eye(4)
        step[:2, :2], step[:2, 3] = to_pixels[:2, :2], to_pixels[:2, 2]
        return SliceGrid(self.name, shape, checked_affine(self.affine @ step), self.slice_index)

    def refined(self, times: int) -> "SliceGrid":
        """Give the grid whose pixels are `times` smaller, on the same area."""
        start = 0.5 / times - 0.5
        finer = np.array([[1 / times, 0, start], [0, 1 / times, start], [0, 0, 1]])
        return self.within(finer, (self.shape[0] * times, self.shape[1] * times))


def on_slice(annotation: Annotation, grid: SliceGrid) -> bool:
    """Tell whether any of an annotation lies on this slice."""
    if (annotation.slice_index is None) != (grid.slice_index is None):
        raise GeometryMismatchError(
            "The annotation and the slice differ in kind: one is a plain picture, one has a place.",
            fix="Use the annotations of this series.",
        )
    if annotation.slice_index is not None:
        return annotation.slice_index == grid.slice_index
    low, high = _depths(annotation, grid)
    return low < LAYER and high >= -LAYER


def lies_in(annotation: Annotation, grid: SliceGrid) -> bool:
    """Tell whether a contour or stroke on this slice was also drawn in its plane."""
    low, high = _depths(annotation, grid)
    return high - low < LAYER


def _depths(annotation: Annotation, grid: SliceGrid) -> tuple[float, float]:
    if annotation.mask is not None and annotation.mask_affine is not None:
        ends = np.array(np.meshgrid(*[(0, n - 1) for n in annotation.mask.shape])).reshape(3, -1).T
        points = ends @ annotation.mask_affine[:3, :3].T + annotation.mask_affine[:3, 3]
    else:
        points = annotation.points_mm
    depth = grid.to_index(points)[:, 2]
    return float(depth.min()), float(depth.max())
