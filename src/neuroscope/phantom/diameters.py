"""Diameters of true lesions, between voxel centers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.growth import Mask

Points = NDArray[np.float64]


MEASURABLE_MM, MEASURABLE_SLICES = 10.0, 2  # RANO: both diameters, on so many slices


@dataclass(frozen=True, slots=True)
class Bidimensional:
    """The longest axial diameter and the longest across it, in mm, and how many slices it is on."""

    longest_mm: float = 0.0
    across_mm: float = 0.0
    slices: int = 0

    @property
    def product_mm2(self) -> float:
        """Their product."""
        return self.longest_mm * self.across_mm

    def is_measurable(self, slice_mm: float) -> bool:
        """Whether it is large enough to be measured: thick slices ask for twice their thickness."""
        least = max(MEASURABLE_MM, 2 * slice_mm)
        return self.across_mm >= least and self.slices >= MEASURABLE_SLICES


def longest_mm(points: Points) -> float:
    """Measure the largest distance between two of the points `(n, d)`."""
    if len(points) < 2:
        return 0.0
    return float(_apart_mm(_corners(_ends(points))).max())


def bidimensional(points: Points) -> Bidimensional:
    """Measure the axial slice of the points `(n, 3)` whose product of diameters is largest."""
    best, levels = Bidimensional(), np.unique(points[:, 2])
    planes = [points[points[:, 2] == level][:, :2] for level in levels]
    most = [_most_product_mm2(plane) for plane in planes]
    for number in np.argsort(most)[::-1]:
        if most[number] < best.product_mm2:
            break
        found = _in_plane(planes[number])
        if (found.product_mm2, found.longest_mm) > (best.product_mm2, best.longest_mm):
            best = found
    return replace(best, slices=len(levels))


def bidimensional_of_parts(mask: Mask, grid: Grid) -> tuple[Bidimensional, ...]:
    """Measure every connected part of a mask, touching corners included."""
    return tuple(bidimensional(points) for points in parts_of(mask, grid))


def longest_of_parts(mask: Mask, grid: Grid) -> float:
    """Measure the longest diameter within one connected part; 0 for an empty mask."""
    return max((longest_mm(points) for points in parts_of(mask, grid)), default=0.0)


def parts_of(mask: Mask, grid: Grid) -> tuple[Points, ...]:
    """Give the voxel centers `(n, 3)` of every connected part, touching corners too, in mm."""
    return tuple(_parts(mask, grid))


def _parts(mask: Mask, grid: Grid) -> Iterator[Points]:
    for whole in ndimage.find_objects(mask.astype(np.uint8)):  # the one box of all, or none
        numbered, _ = ndimage.label(mask[whole], np.ones((3, 3, 3)))
        for number, box in enumerate(ndimage.find_objects(numbered), start=1):
            corner = [a.start + b.start for a, b in zip(whole, box, strict=True)]
            index = np.argwhere(numbered[box] == number) + np.array(corner)
            yield index * np.array(grid.spacing) + np.array(grid.origin)


def _most_product_mm2(points: Points) -> float:
    """Bound the product of two diameters across each other: twice the box, as a kite's diagonals.

    With some room for rounding.
    """
    return float(2.001 * np.prod(points.max(0) - points.min(0)))


def _in_plane(points: Points) -> Bidimensional:
    corners = _corners(points)
    if len(corners) < 2:
        return Bidimensional()
    apart = _apart_mm(corners)
    first, second = np.unravel_index(int(apart.argmax()), apart.shape)
    longest = float(apart[first, second])
    along = (corners[second] - corners[first]) / longest
    s, t = corners @ along, corners @ np.array([-along[1], along[0]])
    order = np.argsort(s)
    line = t[first] + 0 * s  # the longest diameter, parallel to s
    upper, lower = t >= line, t <= line
    top = _chain(s[order], t[order], upper[order])
    bottom = _chain(s[order], t[order], lower[order])
    return Bidimensional(longest, float((top - bottom).max()))


def _chain(s: Points, t: Points, chosen: Mask) -> Points:
    """Follow one side of a convex outline at all positions `s`."""
    return np.asarray(np.interp(s, s[chosen], t[chosen]), np.float64)


def _apart_mm(points: Points) -> Points:
    """Measure the distance between every two of the points; for few this is quicker than scipy."""
    between = points[:, None] - points[None]
    between *= between
    apart: Points = np.sqrt(between.sum(-1))
    return apart


def _ends(points: Points) -> Points:
    """Keep both ends of every line of points along the last axis: no other can be a corner."""
    lines = points[np.lexsort(points.T[::-1])]
    begins = np.ones(len(lines) + 1, bool)
    begins[1:-1] = (lines[1:, :-1] != lines[:-1, :-1]).any(1)
    return lines[begins[:-1] | begins[1:]]


def _corners(points: Points) -> Points:
    """Keep the corners of the hull; of points in a line or plane, those at the ends."""
    if len(points) <= points.shape[1] + 1:
        return points
    try:
        return np.asarray(points[ConvexHull(points).vertices], np.float64)
    except QhullError:  # fewer dimensions than it looks
        spread = points - points.mean(0)
        axes = np.linalg.svd(spread, full_matrices=False)[2]
        flat = spread @ axes[:-1].T
        if flat.shape[1] > 1:
            return points[np.isin(flat, _corners(flat)).all(1)]
        return points[[int(flat[:, 0].argmin()), int(flat[:, 0].argmax())]]
