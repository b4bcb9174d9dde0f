"""Which lesion each labeled voxel of the images belongs to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.laid import Laid
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.regrid import PARTS
from neuroscope.phantom.lesions.tumor import Labels, Tumor
from neuroscope.phantom.pose import Pose

Owners = NDArray[np.uint16]


def owners_of(laid: Laid, labels: Labels, grid: Grid, pose: Pose) -> Owners:
    """Give each voxel the number of the lesion it belongs to, from 1 in their order, or 0.

    Parameters
    ----------
    laid
        What was painted, before the head was posed.
    labels, grid
        Those of the images.

    Notes
    -----
    On the painted grid this is known. In a posed or thick image a voxel belongs to the lesion whose
    painted voxel of the same part (core, edema, cavity) is nearest.
    """
    owners = np.zeros(labels.shape, np.uint16)
    if pose.is_still and grid == laid.place.grid:
        for number, tumor in enumerate(laid.tumors, start=1):
            owners[tumor.box][(tumor.labels > 0) & (labels[tumor.box] > 0)] = number
        return owners
    back = Pose(np.asarray(np.linalg.inv(pose.matrix), np.float64))
    for members in PARTS.values():
        here = np.isin(labels, members)
        if here.any():
            owners[here] = _nearest(laid.tumors, members, back.carry(_points(here, grid)))
    return owners


def _nearest(
    tumors: Sequence[Tumor], members: Sequence[int], points_mm: NDArray[np.float64]
) -> Owners:
    painted = [_points(np.isin(tumor.labels, members), tumor.grid) for tumor in tumors]
    having = [number for number, points in enumerate(painted, start=1) if len(points)]
    if len(having) == 1:
        return np.full(len(points_mm), having[0], np.uint16)
    numbers = np.repeat(np.arange(1, len(painted) + 1), [len(points) for points in painted])
    nearest = cKDTree(np.concatenate(painted)).query(points_mm)[1]
    return np.asarray(numbers[nearest], np.uint16)


def _points(mask: Mask, grid: Grid) -> NDArray[np.float64]:
    points: NDArray[np.float64] = np.argwhere(mask) * np.array(grid.spacing) + np.array(grid.origin)
    return points
