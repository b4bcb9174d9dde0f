"""Replace a part of a picture by what could have been there: tissue of the same head, or a guess.

A class that rests on the tumor must lose when the tumor is healed away. What is put in its place
comes from the place of the same shape, in the same head, whose surroundings fit best; where no
place fits, every pixel is guessed from the nearest ones outside.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter

from neuroscope.errors import GeometryMismatchError

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

SEEN = 0.05  # a pixel of which less is covered is known
REACH = 32  # the filling is smoothed over a thirty-second of the side
RIM = 0.02  # of the longer side: how far the cover fades out, and what is compared
STEPS = 4  # places tried on each side of the region, down and across
INSIDE = 0.98  # of a place must be tissue


def filled(image: NDArray[np.number], cover: Plane) -> Plane:
    """Guess every covered pixel from the nearest one that is not covered, smoothed.

    Parameters
    ----------
    image
        Gray values, shape ``(rows, columns)``.
    cover
        0..1 on the same pixels; 1 is hidden fully.
    """
    covered = cover > SEEN
    if covered.all():
        return np.full(image.shape, float(image.mean()), np.float32)
    rows, columns = distance_transform_edt(covered, return_distances=False, return_indices=True)
    nearest = image[rows, columns].astype(np.float32)
    return np.asarray(gaussian_filter(nearest, image.shape[-1] / REACH, mode="nearest"))


def mixed(image: NDArray[np.number], other: NDArray[np.number], cover: Plane) -> Plane:
    """Put another picture where the cover is 1."""
    return np.asarray(image * (1 - cover) + other * cover, np.float32)


def softened(region: Mask) -> Plane:
    """Cover a region and fade out around it; 1 inside, shape as given."""
    rim = _rim(region)
    away = distance_transform_edt(~region) if region.any() else np.full(region.shape, np.inf)
    return np.asarray(np.clip(1 - away / rim, 0, 1), np.float32)


def healed(image: NDArray[np.number], region: Mask, *, tissue: Mask) -> Plane:
    """Replace a region by tissue of the same picture, or by a guess where none fits.

    Parameters
    ----------
    image
        Gray values, shape ``(rows, columns)``.
    region
        What shall go, same shape.
    tissue
        From where pixels may be taken, same shape: brain without tumor.

    Returns
    -------
    Plane
        The picture; unchanged where the softened region does not reach.

    Raises
    ------
    GeometryMismatchError
        If the shapes differ.
    """
    if not image.shape == region.shape == tissue.shape:
        raise GeometryMismatchError(
            f"The picture has shape {image.shape}, the region {region.shape}.",
            fix="Give the region and the tissue on the pixels of the picture.",
        )
    if not region.any():
        return np.asarray(image, np.float32)
    cover = softened(region)
    donor = _best_donor(np.asarray(image, np.float32), region, tissue)
    return mixed(image, filled(image, cover) if donor is None else donor, cover)


def _best_donor(image: Plane, region: Mask, tissue: Mask) -> Plane | None:
    """Shift or mirror the picture so that the surroundings of the region fit best."""
    wide = binary_dilation(region, iterations=_rim(region))
    ring = wide & ~region & tissue
    if ring.sum() < 8:
        return None
    best, found = np.inf, None
    for moved, allowed in _moved(image, region, tissue):
        if allowed[wide].mean() < INSIDE:
            continue
        offset = float(image[ring].mean() - moved[ring].mean())
        misfit = float(np.abs(image[ring] - moved[ring] - offset).mean() + 0.5 * abs(offset))
        if misfit < best:
            best, found = misfit, (moved + np.float32(offset)).astype(np.float32)
    return found


def _moved(image: Plane, region: Mask, tissue: Mask) -> Iterator[tuple[Plane, Mask]]:
    """Give the picture mirrored at the middle of the tissue, then shifted, with what is tissue."""
    columns = np.flatnonzero(tissue.any(0))
    if len(columns):
        twice = int(columns[0] + columns[-1])
        mirror = np.clip(twice - np.arange(image.shape[1]), 0, image.shape[1] - 1)
        yield image[:, mirror], tissue[:, mirror]
    rows, columns = np.nonzero(region)
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    for down in range(-STEPS, STEPS + 1):
        for across in range(-STEPS, STEPS + 1):
            shift = (down * max(2, height // 2), across * max(2, width // 2))
            if shift != (0, 0) and all(abs(s) < n for s, n in zip(shift, image.shape, strict=True)):
                yield np.roll(image, shift, (0, 1)), np.roll(tissue, shift, (0, 1))


def _rim(region: Mask) -> int:
    return max(1, round(RIM * int(max(region.shape))))
