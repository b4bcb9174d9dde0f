"""Bring a volume to another grid in one step, whatever transforms lie between."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.geometry import Affine, checked_affine
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume

Number = int | float
Interpolation = Literal["linear", "spline", "nearest"]
_INTERPOLATORS: dict[Interpolation, int] = {
    "linear": SimpleITK.sitkLinear,
    "spline": SimpleITK.sitkBSpline3,
    "nearest": SimpleITK.sitkNearestNeighbor,
}


def resample(
    volume: Volume,
    like: Volume,
    *,
    to_like: Transform = IDENTITY,
    interpolation: Interpolation = "linear",
    outside: Number = 0.0,
) -> Volume:
    """Sample a volume on the grid of another.

    Parameters
    ----------
    to_like
        Carries a point of `volume` to `like`. Compose transforms and resample once: every further
        interpolation blurs.
    interpolation
        `nearest` for labels; they keep their type. Otherwise the result is float32.
    outside
        Value of what the volume does not cover.
    """
    if interpolation == "nearest":
        image = to_image(_plain(volume.voxels), volume.affine)
    else:
        image = to_image(volume.voxels.astype(np.float32), volume.affine)
    back = to_like.inverse().matrix
    mapping = SimpleITK.AffineTransform(3)
    mapping.SetMatrix(back[:3, :3].ravel().tolist())
    mapping.SetTranslation(back[:3, 3].tolist())
    sampled = SimpleITK.Resample(
        image,
        like.shape,
        mapping,
        _INTERPOLATORS[interpolation],
        *_placed(like.affine),
        float(outside),
    )
    voxels = from_image(sampled)
    return Volume(voxels.astype(volume.voxels.dtype) if interpolation == "nearest" else voxels,
                  like.affine)  # fmt: skip


def straight_grid(volume: Volume, spacing_mm: Number | Sequence[Number]) -> Volume:
    """Lay an empty grid of another spacing over a volume, along its axes and around its middle.

    Parameters
    ----------
    spacing_mm
        One for all axes, or one for each.

    Raises
    ------
    BadInputError
        For a spacing that is not positive.
    """
    wanted = np.broadcast_to(np.asarray(spacing_mm, np.float64), 3)
    if (wanted <= 0).any():
        raise BadInputError(f"The spacing is {spacing_mm} mm.", fix="Give more than 0.")
    spacing = np.array(volume.spacing_mm)
    shape = np.maximum(1, np.ceil(spacing * volume.shape / wanted - 1e-3)).astype(int)
    step = wanted / spacing
    matrix = np.array(volume.affine)
    matrix[:3, :3] = volume.affine[:3, :3] * step
    matrix[:3, 3] = volume.to_mm((np.array(volume.shape) - 1) / 2 - (shape - 1) / 2 * step)
    empty = np.broadcast_to(np.zeros((), np.uint8), tuple(shape.tolist()))
    return Volume(empty, checked_affine(matrix))


def coarser(volume: Volume, spacing_mm: Number) -> Volume:
    """Average and sample a volume so that no axis is finer than the spacing; axes stay."""
    factors = [max(1, int(spacing_mm / s + 1e-3)) for s in volume.spacing_mm]
    thin = _block_mean(volume, [min(f, n) for f, n in zip(factors, volume.shape, strict=True)])
    wanted = [spacing_mm if s < spacing_mm / 1.1 else s for s in thin.spacing_mm]
    if wanted == list(thin.spacing_mm):
        return thin
    return resample(thin, straight_grid(thin, wanted), outside=float(thin.voxels[0, 0, 0]))


def to_image(voxels: NDArray[Any], affine: Affine) -> SimpleITK.Image:
    """Make an ITK image whose physical space is our RAS+ mm (ITK does not ask what axes mean)."""
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(voxels.transpose(2, 1, 0)))
    origin, spacing, direction = _placed(affine)
    image.SetOrigin(origin)
    image.SetSpacing(spacing)
    image.SetDirection(direction)
    return image


def from_image(image: SimpleITK.Image) -> NDArray[Any]:
    """Take the voxels `(i, j, k)` out of an ITK image."""
    voxels: NDArray[Any] = SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0)
    return voxels


def _placed(affine: Affine) -> tuple[list[float], list[float], list[float]]:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    return affine[:3, 3].tolist(), spacing.tolist(), (affine[:3, :3] / spacing).ravel().tolist()


def _plain(voxels: NDArray[Any]) -> NDArray[Any]:
    return voxels.astype(np.uint8) if voxels.dtype == np.bool_ else voxels


def _block_mean(volume: Volume, factors: list[int]) -> Volume:
    if max(factors) == 1:
        return volume
    kept = [n // f for n, f in zip(volume.shape, factors, strict=True)]
    whole = volume.voxels[tuple(slice(0, n * f) for n, f in zip(kept, factors, strict=True))]
    split = [size for pair in zip(kept, factors, strict=True) for size in pair]
    means = whole.reshape(split).mean((1, 3, 5), dtype=np.float32)
    matrix = np.array(volume.affine)
    matrix[:3, :3] = volume.affine[:3, :3] * factors
    matrix[:3, 3] = volume.to_mm((np.array(factors) - 1) / 2)
    return Volume(means, checked_affine(matrix))
