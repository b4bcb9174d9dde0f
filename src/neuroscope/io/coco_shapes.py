"""Shapes as COCO knows them: polygons of `x, y` counted from the corner of the first pixel.

A pixel center is a whole number with us and lies at one half in COCO. COCO has no holes: an outline
and its holes are joined into one polygon by seams that run there and back (a keyhole).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.outline import signed_area

Ring = NDArray[np.float64]  # (n, 2), row and column

CORNER = 0.5
HALF_TURN = 12  # corners of each round end of a brush
THINNED = 1 / 8  # of the radius: points of a path nearer to each other are left out


def flat_list(ring: Ring) -> list[float]:
    """Write a ring of `(row, column)` as `x0, y0, x1, y1, ...`."""
    return [round(float(value), 6) for value in (ring[:, ::-1] + CORNER).ravel()]


def from_flat(values: NDArray[np.float64]) -> Ring:
    """Read `x0, y0, x1, y1, ...` as a ring of `(row, column)`."""
    return np.asarray(values.reshape(-1, 2)[:, ::-1] - CORNER, np.float64)


def keyhole(rings: Sequence[Ring]) -> Ring:
    """Join an outline and its holes, none of which cross, into one polygon of the same area."""
    merged = rings[0] if signed_area(rings[0]) > 0 else rings[0][::-1]
    holes = [ring if signed_area(ring) < 0 else ring[::-1] for ring in rings[1:]]
    while holes:
        seams = [_seam(merged, hole, holes) for hole in holes]
        number = next((n for n, seam in enumerate(seams) if seam is not None), None)
        if number is None:
            raise BadInputError(
                "A hole touches its outline in a way that COCO cannot hold.",
                fix="Move the hole a little, or export the annotations as DICOM SEG or NIfTI.",
            )
        outer, inner = seams[number] or (0, 0)
        hole = np.roll(holes.pop(number), -inner, 0)
        merged = np.vstack([merged[: outer + 1], hole, hole[:1], merged[outer:]])
    return merged


def _seam(merged: Ring, hole: Ring, holes: Sequence[Ring]) -> tuple[int, int] | None:
    """Find the nearest corners of outline and hole that see each other."""
    starts = np.concatenate([merged, *holes])
    ends = np.concatenate([np.roll(ring, -1, 0) for ring in (merged, *holes)])
    apart = np.linalg.norm(merged[:, None] - hole[None], axis=2)
    for place in np.argsort(apart, axis=None):
        outer, inner = np.unravel_index(place, apart.shape)
        if _sees(merged[outer], hole[inner], starts, ends):
            return int(outer), int(inner)
    return None


def _sees(one: Ring, other: Ring, starts: Ring, ends: Ring) -> bool:
    """Tell whether no edge crosses or touches the way between two corners."""
    ends_here = [(point == corner).all(1) for point in (starts, ends) for corner in (one, other)]
    free = ~np.any(ends_here, axis=0)
    a, b = (_side(one, other, points[free]) for points in (starts, ends))
    c, d = (_side(starts[free], ends[free], point) for point in (one, other))
    return not bool(((a * b <= 0) & (c * d <= 0)).any())


def _side(start: Ring, end: Ring, point: Ring) -> NDArray[np.float64]:
    along, away = end - start, point - start
    return np.asarray(along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0], np.float64)


def stroke_polygons(path: Ring, radius_mm: float, step_mm: NDArray[np.float64]) -> list[Ring]:
    """Cover a brush stroke by polygons, whose union COCO means: one for each piece of the path.

    Parameters
    ----------
    path
        `(row, column)` of its points, shape `(n, 2)`.
    step_mm
        One pixel down and one across in mm in the plane, columns of `(2, 2)`.
    """
    points = _thinned(path @ step_mm.T, THINNED * radius_mm)
    pieces = list(pairwise(points)) or [(points[0], points[0])]
    back = np.linalg.inv(step_mm).T
    return [_capsule(start, end, radius_mm) @ back for start, end in pieces]


def stroke_area(path: Ring, radius_mm: float, step_mm: NDArray[np.float64]) -> float:
    """Estimate the area of a brush stroke in pixels from samples a 16th of its radius apart."""
    points = _thinned(path @ step_mm.T, THINNED * radius_mm)
    low, high = points.min(0) - radius_mm, points.max(0) + radius_mm
    sides = np.clip(np.ceil((high - low) / (radius_mm / 16)), 16, 400).astype(int)
    cell = (high - low) / sides
    axes = [low[n] + cell[n] * (np.arange(sides[n]) + 0.5) for n in range(2)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    within = np.zeros(len(grid), bool)
    for start, end in list(pairwise(points)) or [(points[0], points[0])]:
        along = end - start
        length = float(along @ along) or 1.0
        share = np.clip((grid - start) @ along / length, 0.0, 1.0)
        within |= np.linalg.norm(grid - start - share[:, None] * along, axis=1) <= radius_mm
    return float(within.sum() * cell.prod() / abs(np.linalg.det(step_mm)))


def _thinned(path: Ring, least: float) -> Ring:
    kept = [path[0]]
    for point in path[1:-1]:
        if np.linalg.norm(point - kept[-1]) >= least:
            kept.append(point)
    return np.array([*kept, path[-1]] if len(path) > 1 else kept)


def _capsule(start: Ring, end: Ring, radius: float) -> Ring:
    along = end - start
    heading = float(np.arctan2(along[1], along[0]))
    turn = heading + np.pi / 2 + np.pi * np.arange(HALF_TURN + 1) / HALF_TURN
    ends = [
        point + radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        for point, angle in ((start, turn), (end, turn + np.pi))
    ]
    return np.concatenate(ends)
