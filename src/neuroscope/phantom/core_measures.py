"""Size of a tumor's core as it lies in the images, as plain values for JSON."""

import numpy as np

from neuroscope.phantom.diameters import (
    Bidimensional,
    bidimensional,
    bidimensional_of_parts,
    longest_mm,
    parts_of,
)
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.tumor import ENHANCING, NONENHANCING, Labels


def core_measures(labels: Labels, grid: Grid) -> dict[str, object]:
    """Measure center and diameters of the core, and products of diameters of what enhances.

    Returns
    -------
    dict
        Lengths in mm between voxel centers, never from one connected part to another; products in
        mm2 are summed over the parts. Without a core the center is None and all else is 0.
    """
    core, enhancing = is_core(labels), labels == ENHANCING
    points = np.argwhere(core) * np.array(grid.spacing) + np.array(grid.origin)
    sphere = 2 * np.cbrt(len(points) * grid.voxel_ml * 1000 * 3 / (4 * np.pi))
    lumps = parts_of(core, grid)
    parts = tuple(bidimensional(lump) for lump in lumps)
    is_solid = np.array_equal(core, enhancing)
    bright = parts if is_solid else bidimensional_of_parts(enhancing, grid)
    axial = _largest(parts)
    slice_mm = grid.spacing[2]
    return {
        "center_mm": [round(float(v), 3) for v in points.mean(0)] if len(points) else None,
        "longest_diameter_mm": round(max(map(longest_mm, lumps), default=0.0), 3),
        "longest_axial_diameter_mm": round(max((p.longest_mm for p in parts), default=0.0), 3),
        "equivalent_diameter_mm": round(float(sphere), 3),
        "bidimensional_mm": _pair(axial),
        "bidimensional_product_mm2": {"core": _product_mm2(parts), "ET": _product_mm2(bright)},
        "largest_part_mm": {"core": _pair(axial), "ET": _pair(_largest(bright))},
        "is_measurable": {
            "core": axial.is_measurable(slice_mm),
            "ET": _largest(bright).is_measurable(slice_mm),
        },
        "measurable_lesions": sum(part.is_measurable(slice_mm) for part in parts),
    }


def is_core(labels: Labels) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """Say which voxels are tumor core: necrotic, non-enhancing or enhancing."""
    return np.asarray((labels == NONENHANCING) | (labels == ENHANCING))


def _largest(parts: tuple[Bidimensional, ...]) -> Bidimensional:
    return max(parts, key=lambda part: part.product_mm2, default=Bidimensional())


def _pair(part: Bidimensional) -> list[float]:
    return [round(part.longest_mm, 3), round(part.across_mm, 3)]


def _product_mm2(parts: tuple[Bidimensional, ...]) -> float:
    return round(float(sum(part.product_mm2 for part in parts)), 3)
