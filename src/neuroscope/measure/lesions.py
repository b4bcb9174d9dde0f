"""Lesions: parts that do not touch, which of them lie close together, and their names by size.

Every part above a speck is listed, however large another one is: a rule of the largest component
would delete metastases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from neuroscope.measure.atlas import main_place
from neuroscope.measure.diameters import (
    crossed_diameters,
    is_measurable,
    line_measurement,
    longest_diameter,
)
from neuroscope.measure.regions import NAMES, Mask, Region, parts_of
from neuroscope.measure.volumetry import COUNTED, HALF_SLICE, half_slice_ml
from neuroscope.records.measured import Lesion, Midline, Side
from neuroscope.records.measurement import Measurement
from neuroscope.records.segmentation import Segmentation

SPECK_ML = 0.01
FOCUS_MM = 10.0  # lesions nearer than this are one focus
MIDLINE_MM = 5.0  # a center nearer than this has no side


@dataclass(frozen=True, slots=True)
class Found:
    """Lesions, largest first, and what was too small to list."""

    lesions: tuple[Lesion, ...]
    specks: int = 0
    specks_ml: float = 0.0


def find_lesions(
    regions: Mapping[str, Region],
    source: str,
    *,
    midline: Midline | None = None,
    atlas: Segmentation | None = None,
) -> Found:
    """List the lesions: parts of the core, and parts of the whole tumor that hold no core.

    Parameters
    ----------
    regions
        All cut with the same box, as `regions_of` gives them.
    """
    parts = _parts(regions)
    kept = [(code, part) for code, part in parts if part.ml >= SPECK_ML]
    small = [part.ml for _, part in parts if part.ml < SPECK_ML]
    foci = _foci([part for _, part in kept])
    lesions = [
        _described(f"L{n}", code, part, foci[n - 1], source, midline, atlas)
        for n, (code, part) in enumerate(kept, start=1)
    ]
    return Found(tuple(lesions), len(small), float(sum(small)))


def counts(found: Found, source: str) -> tuple[Measurement, ...]:
    """Count lesions and foci."""
    foci = len({lesion.focus for lesion in found.lesions})
    how = f"parts above {SPECK_ML:g} ml that do not touch, corners included (26-neighborhood)"
    near = f"lesions less than {FOCUS_MM:g} mm apart counted as one"
    return (
        Measurement("lesions", float(len(found.lesions)), "1", how, source),
        Measurement("foci", float(foci), "1", near, source),
    )


def side_of(region: Region, midline: Midline | None) -> Side:
    """Say on which side the center lies; without a plane, by the sign of R."""
    center = region.center_mm()
    off = midline.offset_mm(center) if midline else center[0]
    if abs(off) < MIDLINE_MM:
        return "midline"
    return "right" if off > 0 else "left"


def _parts(regions: Mapping[str, Region]) -> list[tuple[str, Region]]:
    """Separate the core, and what of the whole tumor is joined to no core; largest first."""
    core, whole = regions["TC"], regions["WT"]
    numbered, count = ndimage.label(whole.inside, np.ones((3, 3, 3), bool))
    has_core = np.zeros(count + 1, bool)
    has_core[np.unique(numbered[core.inside])] = True
    alone: Mask = whole.inside & ~has_core[numbered]
    found = [("TC", part) for part in parts_of(core)]
    found += [("WT", part) for part in parts_of(whole.within(alone))] if alone.any() else []
    return sorted(found, key=lambda entry: -entry[1].ml)


def _foci(parts: Sequence[Region]) -> list[int]:
    """Group parts that are less than 10 mm apart, surface to surface."""
    trees = [cKDTree(_rim_mm(part)) for part in parts]
    group = list(range(len(parts)))
    for a, b in combinations(range(len(parts)), 2):
        if group[a] != group[b] and _near(trees[a], trees[b]):
            old, new = group[b], group[a]
            group = [new if g == old else g for g in group]
    order = list(dict.fromkeys(group))
    return [order.index(g) + 1 for g in group]


def _near(first: cKDTree, second: cKDTree) -> bool:
    low = np.maximum(first.mins, second.mins) - np.minimum(first.maxes, second.maxes)
    if float(np.linalg.norm(np.maximum(low, 0))) >= FOCUS_MM:
        return False
    small, large = sorted((first, second), key=lambda tree: tree.n)
    apart, _ = large.query(small.data, distance_upper_bound=FOCUS_MM)
    return bool(np.min(apart) < FOCUS_MM)


def _rim_mm(part: Region) -> NDArray[np.float64]:
    return part.to_mm(np.argwhere(part.inside & ~ndimage.binary_erosion(part.inside)))


def _described(
    name: str,
    code: str,
    part: Region,
    focus: int,
    source: str,
    midline: Midline | None,
    atlas: Segmentation | None,
) -> Lesion:
    longest, crossed = longest_diameter(part), crossed_diameters(part)
    half = half_slice_ml(part)
    values = [
        Measurement(
            "volume", part.ml, "ml",
            f"{NAMES[code]} of this lesion: {COUNTED}; interval: {HALF_SLICE}", source,
            (max(0.0, part.ml - half), part.ml + half),
        )
    ]  # fmt: skip
    if longest is not None:
        how = "furthest two voxel centers"
        values.append(line_measurement("longest diameter", longest, part.affine, how, source))
    if crossed is not None:
        how = "longest line inside the lesion in an axial slice"
        values.append(line_measurement("axial diameter", crossed.longest, part.affine, how, source))
        how = "longest line inside the lesion across the axial diameter"
        values.append(
            line_measurement("perpendicular diameter", crossed.across, part.affine, how, source)
        )
    return Lesion(
        name, focus, part.center_mm(), side_of(part, midline), tuple(values), longest, crossed,
        main_place(atlas, part) if atlas else "", is_measurable(part, crossed),
    )  # fmt: skip
