"""What a picture looks like, small enough to compare every picture with every other."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from neuroscope.records.arrays import Array

SIDE = 128  # pixels of the square on which pictures are compared; every picture is stretched to it
COARSE = 16  # pixels of the square on which candidates are looked for
FINEST, COARSEST = 0.7, 3.0  # sigmas of the band that is compared, in pixels of `SIDE`
COARSE_SIGMA = 1.5  # of `COARSE`: what is broader says "a head" and not "this head"


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture reduced to what is compared."""

    sha256: str  # of shape and gray values, whatever the file's format or name
    shape: tuple[int, int]
    gray: NDArray[np.uint8]  # (SIDE, SIDE), 0..255
    band: NDArray[np.float16]  # (SIDE, SIDE), edges and textures; mean 0, standard deviation 1
    coarse: NDArray[np.float32]  # (COARSE, COARSE), of length 1; zero for a flat picture


def look_at(pixels: Array) -> Look:
    """Reduce a picture.

    Parameters
    ----------
    pixels
        Gray values, shape ``(rows, columns)``, any real type; 8-bit values are taken as they are,
        others are scaled to their own range.

    Notes
    -----
    A picture is stretched to a square, so that a resized copy lands on the same pixels. The
    triangle filter of the resizing keeps what a copy at half size still has; the band drops the
    finest detail, which re-encoding changes, and the coarsest, which all heads share.
    """
    gray = _eight_bit(pixels)
    digest = hashlib.sha256(f"{gray.shape}".encode() + gray.tobytes()).hexdigest()
    picture = Image.fromarray(gray)
    small = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.uint8)
    values = small.astype(np.float32)
    band = ndimage.gaussian_filter(values, FINEST, mode="nearest")
    band -= ndimage.gaussian_filter(values, COARSEST, mode="nearest")
    blocks = _centered_blocks(values)
    blocks -= ndimage.gaussian_filter(blocks, COARSE_SIGMA, mode="nearest")
    rows, columns = gray.shape
    return Look(
        sha256=digest,
        shape=(rows, columns),
        gray=small,
        band=_standardized(band).astype(np.float16),
        coarse=_standardized(blocks) / np.float32(COARSE),
    )


def _eight_bit(pixels: Array) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    values = np.asarray(pixels, np.float32)
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return np.round(scaled * 255).astype(np.uint8)


def _centered_blocks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average blocks of a picture that is moved so that its center of brightness is its center.

    A copy that was shifted thus has the same blocks, and a mirrored one the mirrored blocks.
    """
    total = max(float(values.sum()), 1.0)
    along = np.arange(SIDE) + 0.5
    down = float(values.sum(1) @ along) / total - SIDE / 2
    across = float(values.sum(0) @ along) / total - SIDE / 2
    return np.asarray(_averages(down) @ values @ _averages(across).T, np.float32)


def _averages(offset: float) -> NDArray[np.float32]:
    """Give the matrix ``(COARSE, SIDE)`` that averages blocks moved by some pixels."""
    edges = np.arange(COARSE + 1) * (SIDE / COARSE) + offset
    pixels = np.arange(SIDE)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.maximum(covered, 0) * (COARSE / SIDE), np.float32)


def _standardized(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    spread = float(plane.std())
    if spread < 1e-3:
        return np.zeros_like(plane)
    return np.asarray((plane - plane.mean()) / np.float32(spread), np.float32)
