"""How a head lies in the scanner: a rigid motion that is known exactly."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from neuroscope.phantom.fields import Field, Grid, Number

CENTER_MM = np.array([0.0, -18.0, 4.0])  # heads turn about the middle of the brain
MOST_DEGREES, MOST_MM = 5.0, 4.0  # by which a head lies differently at each visit


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A rigid motion, shape `(4, 4)`: RAS+ mm of the person to RAS+ mm of the scanner."""

    matrix: NDArray[np.float64]

    @property
    def is_still(self) -> bool:
        """Whether the person lies as it was drawn."""
        return bool(np.array_equal(self.matrix, np.eye(4)))

    def carry(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points `(..., 3)` from the person to the scanner."""
        moved: NDArray[np.float64] = points_mm @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return moved


STILL = Pose(np.eye(4))


def draw_pose(
    rng: np.random.Generator,
    *,
    most_degrees: Number = MOST_DEGREES,
    most_mm: Number = MOST_MM,
) -> Pose:
    """Draw a pose: turned about each axis and shifted along it by up to these."""
    angles = rng.uniform(-1, 1, 3) * most_degrees
    shift = rng.uniform(-1, 1, 3) * most_mm
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    matrix[:3, 3] = CENTER_MM - matrix[:3, :3] @ CENTER_MM + shift
    return Pose(matrix)


def seen_from(
    field: Field, grid: Grid, pose: Pose, *, order: Literal[1, 3] = 1, outside: Number = 0.0
) -> Field:
    """Sample a field of the person on the same grid, now at rest in the scanner.

    Parameters
    ----------
    order
        Of the spline: 1 for masks and distances, 3 for images.
    outside
        The value beyond the grid.
    """
    if pose.is_still:
        return field
    back = np.linalg.inv(pose.matrix)
    step, origin = np.array(grid.spacing), np.array(grid.origin)
    matrix = back[:3, :3] * step[None] / step[:, None]
    offset = (back[:3, :3] @ origin + back[:3, 3] - origin) / step
    values = np.empty(grid.shape, np.float32)
    ndimage.affine_transform(
        field,
        matrix,
        offset,
        grid.shape,
        output=values,
        order=order,
        mode="constant",
        cval=float(outside),
    )
    return values
