"""The displacement that lesions cause, as a product on the grid of the labels."""

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.lesion import moved_mm
from neuroscope.phantom.pose import seen_from


def displacement_of(case: PhantomCase) -> Field:
    """Say for each voxel of the labels where its tissue was before the lesions grew.

    Returns
    -------
    Field
        Shape `(i, j, k, 3)`: RAS+ mm, in the frame of the images, from where tissue is now to where
        it was in the same person without lesions, lying in the same way. Zero without lesions.

    Raises
    ------
    BadInputError
        If the case does not know what it was made from.
    """
    if case.subject is None:
        raise BadInputError(
            "This phantom does not know its lesions.", fix="Make it with make_case or make_series."
        )
    affine, shape = case.segmentation.affine, case.segmentation.labels.shape
    step, origin = np.diag(affine)[:3], affine[:3, 3]
    grid = Grid(
        (shape[0], shape[1], shape[2]),
        (float(step[0]), float(step[1]), float(step[2])),
        (float(origin[0]), float(origin[1]), float(origin[2])),
    )
    moved = moved_mm(case.subject.person, case.lesions, grid)
    turned = np.stack([seen_from(part, grid, case.pose) for part in moved], axis=-1)
    turn: NDArray[np.float32] = case.pose.matrix[:3, :3].T.astype(np.float32)
    return np.asarray(turned @ turn, np.float32)
