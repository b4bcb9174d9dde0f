"""Draw sub-regions over an image, and calipers where they were laid. Computes no finding."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Point
from neuroscope.records.measured import Midline
from neuroscope.records.measurement import Line
from neuroscope.records.volume import Plane, Volume
from neuroscope.report.figures import RGB
from neuroscope.report.planes import cut, pixel_of, pixel_size_mm, plane_axes

SIDE = 480  # pixels of a square picture
# The colors of the reading room (web/src/viewer/palette.ts): far from each other in lightness too.
COLORS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {"ET": (248, 226, 80), "NCR": (196, 60, 160), "ED": (74, 160, 240)}
)
OTHER = (200, 200, 208)
WHITE = (255, 255, 255)
COVER = 0.38  # the anatomy stays visible under a label
EDGE = 2  # pixels


@dataclass(frozen=True, slots=True)
class Place:
    """A slice of a grid, laid into the middle of a black square of `SIDE` pixels."""

    grid: Volume
    plane: Plane
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the slice in the square, in pixels."""
        height, width = self._extent_mm
        factor = SIDE / max(height, width)
        return max(1, round(width * factor)), max(1, round(height * factor))

    @property
    def corner(self) -> tuple[int, int]:
        """Where the slice begins in the square: left and top."""
        width, height = self.size
        return (SIDE - width) // 2, (SIDE - height) // 2

    def cut(self, values: Array) -> Array:
        """Cut the slice out of an array on the grid."""
        return cut(values, self.grid.affine, self.plane, self.index)

    def at(self, point_mm: Point) -> tuple[float, float]:
        """Find where a point of the patient appears in the square."""
        row, column = pixel_of(
            self.grid.affine, self.grid.shape, self.plane, self.grid.to_voxel(np.array(point_mm))
        )
        rows, columns = self._pixels
        (width, height), (left, top) = self.size, self.corner
        return left + (column + 0.5) / columns * width, top + (row + 0.5) / rows * height

    @property
    def _pixels(self) -> tuple[int, int]:
        axes = plane_axes(self.grid.affine, self.plane)
        return self.grid.shape[axes.down], self.grid.shape[axes.across]

    @property
    def _extent_mm(self) -> tuple[float, float]:
        down, across = pixel_size_mm(self.grid.affine, self.plane)
        rows, columns = self._pixels
        return rows * down, columns * across


def color_of(code: str) -> tuple[int, int, int]:
    """Give the color of a label; gray for a code that is not known."""
    return COLORS.get(code, OTHER)


def on_square(picture: RGB, place: Place) -> RGB:
    """Lay a picture of the slice into the black square, scaled to it."""
    scaled = np.asarray(Image.fromarray(picture).resize(place.size, Image.Resampling.BICUBIC))
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    (left, top), (width, height) = place.corner, place.size
    square[top : top + height, left : left + width] = scaled
    return square


def values_on_square(values: Array, place: Place) -> NDArray[np.float32]:
    """Lay numbers `(rows, columns)` into the square, scaled to it; 0 around them."""
    given = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    square = np.zeros((SIDE, SIDE), np.float32)
    (left, top), (width, height) = place.corner, place.size
    scaled = np.asarray(given.resize(place.size, Image.Resampling.BILINEAR))
    square[top : top + height, left : left + width] = scaled
    return square


def color_labels(square: RGB, labels: Array, place: Place, codes: Mapping[int, str]) -> RGB:
    """Lay labels over a square picture: a thin tint within, the full color at the edge."""
    there = [value for value in sorted(codes) if value in labels]
    shares = [values_on_square(labels == value, place) for value in there]
    if not shares:
        return square
    background = 1 - np.sum(shares, axis=0)
    winner = np.argmax(np.stack([background, *shares]), axis=0)
    drawn = square.copy()
    for number, value in enumerate(there, start=1):
        inside = winner == number
        color = np.array(color_of(codes[value]))
        drawn[inside] = np.rint(square[inside] * (1 - COVER) + color * COVER).astype(np.uint8)
        drawn[edge_of(inside)] = color
    return drawn


def edge_of(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Give the pixels of a mask that lie within `EDGE` pixels of its border."""
    deep = inside
    for _ in range(EDGE):
        padded = np.pad(deep, 1)
        deep = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:] & deep
    edge: NDArray[np.bool_] = inside & ~deep
    return edge


def lines_svg(place: Place, lines: Iterable[tuple[Line, str]]) -> str:
    """Draw calipers with what stands beside them, as a layer over the square."""
    drawn = []
    for line, text in lines:
        (x, y), (x2, y2) = place.at(line.start_mm), place.at(line.end_mm)
        path = f"M{x:.1f} {y:.1f}L{x2:.1f} {y2:.1f}"
        drawn.append(_haloed_path(path))
        drawn += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="#fff"/>' for a, b in
                  ((x, y), (x2, y2))]  # fmt: skip
        drawn.append(_text(max(x, x2) + 8, y if x > x2 else y2, text))
    return _layer("".join(drawn))


def midline_svg(place: Place, midline: Midline, text: str) -> str:
    """Draw the trace of the midline plane, dashed, and the line of the shift with its length."""
    drawn = midline.drawn
    if drawn is None:
        return ""
    axes = plane_axes(place.grid.affine, place.plane)
    across = np.asarray(place.grid.affine[:3, axes.cut], np.float64)
    along = np.cross(np.asarray(midline.normal, np.float64), across)
    along /= np.linalg.norm(along) or 1.0
    start = np.asarray(drawn.start_mm, np.float64)
    first, last = (place.at(_point(start + length * along)) for length in (-400.0, 400.0))
    trace = f"M{first[0]:.1f} {first[1]:.1f}L{last[0]:.1f} {last[1]:.1f}"
    dashed = f'<path d="{trace}" stroke="#fff" stroke-width="2" stroke-dasharray="7 7"/>'
    (x, y), (x2, y2) = place.at(drawn.start_mm), place.at(drawn.end_mm)
    shift = _haloed_path(f"M{x:.1f} {y:.1f}L{x2:.1f} {y2:.1f}", color="#ffb02e", width=5)
    return _layer(dashed + shift + _text(max(x, x2) + 8, y - 8, text))


def _point(point: NDArray[np.float64]) -> Point:
    return float(point[0]), float(point[1]), float(point[2])


def _haloed_path(path: str, *, color: str = "#fff", width: int = 3) -> str:
    halo = f'<path d="{path}" stroke="#000" stroke-width="{width + 3}" fill="none"/>'
    return f'{halo}<path d="{path}" stroke="{color}" stroke-width="{width}" fill="none"/>'


def _text(x: float, y: float, text: str) -> str:
    anchor, x = ("start", x) if x < 0.75 * SIDE else ("end", SIDE - 6)
    place = f'x="{x:.1f}" y="{min(max(y, 24.0), SIDE - 8):.1f}" text-anchor="{anchor}"'
    words = escape(text)
    halo = f'<text {place} stroke="#000" stroke-width="5">{words}</text>'
    return f'{halo}<text {place} fill="#fff">{words}</text>'


def _layer(content: str) -> str:
    return (
        f'<svg class="marks" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" '
        f'font-family="Report" font-size="21">{content}</svg>'
    )
