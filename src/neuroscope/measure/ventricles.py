"""Find the ventricles by what fluid looks like, to measure the distance to them."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from neuroscope.measure.regions import Mask, Region, cut
from neuroscope.measure.sampling import Floats, leveled, sampled
from neuroscope.records.geometry import checked_affine
from neuroscope.records.measured import Midline
from neuroscope.records.measurement import Measurement
from neuroscope.records.volume import Volume

STEP_MM = 1.5
REACH_MM = (38.0, 58.0, 34.0)  # sideways, front and back, up and down from the middle
DEEP_MM = 12.0  # from the surface of the brain
SEED_MM = 14.0  # ventricles come this near to the plane
LEAST_ML, MOST_ML = 4.0, 150.0
IS_BRIGHT: Mapping[str, bool] = MappingProxyType(
    {"t1": False, "t1c": False, "t2": True, "flair": False}
)  # whether fluid is brighter than brain
WET = 0.4  # of the way from the median of healthy brain to its 1st or 99th percentile
ERROR_MM = 5.0  # docs/explanation/measurements.md


def find_ventricles(
    images: Mapping[str, Volume],
    brain: Volume,
    lesion: Mask,
    midline: Midline,
    healthy_mm: Floats,
) -> Region | None:
    """Find fluid deep in the brain that comes near the midline.

    Parameters
    ----------
    lesion
        What is no ventricle, on the grid of the brain mask.

    Returns
    -------
    Region or None
        On an upright grid of 1.5 mm; None with fewer than two sequences that show fluid, or where
        what was found is too small or too large to be the ventricles.
    """
    known = [name for name in IS_BRIGHT if name in images]
    if len(known) < 2:
        return None
    places, affine = _grid(midline)
    deep = _deep(brain, places)
    looks_wet = np.asarray(
        deep & ~(sampled(np.asarray(lesion, np.uint8), brain.affine, places, order=0) > 0)
    )
    for name in known:
        level = leveled(images[name], healthy_mm)
        if level is None:
            continue
        read, seen = level.at(places), level.at(healthy_mm)
        if IS_BRIGHT[name]:
            looks_wet &= read > WET * float(np.percentile(seen, 99))
        else:
            looks_wet &= read < WET * float(np.percentile(seen, 1))
    off = (places - np.array(midline.point_mm)) @ np.array(midline.normal)
    wet = _near(looks_wet, np.abs(off) < SEED_MM)
    ml = float(wet.sum()) * STEP_MM**3 / 1000
    return cut(wet, affine) if LEAST_ML <= ml <= MOST_ML else None


def ventricle_distance(region: Region, ventricles: Region, source: str) -> Measurement | None:
    """Measure from a region to the ventricles, between voxel centers; None for an empty region."""
    if region.is_empty:
        return None
    tree = cKDTree(ventricles.to_mm(np.argwhere(ventricles.inside)))
    rim = region.inside & ~ndimage.binary_erosion(region.inside)
    apart = float(np.min(tree.query(region.to_mm(np.argwhere(rim)))[0]))
    how = f"nearest fluid deep in the brain that comes near the midline, +-{ERROR_MM:g} mm"
    interval = max(0.0, apart - ERROR_MM), apart + ERROR_MM
    return Measurement("distance to ventricles", apart, "mm", how, source, interval)


def _grid(midline: Midline) -> tuple[Floats, NDArray[np.float64]]:
    axes = [np.arange(-reach, reach + STEP_MM, STEP_MM) for reach in REACH_MM]
    middle = np.array(midline.point_mm)
    affine = np.diag([STEP_MM, STEP_MM, STEP_MM, 1.0])
    affine[:3, 3] = middle - np.array(REACH_MM)
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1) + middle, checked_affine(affine)


def _deep(brain: Volume, places: Floats) -> Mask:
    """Tell which places lie deep in the brain, on a coarse grid that holds all of it."""
    coarse = 3.0
    reach = np.array(REACH_MM) + 2 * DEEP_MM
    axes = [np.arange(-r, r + coarse, coarse) for r in reach]
    middle = places.reshape(-1, 3).mean(0)
    wide = np.stack(np.meshgrid(*axes, indexing="ij"), -1) + middle
    inside = sampled(np.asarray(brain.voxels > 0, np.uint8), brain.affine, wide, order=0) > 0
    depth = ndimage.distance_transform_edt(ndimage.binary_closing(inside), sampling=coarse)
    moved = np.diag([coarse, coarse, coarse, 1.0])
    moved[:3, 3] = middle - reach
    return np.asarray(sampled(np.asarray(depth, np.float32), moved, places) > DEEP_MM)


def _near(wet: Mask, is_near: Mask) -> Mask:
    """Keep the parts that hold a voxel near the midline and are no specks."""
    parts, count = ndimage.label(wet)
    if not count:
        return wet
    size = np.bincount(parts.ravel(), minlength=count + 1)
    kept = np.zeros(count + 1, bool)
    kept[np.unique(parts[wet & is_near])] = True
    kept &= size * STEP_MM**3 >= 100
    kept[0] = False
    return np.asarray(kept[parts])
