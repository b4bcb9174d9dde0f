"""Where a model found its evidence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.records.arrays import Array, read_only
from neuroscope.records.geometry import Affine, checked_affine
from neuroscope.records.passport import Passport


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceCells:
    """The exact decision of the evidence network, place by place, for all classes at once.

    Attributes
    ----------
    contributions
        Shape `(classes, rows, columns)`, in units of the logit. Summed over all places they
        equal `logits` minus their mean over classes.
    logits
        Shape `(classes,)`, before calibration.
    classes
        Names along the first axis.
    cell_to_pixel
        Shape `(3, 3)`: maps the homogeneous `(row, column, 1)` of a cell to the (fractional)
        `(row, column, 1)` of the pixel at its center in the original image.
    image_shape
        Rows and columns of the original image.
    """

    contributions: NDArray[np.float32]
    logits: NDArray[np.float32]
    classes: tuple[str, ...]
    cell_to_pixel: NDArray[np.float64]
    image_shape: tuple[int, int]

    def __post_init__(self) -> None:
        k = len(self.classes)
        if self.contributions.ndim != 3 or self.contributions.shape[0] != k:
            raise BadInputError(
                f"The contributions have shape {self.contributions.shape} for {k} classes.",
                fix="Give (classes, rows, columns).",
            )
        if self.logits.shape != (k,) or self.cell_to_pixel.shape != (3, 3):
            raise BadInputError(
                "The logits or the cell geometry do not fit the classes.",
                fix="Give logits (classes,) and cell_to_pixel (3, 3).",
            )
        for name in ("contributions", "logits", "cell_to_pixel"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def completeness_error(self) -> float:
        """Largest gap between the summed contributions and the centered logits (near 0)."""
        total = self.contributions.sum(axis=(1, 2), dtype=np.float64)
        centered = self.logits - self.logits.mean(dtype=np.float64)
        return float(np.abs(total - centered).max())


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Signed evidence for one class on the grid of an image.

    Attributes
    ----------
    values
        Shape of the image (two or three axes), in `unit`; positive speaks for `target`.
    method
        How it was computed, for example `evidence`.
    target
        The class it speaks for or against.
    scale
        The constant of the data set at which the display saturates: never the map's own maximum.
    threshold
        Above this value (chosen on validation data) a place counts as part of the finding.
    affine
        For a volume: voxel to RAS+ millimeters. None on a plain slice.
    passport
        How this map did in its tests; None if it was not tested.
    """

    values: Array
    method: str
    target: str
    scale: float
    threshold: float
    unit: str = "logit"
    affine: Affine | None = None
    passport: Passport | None = None
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.ndim not in (2, 3):
            raise BadInputError(
                f"A heatmap has two or three axes; this has {self.values.ndim}.",
                fix="Give the map of one class on the grid of its image.",
            )
        if not self.scale > 0:
            raise BadInputError(f"The scale is {self.scale}.", fix="It must be above 0.")
        object.__setattr__(self, "values", read_only(self.values))
        if self.affine is not None:
            object.__setattr__(self, "affine", checked_affine(self.affine))

    @property
    def is_trusted(self) -> bool:
        """Whether it failed none of its tests; a map that did is shown gray."""
        return self.passport is None or not self.passport.failed

    def require_grid_of(self, image_shape: tuple[int, ...]) -> None:
        """Refuse to be laid over an image of another shape."""
        if self.values.shape != tuple(image_shape):
            raise GeometryMismatchError(
                f"The heatmap has shape {self.values.shape}, the image {tuple(image_shape)}.",
                fix="Compute the heatmap for this image.",
            )
