"""Draw an image and the evidence over it. Computes no finding."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neuroscope.records.arrays import Array
from neuroscope.records.heatmap import Heatmap

RGB = NDArray[np.uint8]

FOR = (222, 84, 22)  # orange: speaks for the class
AGAINST = (26, 98, 190)  # blue: speaks against it; the pair survives red-green blindness
DISTRUSTED = ((176, 176, 176), (84, 84, 84))  # for and against, in a map that failed a test
STRONGEST_COVER = 0.7  # the anatomy stays visible under the strongest evidence
FAINTEST_SHOWN = 0.04  # of the scale; below it the picture stays gray


def display_window(pixels: Array) -> tuple[float, float]:
    """Choose the gray window of an image: the 1st to the 99.5th percentile of what is not 0."""
    values = np.asarray(pixels, dtype=np.float32)
    values = values[np.isfinite(values)]
    filled = values[values != 0]
    if filled.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(filled, (1, 99.5))
    low = min(float(low), float(values.min())) if values.min() < 0 else 0.0
    return float(low), float(high) if high > low else float(low) + 1.0


def gray_picture(pixels: Array, window: tuple[float, float]) -> RGB:
    """Map gray values `(rows, columns)` through a window to a picture `(rows, columns, 3)`."""
    low, high = window
    values = np.nan_to_num(np.asarray(pixels, dtype=np.float32), nan=low, posinf=high, neginf=low)
    gray = np.clip((values - low) / (high - low), 0, 1)
    picture: RGB = np.repeat(np.rint(gray * 255).astype(np.uint8)[..., None], 3, axis=2)
    return picture


def overlay(picture: RGB, evidence: Array, *, scale: float, is_trusted: bool = True) -> RGB:
    """Lay signed evidence over a picture of the same rows and columns.

    Parameters
    ----------
    evidence
        In logits; positive is drawn in orange, negative in blue.
    scale
        The evidence at which the color is strongest: a constant of the model, so that two
        pictures can be compared.
    is_trusted
        A map that failed one of its tests is drawn gray.
    """
    strength = np.clip(np.abs(evidence) / scale, 0, 1)
    cover = np.where(strength < FAINTEST_SHOWN, 0, STRONGEST_COVER * np.sqrt(strength))[..., None]
    tones = (FOR, AGAINST) if is_trusted else DISTRUSTED
    color = np.where((evidence > 0)[..., None], *tones)
    mixed: RGB = np.rint(picture * (1 - cover) + color * cover).astype(np.uint8)
    return mixed


def outline(picture: RGB, evidence: Array, *, threshold: float) -> RGB:
    """Draw a white edge around the places above the threshold."""
    inside = np.asarray(evidence) >= threshold
    padded = np.pad(inside, 1)
    deep = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    drawn = picture.copy()
    drawn[inside & ~deep] = 255
    return drawn


def evidence_picture(pixels: Array, heatmap: Heatmap) -> RGB:
    """Draw a slice with its evidence, at the size of the slice (`evidence/<stem>.png`)."""
    heatmap.require_grid_of(pixels.shape)
    picture = gray_picture(pixels, display_window(pixels))
    return overlay(picture, heatmap.values, scale=heatmap.scale, is_trusted=heatmap.is_trusted)


def png_bytes(picture: RGB) -> bytes:
    """Encode a picture as PNG, without a time stamp and without an alpha channel."""
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(stream, format="PNG", optimize=False)
    return stream.getvalue()


def png_url(picture: RGB) -> str:
    """Encode a picture as a `data:` URL."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(picture)).decode("ascii")


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A picture of the plain image and one of the image with evidence, of the same size."""

    plain: RGB
    explained: RGB


def draw_pair(
    pixels: Array,
    evidence: Array,
    *,
    window: tuple[float, float],
    scale: float,
    threshold: float,
    pixel_size: tuple[float, float] = (1.0, 1.0),
    long_side: int = 420,
    is_trusted: bool = True,
) -> Pair:
    """Draw an image and its evidence large enough for print, in the middle of a black square.

    Parameters
    ----------
    pixel_size
        Height and width of a pixel, in any common unit.
    long_side
        Longer side of the drawn pictures, in pixels.
    is_trusted
        A map that failed one of its tests is drawn gray, without its outline.
    """
    height, width = pixels.shape[0] * pixel_size[0], pixels.shape[1] * pixel_size[1]
    factor = long_side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    gray = gray_picture(pixels, window)
    picture = np.asarray(Image.fromarray(gray).resize(size, Image.Resampling.BICUBIC))
    values = Image.fromarray(np.ascontiguousarray(evidence, dtype=np.float32))
    drawn = np.asarray(values.resize(size, Image.Resampling.BILINEAR))
    explained = overlay(picture, drawn, scale=scale, is_trusted=is_trusted)
    if is_trusted:
        explained = outline(explained, drawn, threshold=threshold)
    return Pair(_on_black_square(picture), _on_black_square(explained))


def _on_black_square(picture: RGB) -> RGB:
    rows, columns, _ = picture.shape
    side = max(rows, columns)
    square = np.zeros((side, side, 3), np.uint8)
    top, left = (side - rows) // 2, (side - columns) // 2
    square[top : top + rows, left : left + columns] = picture
    return square
