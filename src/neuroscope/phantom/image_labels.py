"""The labels of a posed head, or of thick slices: each lesion keeps its own volumes."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from neuroscope.phantom.fields import Box, Grid
from neuroscope.phantom.laid import Laid
from neuroscope.phantom.lesions.lesion import Lesion
from neuroscope.phantom.lesions.regrid import PARTS, Part, regrid
from neuroscope.phantom.lesions.settle import voxel_counts
from neuroscope.phantom.lesions.tumor import Labels, Tumor
from neuroscope.phantom.pose import Pose

MOST_TRIES = 20


def image_labels(laid: Laid, pose: Pose, planes: int) -> Labels:
    """Say which label each voxel of the images has.

    Parameters
    ----------
    pose
        How the head lies in the scanner.
    planes
        So many painted planes make a slice.

    Returns
    -------
    Labels
        Of each part of each lesion the voxels that it covers most; cores choose first. Where too
        few voxels are touched, the part is smaller than it should be.
    """
    grid = laid.place.grid
    labels = np.zeros(grid.thickened(planes).shape, np.uint8)
    for part, members in PARTS.items():
        counts = _counts(laid.lesions, part, grid.thickened(planes).voxel_ml)
        for tumor, count in zip(laid.tumors, counts, strict=True):
            if not count:
                continue
            box = _room(tumor, grid, pose, planes)
            whole = np.zeros(grid.shape, np.uint8)
            whole[tumor.box] = np.where(np.isin(tumor.labels, members), tumor.labels, 0)
            low, high = box[2].start // planes, box[2].stop // planes
            here = labels[box[0], box[1], low:high]
            _lay(whole[box], here, grid.crop(box), pose, planes, part, count)
    return labels


def _lay(
    own: Labels, here: Labels, grid: Grid, pose: Pose, planes: int, part: Part, count: int
) -> None:
    """Write one part of a lesion into the free voxels of `here` that it covers most."""
    asked, free = count, np.zeros(here.shape, bool)
    for _ in range(MOST_TRIES):
        found = regrid(own, grid, pose, planes, {part: asked})
        free = (found > 0) & (here == 0)
        missing = count - int(free.sum())
        if missing <= 0 or int((found > 0).sum()) < asked:
            break
        asked += missing  # for those that another part or lesion has
    here[free] = found[free]


def _counts(lesions: Sequence[Lesion], part: Part, voxel_ml: float) -> list[int]:
    """Share the voxels of a part among the lesions, so that their sum is right too."""
    if part == "edema":
        return voxel_counts([lesion.edema_ml for lesion in lesions], voxel_ml)
    of_cavity = part == "cavity"
    own = [x.core_ml if (x.kind == "cavity") == of_cavity else 0.0 for x in lesions]
    return voxel_counts(own, voxel_ml)


def _room(tumor: Tumor, grid: Grid, pose: Pose, planes: int) -> Box:
    """Bound a lesion where it was painted and where it now lies, in whole slices."""
    near, far = np.array(tumor.grid.origin), np.array(tumor.grid.shape) - 1
    corners = near + np.array(list(product((0, 1), repeat=3))) * far * tumor.grid.spacing
    both = np.concatenate([corners, pose.carry(corners)])
    step = np.array(grid.spacing)
    i, j, k = grid.box_around((both.min(0) - step).tolist(), (both.max(0) + step).tolist())
    return i, j, slice(k.start // planes * planes, -(-k.stop // planes) * planes)
