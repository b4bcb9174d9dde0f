"""Carry labels to another grid, posed or in thick slices, and keep their volumes exact."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask, earliest
from neuroscope.phantom.lesions.lesion import Lesion
from neuroscope.phantom.lesions.tumor import CAVITY, EDEMA, ENHANCING, NONENHANCING, Labels
from neuroscope.phantom.pose import Pose, seen_from

Part = Literal["core", "edema", "cavity"]
PARTS: Mapping[Part, tuple[int, ...]] = {
    "core": (NONENHANCING, ENHANCING),
    "edema": (EDEMA,),
    "cavity": (CAVITY,),
}


def wanted_voxels(lesions: Sequence[Lesion], voxel_ml: float) -> dict[Part, int]:
    """Count the voxels of every part that all lesions together should have."""
    cavity_ml = sum(lesion.core_ml for lesion in lesions if lesion.kind == "cavity")
    core_ml = sum(lesion.core_ml for lesion in lesions) - cavity_ml
    edema_ml = sum(lesion.edema_ml for lesion in lesions)
    return {
        "core": round(core_ml / voxel_ml),
        "edema": round(edema_ml / voxel_ml),
        "cavity": round(cavity_ml / voxel_ml),
    }


def regrid(
    labels: Labels, grid: Grid, pose: Pose, planes: int, wanted: Mapping[Part, int]
) -> Labels:
    """Say which label each voxel of the images has: the voxels that a part covers most.

    Parameters
    ----------
    labels, grid
        As painted.
    pose
        How the head lies in the scanner.
    planes
        So many painted planes make a slice.
    wanted
        Voxels of each part on the grid of the images.
    """
    present = [int(label) for label in np.unique(labels) if label]
    cover = {label: _cover(labels == label, grid, pose, planes) for label in present}
    i, j, k = labels.shape
    result = np.zeros((i, j, k // planes), np.uint8)
    for part, members in PARTS.items():
        covers = [cover[label] for label in members if label in cover]
        if not covers:
            continue
        total = np.asarray(np.sum(covers, axis=0), np.float32)
        chosen = _most_covered(total, (total > 0) & (result == 0), wanted[part])
        result[chosen] = members[0]
        if members[-1] in cover and len(covers) > 1:
            result[chosen & (cover[members[-1]] >= cover[members[0]])] = members[-1]
        elif members[-1] in cover:
            result[chosen] = members[-1]
    return result


def _cover(mask: Mask, grid: Grid, pose: Pose, planes: int) -> Field:
    """Say which part of each voxel of the images a mask covers."""
    fine = seen_from(mask.astype(np.float32), grid, pose)
    i, j, k = fine.shape
    return np.asarray(fine.reshape(i, j, k // planes, planes).mean(3), np.float32)


def _most_covered(cover: Field, allowed: Mask, count: int) -> Mask:
    count = min(count, int(allowed.sum()))
    return earliest(-cover, allowed, count, voxel_ml=1.0, what="lesion")
