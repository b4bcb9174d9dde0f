"""How one frame of millimeters lies in another: rigid between series, affine to an atlas."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscope.records.geometry import Affine, checked_affine, transform

RIGID_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """Maps RAS+ mm of one frame to RAS+ mm of another, shape `(4, 4)`.

    Named `source_to_target`, it carries a point of the source to where the same tissue lies in
    the target.
    """

    matrix: Affine

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", checked_affine(self.matrix))

    @property
    def is_rigid(self) -> bool:
        """Whether lengths, angles and sides are kept."""
        turn = self.matrix[:3, :3]
        kept = np.abs(turn @ turn.T - np.eye(3)).max() < RIGID_TOLERANCE
        return bool(kept and np.linalg.det(turn) > 0)

    @property
    def is_identity(self) -> bool:
        """Whether nothing moves."""
        return bool(np.array_equal(self.matrix, np.eye(4)))

    @property
    def volume_factor(self) -> float:
        """By how much a volume grows on the way; negative if left and right are exchanged."""
        return float(np.linalg.det(self.matrix[:3, :3]))

    @property
    def rotation_deg(self) -> float:
        """Angle of the turn, 0..180; of an affine the turn that is nearest to it."""
        left, _, right = np.linalg.svd(self.matrix[:3, :3])
        turn = left @ right
        return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1.0, 1.0))))

    def carry(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Carry points `(..., 3)` from source to target."""
        return transform(self.matrix, points_mm)

    def shift_mm(self, point_mm: ArrayLike) -> float:
        """Measure how far one point `(3,)` of the source moves."""
        return float(np.linalg.norm(self.carry(point_mm) - np.asarray(point_mm, np.float64)))

    def inverse(self) -> "Transform":
        """Give the way back."""
        return Transform(_with_last_row(np.asarray(np.linalg.inv(self.matrix), np.float64)))

    def then(self, after: "Transform") -> "Transform":
        """Compose: first this one, then `after`."""
        return Transform(_with_last_row(after.matrix @ self.matrix))


def _with_last_row(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix[3] = (0.0, 0.0, 0.0, 1.0)
    return matrix


IDENTITY = Transform(np.eye(4))
