"""Where in the brain: lobes as boxes and eloquent structures as simple bodies, in template mm.

Drawn by us from textbooks and published coordinates, to some 5 mm; no atlas is shipped. They follow
the warps and the mass effect of a person, because they are asked at template positions.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from neuroscope.phantom.anatomy.person import Person, Place, box_of
from neuroscope.phantom.fields import Box, Field, Grid
from neuroscope.phantom.scene import Body, ellipsoid, tube

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

REGIONS = (
    "frontal", "parietal", "temporal", "occipital", "insula", "deep gray", "brainstem",
    "cerebellum", "cerebellopontine angle", "sella",
)  # fmt: skip
MIDLINE_MM = 5.0
STEP_MM = 2.0  # structures are sampled about this finely


def _pair(name: str, right: Body, left: Body) -> dict[str, Body]:
    return {f"{name} left": left, f"{name} right": right}


def _tract(side: float) -> Body:
    points = (
        (side * 36.0, -22.0, 52.0), (side * 28.0, -20.0, 28.0), (side * 23.0, -16.0, 8.0),
        (side * 14.0, -18.0, -12.0), (side * 6.0, -22.0, -30.0), (side * 4.0, -30.0, -50.0),
    )  # fmt: skip
    return tube(points, 4.5, 3.0)


def _radiation(side: float) -> Body:
    points = (
        (side * 22.0, -24.0, -4.0), (side * 35.0, -16.0, -8.0), (side * 38.0, -40.0, -2.0),
        (side * 30.0, -66.0, 4.0), (side * 12.0, -84.0, 4.0),
    )  # fmt: skip
    return tube(points, 4.0)


STRUCTURES: Mapping[str, Body] = MappingProxyType(
    {
        **_pair("hand knob", *(ellipsoid((s * 38, -22, 56), (9, 8, 9)) for s in (1, -1))),
        **_pair("Broca area", *(ellipsoid((s * 48, 18, 10), (9, 11, 10)) for s in (1, -1))),
        **_pair("Wernicke area", *(ellipsoid((s * 56, -46, 16), (9, 13, 10)) for s in (1, -1))),
        **_pair("corticospinal tract", _tract(1.0), _tract(-1.0)),
        **_pair("optic radiation", _radiation(1.0), _radiation(-1.0)),
        "optic chiasm": ellipsoid((0, 4, -19), (9, 5, 3)),
        "brainstem": tube([(0, -18, -10), (0, -24, -30), (0, -38, -54)], 13, 8),
    }
)  # speech areas on both sides: which one leads is not known of a phantom


def region_at(template_mm: Field) -> NDArray[np.uint8]:
    """Say which region each template position `(3, ...)` lies in, as an index into `REGIONS`."""
    x, y, z = np.abs(template_mm[0]), template_mm[1], template_mm[2]
    tentorium = 2 - 0.38 * x - 0.22 * (-40 - y)
    sylvian = np.minimum(-9 - 0.65 * y, 14)
    central = np.clip(-10 - 0.3 * (z - 20), -24, -4)
    region = np.full(x.shape, REGIONS.index("frontal"), np.uint8)
    steps: tuple[tuple[str, Mask], ...] = (
        ("parietal", y < central),
        ("occipital", (y < -66) & (z < 45)),
        ("temporal", (x > 20) & (y > -58) & (y < 24) & (z < sylvian)),
        ("insula", (x > 29) & (x < 44) & (y > -24) & (y < 22) & (z > -12) & (z < 16)),
        ("deep gray", (x < 30) & (y > -34) & (y < 22) & (z > -10) & (z < 20)),
        ("cerebellum", (x < 50) & (y < -36) & (z < tentorium)),
        ("brainstem", (x < 17) & (y > -42) & (y < -8) & (z < -8)),
        ("cerebellopontine angle", (x > 12) & (x < 34) & (y > -48) & (y < -22) & (z < -20)),
        ("sella", (x < 18) & (y > -8) & (y < 20) & (z < -20)),
    )
    for name, inside in steps:
        region[inside] = REGIONS.index(name)
    return region


def side_of(template_x_mm: NDArray[np.float32]) -> str:
    """Say on which side points lie by their mean: left, right, or midline within 5 mm."""
    middle = float(template_x_mm.mean())
    if abs(middle) < MIDLINE_MM:
        return "midline"
    return "left" if middle < 0 else "right"


def landmarks(person: Person, place: Place, ventricles: Mask) -> Mapping[str, Points]:
    """Find the structures and the ventricles on the grid of a place: points `(n, 3)` in RAS+ mm.

    Structures are sampled every 2 mm at most. One outside the brain or the grid has no points.
    """
    found = {}
    for name, body in STRUCTURES.items():
        box = box_of(person, place.grid, body.corners, body.margin_mm)
        steps = tuple(max(1, int(STEP_MM / s)) for s in place.grid.spacing)
        found[name] = _points(_sampled(place, body, box, steps), place.grid)
    return {**found, "ventricles": _points(np.argwhere(ventricles), place.grid)}


def distances_mm(structures: Mapping[str, Points], lesion_mm: Points) -> dict[str, float]:
    """Measure from the voxels of a lesion to each structure that has points, 0 where they meet.

    Both are voxel centers: the error is about half a diagonal of a voxel.
    """
    tree = cKDTree(lesion_mm, compact_nodes=False, balanced_tree=False)
    return {name: _gap_mm(tree, points) for name, points in structures.items() if len(points)}


def _gap_mm(tree: cKDTree, points: Points) -> float:
    """Measure the least distance; that of one near point spares the search for most others."""
    toward = tree.data[tree.query(points.mean(0))[1]]
    nearest = points[((points - toward) ** 2).sum(1).argmin()]
    at_most = float(tree.query(nearest)[0])
    if at_most == 0:
        return 0.0
    return float(np.min(tree.query(points, distance_upper_bound=1.001 * at_most)[0]))


def _sampled(place: Place, body: Body, box: Box, steps: tuple[int, ...]) -> NDArray[np.int64]:
    coarse = tuple(slice(p.start, p.stop, n) for p, n in zip(box, steps, strict=True))
    depth = body.distance(place.template_mm[(slice(None), *coarse)])
    inside = (depth > 0) & (place.depth_mm[coarse] > 0)
    start = np.array([part.start for part in box])
    return np.asarray(np.argwhere(inside) * np.array(steps) + start, np.int64)


def _points(index: NDArray[np.int64], grid: Grid) -> Points:
    points: Points = index * np.array(grid.spacing) + np.array(grid.origin)
    return points
