"""Affines between voxel indices and RAS+ millimeters."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscope.errors import GeometryError

Affine = NDArray[np.float64]
Point = tuple[float, float, float]  # RAS+ mm


def checked_affine(affine: ArrayLike) -> Affine:
    """Return a read-only float64 copy of a 4x4 affine that can be inverted.

    Raises
    ------
    GeometryError
        For another shape, for values that are not finite, for a singular matrix.
    """
    matrix = np.array(affine, dtype=np.float64)
    if matrix.shape != (4, 4):
        raise GeometryError(
            f"The affine has shape {matrix.shape}.", fix="Give a 4x4 matrix from voxel to RAS+ mm."
        )
    if not np.isfinite(matrix).all():
        raise GeometryError(
            "The affine holds values that are not finite.", fix="Repair the image header."
        )
    if not np.array_equal(matrix[3], [0, 0, 0, 1]):
        raise GeometryError(
            f"The last row of the affine is {matrix[3].tolist()}.", fix="It must be [0, 0, 0, 1]."
        )
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if (lengths <= 0).any() or abs(np.linalg.det(matrix[:3, :3] / lengths)) < 1e-3:
        raise GeometryError(
            "The affine is singular: the axes of the voxel grid do not span space.",
            fix="Repair the image header (sform, qform or ImageOrientationPatient).",
        )
    matrix.flags.writeable = False
    return matrix


def spacing_mm(affine: Affine) -> tuple[float, float, float]:
    """Measure the distance between neighboring voxels along i, j, k in millimeters."""
    i, j, k = np.linalg.norm(affine[:3, :3], axis=0)
    return float(i), float(j), float(k)


def transform(affine: Affine, points: ArrayLike) -> NDArray[np.float64]:
    """Map points of shape `(..., 3)` by an affine."""
    array = np.asarray(points, dtype=np.float64)
    return array @ affine[:3, :3].T + affine[:3, 3]


def shear_deg(affine: Affine) -> float:
    """Measure by how many degrees the voxel axes miss being perpendicular (0 for a plain grid)."""
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = [abs(float(unit[:, a] @ unit[:, b])) for a, b in ((0, 1), (0, 2), (1, 2))]
    return float(np.degrees(np.arcsin(min(1.0, max(cosines)))))


def closest_axes(affine: Affine) -> tuple[int, int, int]:
    """Name the patient axis (0 R, 1 A, 2 S) that each voxel axis follows most closely."""
    unit = np.abs(affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0))
    order = sorted(((unit[w, v], w, v) for w in range(3) for v in range(3)), reverse=True)
    chosen: dict[int, int] = {}
    for _, world, voxel in order:
        if voxel not in chosen and world not in chosen.values():
            chosen[voxel] = world
    return chosen[0], chosen[1], chosen[2]


def upright_grid(affine: Affine, shape: tuple[int, ...]) -> tuple[Affine, tuple[int, int, int]]:
    """Describe the same voxels with indices that grow to R, A and S, as nearly as their axes do.

    Two files of one image may differ in the order and direction of their axes only.
    """
    order = np.argsort(closest_axes(affine))  # which voxel axis runs along R, A, S
    turned = np.array(affine, np.float64)
    turned[:3, :3] = affine[:3, order]
    sizes = [int(shape[axis]) for axis in order]
    for world in range(3):
        if turned[world, world] < 0:
            turned[:3, 3] += turned[:3, world] * (sizes[world] - 1)
            turned[:3, world] *= -1
    return turned, (sizes[0], sizes[1], sizes[2])


def axis_codes(affine: Affine) -> str:
    """Name the direction in which each voxel index grows, for example `RAS` or `LPI`."""
    names = (("L", "R"), ("P", "A"), ("I", "S"))
    axes = closest_axes(affine)
    return "".join(names[world][int(affine[world, v] > 0)] for v, world in enumerate(axes))


def diagonal(spacing: Iterable[float]) -> Affine:
    """Make the affine of a grid whose axes point to R, A, S from the origin."""
    return checked_affine(np.diag([*spacing, 1.0]))
