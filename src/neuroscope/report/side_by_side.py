"""Draw one slice with several maps beside each other. Computes no finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neuroscope.report.figures import RGB, gray_picture, overlay, png_bytes

Floats = NDArray[np.float32]

SIDE = 320  # of every picture, in pixels
TITLE = 30
ACROSS = 4  # pictures in a row
STRONG_PERCENTILE = 99.5


@dataclass(frozen=True, slots=True, eq=False)
class Titled:
    """A map with its title, and the value at which its colors saturate.

    `picture` replaces the slice below it, on the same pixels. A map that failed one of its tests
    is not trusted: it is drawn gray, and its title says so.
    """

    title: str
    values: Floats
    scale: float
    picture: Floats | None = None
    is_trusted: bool = True


def own_scale(values: Floats) -> float:
    """Give a value near the strongest of a map: units differ, so each map has its own."""
    strong = float(np.percentile(np.abs(values), STRONG_PERCENTILE))
    return strong or float(np.abs(values).max()) or 1.0


def side_by_side(image: Floats, maps: Sequence[Titled], path: Path) -> None:
    """Write the slice and all maps over it as one PNG, in rows of four.

    Parameters
    ----------
    image
        The prepared slice, 0..1; all maps lie on its pixels.
    """
    tiles = [_tile("Slice", _enlarged(gray_picture(image, (0.0, 1.0))))]
    for one in maps:
        below = gray_picture(image if one.picture is None else one.picture, (0.0, 1.0))
        drawn = overlay(below, one.values, scale=one.scale, is_trusted=one.is_trusted)
        title = one.title if one.is_trusted else f"{one.title}: failed its tests"
        tiles.append(_tile(title, _enlarged(drawn)))
    missing = -len(tiles) % ACROSS if len(tiles) > ACROSS else 0
    tiles += [np.zeros_like(tiles[0])] * missing
    rows = [np.concatenate(tiles[n : n + ACROSS], axis=1) for n in range(0, len(tiles), ACROSS)]
    path.write_bytes(png_bytes(np.concatenate(rows)))


def _enlarged(picture: RGB) -> RGB:
    return np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _tile(title: str, picture: RGB) -> RGB:
    tile = Image.new("RGB", (SIDE, SIDE + TITLE))
    tile.paste(Image.fromarray(picture), (0, TITLE))
    font = ImageFont.load_default(size=16)
    ImageDraw.Draw(tile).text((8, 6), title, fill=(230, 230, 230), font=font)
    return np.asarray(tile)
