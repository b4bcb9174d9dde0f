"""Diameters: the longest in space, and the crossed pair of RANO in a slice.

Lengths run between voxel centers, as calipers are laid on pixels; the upper end of an interval
adds the half voxels beyond both ends. A line that leaves the lesion is no diameter: both lines of
RANO stay inside the lesion with its holes filled (a rim with necrosis counts as one).

`phantom/diameters.py` measures the truth of phantoms by another way (hulls, without a rule on
leaving the lesion) and shares no code with this file: a yardstick is not cut from what it measures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist, squareform

from neuroscope.measure.regions import Mask, Region, axial_axis
from neuroscope.records.geometry import Affine, Point, closest_axes
from neuroscope.records.measurement import CrossedDiameters, Line, Measurement
from neuroscope.records.volume import Plane

Floats = NDArray[np.float64]

PLANES: tuple[Plane, ...] = ("sagittal", "coronal", "axial")  # across R, A, S
FINEST_STEP = 0.25  # of a pixel, along and across lines
AT_ONCE = 256  # pairs of points looked at together
FEW = 8  # points that need no hull
LEAST_MM = 10.0  # RANO: smaller diameters are not measurable


def longest_diameter(region: Region) -> Line | None:
    """Find the two voxel centers of a region that lie furthest apart; None for an empty region."""
    index = np.argwhere(region.inside & ~ndimage.binary_erosion(region.inside))
    if not len(index):
        return None
    points = region.to_mm(index)
    corners = _corners(points)
    first, second = _furthest(corners)
    return Line(_point(corners[first]), _point(corners[second]))


def crossed_diameters(region: Region, *, axis: int | None = None) -> CrossedDiameters | None:
    """Search all slices for the largest product of crossed diameters.

    In every slice: the longest line inside the lesion, then the longest line inside the lesion
    that crosses it at a right angle.

    Parameters
    ----------
    axis
        The voxel axis across the slices; the one nearest to inferior-superior if not given.

    Returns
    -------
    CrossedDiameters or None
        None for an empty region.
    """
    across = axial_axis(region.affine) if axis is None else axis
    slices = [_cut(region, across, n) for n in range(region.inside.shape[across])]
    by_bound = sorted((s for s in slices if s is not None), key=lambda s: -s.bound_mm2)
    best: CrossedDiameters | None = None
    for one in by_bound:
        if best is not None and one.bound_mm2 <= best.product_mm2:
            break
        found = _crossed(one, region, across, 0.0 if best is None else best.product_mm2)
        if best is None or (found is not None and found.product_mm2 > best.product_mm2):
            best = found
    return best


def line_measurement(name: str, line: Line, affine: Affine, how: str, source: str) -> Measurement:
    """State the length of a line; the interval reaches to the outer faces of its end voxels."""
    length = line.length_mm
    how += "; interval: to the outer faces of the end voxels"
    return Measurement(name, length, "mm", how, source, (length, length + _beyond_mm(line, affine)))


def is_measurable(region: Region, crossed: CrossedDiameters | None) -> bool:
    """Tell whether RANO would measure a lesion in the slices it was given.

    Both diameters reach 10 mm and twice the distance of slices, and two slices or more show it.
    """
    if crossed is None:
        return False
    others = tuple(axis for axis in range(3) if axis != crossed.axis)
    least = max(LEAST_MM, 2 * region.spacing_mm[crossed.axis])
    return (
        min(crossed.longest.length_mm, crossed.across.length_mm) >= least
        and int(region.inside.any(axis=others).sum()) >= 2
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """One slice of a region, holes filled, in millimeters of its own plane."""

    number: int
    inside: Mask
    to_mm: Floats  # (2, 2): pixels to mm in the plane
    bound_mm2: float  # no product in this slice is larger


def _cut(region: Region, axis: int, number: int) -> _Cut | None:
    shown: Mask = np.moveaxis(region.inside, axis, 0)[number]
    if not shown.any():
        return None
    inside: Mask = ndimage.binary_fill_holes(shown)
    to_mm = _in_plane(region.affine, axis)
    return _Cut(number, inside, to_mm, _bound_mm2(np.argwhere(inside) @ to_mm.T, to_mm))


def _bound_mm2(points: Floats, to_mm: Floats) -> float:
    """Bound the product in a slice: crossed lines span half their product, all within the hull."""
    pixel = float(np.abs(to_mm).sum())  # lines may end between pixel centers
    if len(points) <= FEW:
        return float(np.linalg.norm(np.ptp(points, axis=0)) + pixel) ** 2
    hull = ConvexHull(points, qhull_options="QJ Pp")
    area, outline = float(hull.volume), float(hull.area)  # what scipy calls them in a plane
    return 2 * (area + outline * pixel + 4 * pixel**2)


def _in_plane(affine: Affine, axis: int) -> Floats:
    """Give a matrix from the two pixel axes of a slice to mm along two perpendicular axes of it."""
    columns = affine[:3, [other for other in range(3) if other != axis]]
    return np.asarray(np.linalg.qr(columns)[1], np.float64)


def _crossed(one: _Cut, region: Region, axis: int, least_mm2: float) -> CrossedDiameters | None:
    """Lay both lines in a slice; None if their product cannot be above the least."""
    rim = one.inside & ~ndimage.binary_erosion(one.inside)
    pixels = np.argwhere(rim).astype(np.float64)
    ends = _longest_inside(pixels, one, np.sqrt(least_mm2))
    if ends is None:
        return None
    first, second = ends
    if _widest_mm2(pixels, first, second, one) <= least_mm2:
        return None
    start, end = _longest_across(pixels[first], pixels[second], one)
    names = PLANES[closest_axes(region.affine)[axis]]

    def place(pixel: Floats) -> Point:
        return _point(region.to_mm(np.insert(pixel, axis, one.number)))

    return CrossedDiameters(
        Line(place(pixels[first]), place(pixels[second])), Line(place(start), place(end)),
        names, axis, region.corner[axis] + one.number,
    )  # fmt: skip


def _longest_inside(pixels: Floats, one: _Cut, least_mm: float) -> tuple[int, int] | None:
    """Find the furthest two pixels of the rim whose line stays inside, longest first.

    None if all that are longer than the least leave the lesion: what crosses is not longer either.
    """
    if len(pixels) == 1:
        return 0, 0
    apart = pdist(pixels @ one.to_mm.T)
    order = np.argsort(-apart, kind="stable")
    firsts, seconds = np.triu_indices(len(pixels), 1)
    for at in range(0, len(order), AT_ONCE):
        chosen = order[at : at + AT_ONCE]
        if apart[chosen[0]] < least_mm:
            return None
        starts, ends = pixels[firsts[chosen]], pixels[seconds[chosen]]
        good = np.flatnonzero(_stay_inside(starts, ends, one.inside))
        if len(good):
            return int(firsts[chosen[good[0]]]), int(seconds[chosen[good[0]]])
    return 0, 0


def _widest_mm2(pixels: Floats, first: int, second: int, one: _Cut) -> float:
    """Bound the product by the width of the slice's outline at right angles to a line."""
    points = pixels @ one.to_mm.T
    along = points[second] - points[first]
    length = float(np.linalg.norm(along))
    if not length:
        return np.inf
    pixel = float(np.abs(one.to_mm).sum())
    return length * (float(np.ptp(points @ np.array([-along[1], along[0]]))) / length + pixel)


def _stay_inside(starts: Floats, ends: Floats, inside: Mask) -> Mask:
    """Tell which lines `(n, 2)` in pixels run over pixels of the lesion only."""
    count = max(2, int(np.abs(ends - starts).max() / FINEST_STEP) + 1)
    steps = np.linspace(0, 1, count)[None, :, None]
    points = starts[:, None] + steps * (ends - starts)[:, None]
    at = np.floor(points + 0.5).astype(int)
    return np.asarray(inside[at[..., 0], at[..., 1]].all(1))


def _longest_across(first: Floats, second: Floats, one: _Cut) -> tuple[Floats, Floats]:
    """Find the longest line inside that crosses the given one at a right angle."""
    along = one.to_mm @ (second - first)
    length = float(np.linalg.norm(along))
    if not length:
        return first, first
    back = np.linalg.inv(one.to_mm)
    pixel = float(np.sqrt(abs(np.linalg.det(one.to_mm))))
    step = FINEST_STEP * pixel
    across = back @ (np.array([-along[1], along[0]]) / length)  # pixels per mm
    reach = float(np.linalg.norm(one.to_mm @ np.array(one.inside.shape)))
    t = np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1) * step
    s = np.linspace(0, 1, max(2, int(length / step) + 1))
    base = first + s[:, None] * (second - first)
    points = base[:, None] + t[None, :, None] * across
    runs = _runs_through_middle(_looked_up(one.inside, points))
    spans = (runs[:, 1] - runs[:, 0]).astype(np.float64)
    row = int(spans.argmax())
    return _inward(points[row], int(runs[row, 0]), int(runs[row, 1]), pixel, step)


def _inward(line: Floats, low: int, high: int, pixel: float, step: float) -> tuple[Floats, Floats]:
    """Draw both ends in by half a pixel, from the edge of a pixel to its center."""
    half = min(round(pixel / 2 / step), (high - low) // 2)
    return line[low + half], line[high - half]


def _looked_up(inside: Mask, points: Floats) -> Mask:
    at = np.floor(points + 0.5).astype(int)
    within = ((at >= 0) & (at < inside.shape)).all(-1)
    at = np.clip(at, 0, np.array(inside.shape) - 1)
    return np.asarray(inside[at[..., 0], at[..., 1]] & within)


def _runs_through_middle(inside: Mask) -> NDArray[np.int_]:
    """Find the first and last of the unbroken inside around the middle column of each row."""
    middle = inside.shape[1] // 2
    up = np.logical_and.accumulate(inside[:, middle:], axis=1).sum(1)
    down = np.logical_and.accumulate(inside[:, middle::-1], axis=1).sum(1)
    seen = up > 0
    low = np.where(seen, middle - down + 1, middle)
    high = np.where(seen, middle + up - 1, middle)
    return np.stack([low, high], -1)


def _corners(points: Floats) -> Floats:
    """Keep the corners of the hull; flat and straight sets are joggled until they have one."""
    if len(points) <= FEW:
        return points
    return np.asarray(points[ConvexHull(points, qhull_options="QJ Pp").vertices], np.float64)


def _furthest(points: Floats) -> tuple[int, int]:
    if len(points) < 2:
        return 0, 0
    apart = squareform(pdist(points))
    first, second = np.unravel_index(int(apart.argmax()), apart.shape)
    return int(first), int(second)


def _beyond_mm(line: Line, affine: Affine) -> float:
    """Measure the two half voxels beyond the ends of a line, along it."""
    along = np.subtract(line.end_mm, line.start_mm)
    length = float(np.linalg.norm(along))
    if not length:
        return float(np.linalg.norm(affine[:3, :3], axis=0).min())
    return float(np.abs(affine[:3, :3].T @ (along / length)).sum())


def _point(values: Floats) -> Point:
    x, y, z = (float(value) for value in values)
    return x, y, z
