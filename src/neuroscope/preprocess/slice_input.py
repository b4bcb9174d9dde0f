"""Turn any two-dimensional head image into the one input the slice networks know.

The same function serves training and inference, so that the two cannot drift apart. It removes
what tells the source of an image and nothing about the disease: zoom, padding, background, burnt-in
text beside the head, and the gray scale of the scanner.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy import ndimage

from neuroscope.errors import NeuroscopeError
from neuroscope.preprocess.morphology import filled, grown_by_disk, opened_by_cross

Scalar = TypeVar("Scalar", bound=np.generic)

INPUT_SIZE = 160
SEARCH_SIZE = 112  # the head is searched on an image of about this size: exact enough and fast
MARGIN = 0.04  # air left around the head, as a fraction of the longer side of its box
SMALLEST_SIDE = 32
SMALLEST_HEAD_FRACTION = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSlice:
    """A head image as the networks see it, and the way back to the original pixels.

    ``to_pixels`` maps ``(row, column, 1)`` of the prepared image to ``(row, column, 1)`` of the
    original; both count pixel centers as integers.
    """

    image: NDArray[np.float32]  # (size, size), 0 outside the head, 0..1 inside
    head: NDArray[np.bool_]  # (size, size)
    to_pixels: NDArray[np.float64]  # (3, 3)
    head_fraction: float  # of the original image's area
    cautions: tuple[str, ...]


def prepare_slice(pixels: ArrayLike, *, size: int = INPUT_SIZE) -> PreparedSlice:
    """Crop to the head, blank the background and normalize the gray values.

    Parameters
    ----------
    pixels
        Gray values, shape ``(rows, columns)``, any finite scale; at least 32 pixels a side.
    size
        Side of the square result in pixels.

    Returns
    -------
    PreparedSlice
        Shape ``(size, size)``. When no head is found the whole image is used and a caution says so.

    Raises
    ------
    NeuroscopeError
        If the image is not two-dimensional, too small, or holds values that are not finite.
    """
    gray = _checked(pixels)
    return cut_to_head(gray, find_head(gray), size=size)


def cut_to_head(
    gray: NDArray[np.float32], head: NDArray[np.bool_], *, size: int = INPUT_SIZE
) -> PreparedSlice:
    """Prepare a picture whose head was found before, as `prepare_slice` does.

    Parameters
    ----------
    gray, head
        Finite gray values and what `find_head` found in them, shape ``(rows, columns)``.
    """
    fraction = float(head.mean())
    mask = head
    cautions: tuple[str, ...] = ()
    if fraction < SMALLEST_HEAD_FRACTION:
        mask = np.ones(gray.shape, bool)
        cautions = ("No head was found in this image; the whole image was used.",)
    top, left, side = _square_around(mask)
    inside = _resample(mask.astype(np.float32), top, left, side, size) > 0.5
    image = _resample(_normalized(gray, mask), top, left, side, size)
    image = np.where(inside, np.clip(image, 0.0, 1.0), 0.0).astype(np.float32)
    return PreparedSlice(
        image=_readonly(image),
        head=_readonly(inside),
        to_pixels=_readonly(_to_pixels(top, left, side, size)),
        head_fraction=fraction,
        cautions=cautions,
    )


def head_view(
    gray: NDArray[np.float32], head: NDArray[np.bool_], *, size: int
) -> NDArray[np.uint8]:
    """Cut the head out of a picture for a small network, shape ``(size, size)``, 0..255.

    Parameters
    ----------
    gray, head
        Gray values and where the head is, shape ``(rows, columns)``; of a large picture only every
        second or third pixel is looked at: more would not be seen.
    """
    step = max(1, round(max(gray.shape) / SEARCH_SIZE))
    few = np.ascontiguousarray(gray[::step, ::step])
    image = cut_to_head(few, head[::step, ::step], size=size).image
    return np.asarray(np.round(image * 255), np.uint8)


def find_head(gray: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the head: the largest bright component, closed and with its holes filled.

    Parameters
    ----------
    gray
        Finite gray values, shape ``(rows, columns)``.

    Returns
    -------
    NDArray[np.bool_]
        Same shape; all False when the image is flat.
    """
    step = max(1, round(max(gray.shape) / SEARCH_SIZE))
    small = _reduced(gray, step)
    small = ndimage.uniform_filter(small, 3, mode="nearest")
    border = np.concatenate(
        [small[:2].ravel(), small[-2:].ravel(), small[:, :2].ravel(), small[:, -2:].ravel()]
    )
    dark, bright = (float(value) for value in np.percentile(small, (20, 98)))
    air = min(float(np.percentile(border, 25)), dark)
    if bright <= air:
        return np.zeros(gray.shape, bool)
    inside = small > air + _head_threshold(small, air, bright) * (bright - air)
    inside = _largest_component(opened_by_cross(inside))
    inside = _closed(inside, max(2, round(min(small.shape) * 0.05)))
    found = np.repeat(np.repeat(inside, step, 0), step, 1)
    rows, columns = gray.shape
    padded = np.zeros(gray.shape, bool)
    padded[: found.shape[0], : found.shape[1]] = found[:rows, :columns]
    if found.shape[0] < rows:
        padded[found.shape[0] :] = padded[found.shape[0] - 1]
    if found.shape[1] < columns:
        padded[:, found.shape[1] :] = padded[:, found.shape[1] - 1 : found.shape[1]]
    return padded


def _checked(pixels: ArrayLike) -> NDArray[np.float32]:
    gray = np.asarray(pixels, np.float32)
    if gray.ndim != 2 or min(gray.shape) < SMALLEST_SIDE:
        raise NeuroscopeError(
            f"A slice must be a gray image of at least {SMALLEST_SIDE} pixels a side; "
            f"this array has shape {gray.shape}.",
            fix="Give one two-dimensional gray image at a time.",
        )
    if not np.isfinite(gray).all():
        bad = int(gray.size - np.isfinite(gray).sum())
        raise NeuroscopeError(
            f"{bad} of {gray.size} pixels are not finite numbers.",
            fix="Replace NaN and infinite values before the analysis.",
        )
    return gray


def _reduced(gray: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    rows, columns = (n // step * step for n in gray.shape)
    blocks = gray[:rows, :columns].reshape(rows // step, step, columns // step, step)
    return np.asarray(blocks.mean((1, 3)), np.float32)


def _head_threshold(small: NDArray[np.float32], air: float, bright: float) -> float:
    """Choose the relative threshold, 0.05..0.20, by Otsu's rule on square-root gray values."""
    scaled = np.sqrt(np.clip((small - air) / (bright - air), 0.0, 1.0))
    counts, edges = np.histogram(scaled, 64, (0.0, 1.0))
    centers = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    mean_below = np.cumsum(counts * centers)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = mean_below / below - (mean_below[-1] - mean_below) / above
        between = np.nan_to_num(below * above * gap**2)
    otsu = float(edges[int(between.argmax()) + 1]) ** 2
    return float(np.clip(otsu * 0.5, 0.05, 0.20))


def _largest_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def _closed(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    padded = np.pad(mask, radius + 1)
    closed = ~grown_by_disk(~grown_by_disk(padded, radius), radius)
    found = filled(closed | padded)
    inner = slice(radius + 1, -radius - 1)
    return found[inner, inner]


def _square_around(mask: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Give top, left and side of the square crop, in pixel edges (pixel 0 spans 0..1)."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom = float(rows[0]), float(rows[-1] + 1)
    left, right = float(columns[0]), float(columns[-1] + 1)
    side = max(bottom - top, right - left) * (1 + 2 * MARGIN)
    return (top + bottom - side) / 2, (left + right - side) / 2, side


def _normalized(gray: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    low, high = np.percentile(gray[mask][::2], (1.0, 99.5))
    if high <= low:
        return np.zeros_like(gray)
    scaled = np.clip((gray - low) / (high - low), 0.0, 1.0)
    return np.where(mask, scaled, 0.0).astype(np.float32)


def _resample(
    plane: NDArray[np.float32], top: float, left: float, side: float, size: int
) -> NDArray[np.float32]:
    """Cut a square, zero outside the image, and resize it with an antialiasing triangle filter."""
    rows, columns = plane.shape
    reach = int(np.ceil(max(0.0, -top, -left, top + side - rows, left + side - columns))) + 1
    padded = Image.fromarray(np.pad(plane, reach))
    box = (left + reach, top + reach, left + reach + side, top + reach + side)
    return np.asarray(padded.resize((size, size), Image.Resampling.BILINEAR, box=box), np.float32)


def _to_pixels(top: float, left: float, side: float, size: int) -> NDArray[np.float64]:
    step = side / size
    return np.array(
        [
            [step, 0.0, top + step / 2 - 0.5],
            [0.0, step, left + step / 2 - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )


def _readonly(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.setflags(write=False)
    return array


def map_on_pixels(
    places: NDArray[np.floating],
    to_pixels: NDArray[np.float64],
    shape: tuple[int, int],
    *,
    offset: float,
    jump: float,
) -> NDArray[np.float32]:
    """Carry a map of places onto the pixels of the original image by linear interpolation.

    Parameters
    ----------
    places
        One value per place, shape ``(h, w)`` or ``(n, h, w)``; place k is centered on pixel
        ``offset + k * jump`` of the prepared slice.
    to_pixels
        Of the prepared slice, shape ``(3, 3)``.
    shape
        Rows and columns of the original image.

    Returns
    -------
    NDArray[np.float32]
        Same values at the centers; constant beyond the outermost centers, zero outside the
        prepared square. Shape ``(rows, columns)`` or ``(n, rows, columns)``.
    """
    down, across = (
        _interpolation(
            shape[axis],
            places.shape[axis - 2],
            to_pixels[axis, axis],
            to_pixels[axis, 2],
            offset=offset,
            jump=jump,
        )
        for axis in (0, 1)
    )
    return np.asarray(down @ np.asarray(places, np.float32) @ across.T, np.float32)


def _interpolation(
    pixels: int, places: int, step: float, start: float, *, offset: float, jump: float
) -> NDArray[np.float32]:
    """Give the linear interpolation matrix from places to original pixels, one axis."""
    prepared = (np.arange(pixels) - start) / step
    place = np.clip((prepared - offset) / jump, 0.0, places - 1.0)
    before = np.minimum(place.astype(int), max(places - 2, 0))
    fraction = place - before
    matrix = np.zeros((pixels, places), np.float32)
    rows = np.arange(pixels)
    matrix[rows, before] = 1.0 - fraction
    matrix[rows, np.minimum(before + 1, places - 1)] += fraction.astype(np.float32)
    half = jump / 2
    matrix[(prepared < offset - half) | (prepared > offset + (places - 1) * jump + half)] = 0.0
    return matrix
