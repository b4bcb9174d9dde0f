"""Read images of any grid at places in patient space."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, transform
from neuroscope.records.volume import Volume

Floats = NDArray[np.float64]


def sampled(
    values: Array, affine: Affine, points_mm: Floats, *, order: Literal[0, 1] = 1
) -> NDArray[np.float32]:
    """Read voxels `(i, j, k)` at points `(..., 3)` in RAS+ mm; 0 outside the grid.

    Parameters
    ----------
    order
        0 for masks (nearest voxel), 1 for images (linear).
    """
    back = transform(np.asarray(np.linalg.inv(affine), np.float64), points_mm)
    found = ndimage.map_coordinates(
        values, np.moveaxis(back, -1, 0), output=np.float32, order=order, mode="constant"
    )
    return np.asarray(found, np.float32)


def within(image: Volume, points_mm: Floats) -> NDArray[np.bool_]:
    """Say which points `(n, 3)` lie between the outermost voxel centers of an image."""
    index = image.to_voxel(points_mm)
    return np.asarray(((index >= 0) & (index <= np.array(image.shape) - 1)).all(1))


@dataclass(frozen=True, slots=True, eq=False)
class Leveled:
    """An image whose brightness is told in spreads (10 to 90 %) of healthy brain."""

    image: Volume
    middle: float
    spread: float

    def at(self, points_mm: Floats) -> NDArray[np.float32]:
        """Read points `(..., 3)` in RAS+ mm: 0 is as bright as the median of healthy brain."""
        read = sampled(self.image.voxels, self.image.affine, points_mm)
        return np.asarray((read - self.middle) / self.spread, np.float32)


def leveled(image: Volume, brain_mm: Floats) -> Leveled | None:
    """Level an image on points `(n, 3)` of healthy brain; None where it is flat."""
    read = sampled(image.voxels, image.affine, brain_mm)
    if not read.size:
        return None
    low, middle, high = (float(value) for value in np.percentile(read, (10, 50, 90)))
    return Leveled(image, middle, high - low) if high > low else None
