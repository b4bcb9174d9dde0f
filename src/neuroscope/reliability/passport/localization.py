"""Ask whether a map lies on a tumor that somebody, or another network, has outlined."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError, GeometryMismatchError


@dataclass(frozen=True, slots=True)
class Localized:
    """How a map lies on a mask.

    Attributes
    ----------
    pointing
        Whether the largest value lies on the mask, or within one place of it.
    mass
        Share of the positive values on the mask, 0..1; 0 if there are none.
    rank
        Share of the |mask| largest values on the mask, 0..1.
    iou
        Overlap of the mask with the places above the threshold, 0..1.
    area
        Share of the places that the mask covers: what a map scores that knows nothing.
    """

    pointing: bool
    mass: float
    rank: float
    iou: float
    area: float


def localize_map(
    values: NDArray[np.floating],
    mask: NDArray[np.bool_],
    *,
    threshold: float,
    tolerance: float,
    spacing: tuple[float, ...] | None = None,
) -> Localized:
    """Compare a signed map with a mask on the same grid, in two or three dimensions.

    Parameters
    ----------
    threshold
        A place above it counts as part of the finding, in units of the map.
    tolerance
        How far the largest value may miss the mask: one cell, in units of `spacing`.
    spacing
        Between places along each axis; 1 if not given.

    Raises
    ------
    GeometryMismatchError
        If the mask lies on another grid.
    BadInputError
        If the mask is empty.
    """
    if mask.shape != values.shape:
        raise GeometryMismatchError(
            f"The mask has shape {mask.shape}, the map {values.shape}.",
            fix="Resample the mask first.",
        )
    if not mask.any():
        raise BadInputError("The mask is empty.", fix="Give a mask with at least one place.")
    positive = np.maximum(values, 0.0)
    total = float(positive.sum(dtype=np.float64))
    lit = values > threshold
    either = int((lit | mask).sum())
    largest = np.zeros(values.size, bool)
    count = int(mask.sum())
    largest[np.argpartition(-values.ravel(), count - 1)[:count]] = True
    return Localized(
        pointing=_points_at(values, mask, tolerance, spacing),
        mass=float(positive[mask].sum(dtype=np.float64)) / total if total > 0 else 0.0,
        rank=float((largest & mask.ravel()).sum()) / count,
        iou=float((lit & mask).sum()) / either,
        area=float(mask.mean()),
    )


def _points_at(
    values: NDArray[np.floating],
    mask: NDArray[np.bool_],
    tolerance: float,
    spacing: tuple[float, ...] | None,
) -> bool:
    if np.ptp(values) == 0:
        return False
    peak = np.unravel_index(int(values.argmax()), values.shape)
    if mask[peak]:
        return True
    away = ndimage.distance_transform_edt(~mask, sampling=spacing)
    return bool(away[peak] <= tolerance)
