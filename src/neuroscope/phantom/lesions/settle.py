"""Lay grown lesions on the grid of the images, each with exactly the volume that was wished."""

from collections.abc import Sequence

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Place
from neuroscope.phantom.fields import on_grid, resample
from neuroscope.phantom.lesions.growth import NEVER, Mask, earliest
from neuroscope.phantom.lesions.lesion import Lesion
from neuroscope.phantom.lesions.recipe import Recipe
from neuroscope.phantom.lesions.registry import RECIPES
from neuroscope.phantom.lesions.tumor import EDEMA, Tumor
from neuroscope.phantom.scene import Scene


def settle(lesions: Sequence[Lesion], place: Place, brain: Brain) -> tuple[Tumor, ...]:
    """Choose the voxels of each label so that core and edema have the wanted volumes.

    A later lesion takes no voxel of an earlier one.

    Raises
    ------
    BadInputError
        If the volumes do not fit where a lesion began.
    """
    taken = np.zeros(place.grid.shape, bool)
    tumors = []
    for lesion in lesions:
        tumor = _settle_one(lesion, RECIPES[lesion.kind], place, brain, taken)
        taken[tumor.box] |= tumor.labels > 0
        tumors.append(tumor)
    return tuple(tumors)


def _settle_one(lesion: Lesion, recipe: Recipe, place: Place, brain: Brain, taken: Mask) -> Tumor:
    low = lesion.grid.origin
    high = [o + s * n for o, s, n in zip(low, lesion.grid.spacing, lesion.grid.shape, strict=True)]
    box = place.grid.box_around(low, high)
    grid = place.grid.crop(box)
    near = Place(grid, place.template_mm[(slice(None), *box)], place.depth_mm[box])
    tissue = Brain(brain.gray[box], brain.white[box], brain.fluid[box], brain.residual[box])
    lump, grain = on_grid(lesion.lump, grid), on_grid(lesion.grain, grid)
    core_time = resample(lesion.core_time, lesion.grid, grid, outside=NEVER)
    ml = grid.voxel_ml
    allowed = recipe.may_hold(near, tissue) & ~taken[box]
    core = earliest(core_time, allowed, round(lesion.core_ml / ml), voxel_ml=ml, what="core")
    edema_time = resample(lesion.edema_time, lesion.grid, grid, outside=NEVER)
    room = recipe.may_swell(near, tissue) & ~core & ~taken[box]
    edema = earliest(edema_time, room, round(lesion.edema_ml / ml), voxel_ml=ml, what="edema")
    labels = recipe.core_labels(lesion, core, grid, lump, grain)
    labels[edema] = EDEMA
    return Tumor(lesion, box, grid, labels, edema_time, lump, grain)


def paint_tumors(scene: Scene, tumors: Sequence[Tumor], brain: Brain) -> None:
    """Paint the lesions over the healthy head."""
    for tumor in tumors:
        RECIPES[tumor.lesion.kind].paint(scene, tumor, brain)
