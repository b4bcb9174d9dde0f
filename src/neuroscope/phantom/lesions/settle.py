"""Lay grown lesions on the grid of the images, each with exactly the volume that was wished."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Place
from neuroscope.phantom.fields import Box, Field, Number, on_grid, resample
from neuroscope.phantom.lesions.growth import NEVER, Mask, earliest
from neuroscope.phantom.lesions.lesion import Lesion
from neuroscope.phantom.lesions.recipe import Recipe
from neuroscope.phantom.lesions.registry import RECIPES
from neuroscope.phantom.lesions.tumor import EDEMA, Tumor
from neuroscope.phantom.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What other visits of the same person fix for a lesion, on its box: growth is nested.

    Attributes
    ----------
    core_least, core_most
        The core of a visit when it was smaller, which must be in this one; of one when it was
        larger, which must hold this one.
    whole_least, whole_most
        The same of core and edema together, kept as far as the volumes allow.
    """

    core_least: Mask | None = None
    core_most: Mask | None = None
    whole_least: Mask | None = None
    whole_most: Mask | None = None


FREE = Held()


def settle(
    lesions: Sequence[Lesion], place: Place, brain: Brain, held: Sequence[Held] = ()
) -> tuple[Tumor, ...]:
    """Choose the voxels of each label so that core and edema have the wanted volumes.

    A later lesion takes no voxel of an earlier one, and no edema takes one of any core.

    Parameters
    ----------
    held
        For each lesion what other visits fix; nothing if left out.

    Raises
    ------
    BadInputError
        If the volumes do not fit where a lesion began.
    """
    voxel_ml = place.grid.voxel_ml
    bonds = held or [FREE] * len(lesions)
    pairs = zip(lesions, bonds, strict=True)
    grounds = [_ground(lesion, bond, place, brain) for lesion, bond in pairs]
    taken = np.zeros(place.grid.shape, bool)
    cores = []
    core_counts = voxel_counts([lesion.core_ml for lesion in lesions], voxel_ml)
    for ground, count in zip(grounds, core_counts, strict=True):
        cores.append(_core(ground, taken, count))
        taken[ground.box] |= cores[-1]
    tumors = []
    edema_counts = voxel_counts([lesion.edema_ml for lesion in lesions], voxel_ml)
    for ground, core, count in zip(grounds, cores, edema_counts, strict=True):
        tumors.append(_tumor(ground, core, taken, count))
        taken[ground.box] |= tumors[-1].labels > 0
    return tuple(tumors)


def voxel_counts(volumes_ml: Sequence[Number], voxel_ml: Number) -> list[int]:
    """Share voxels among volumes so that each sum, the last too, is right to half a voxel."""
    sums = np.cumsum([0.0, *volumes_ml]) / voxel_ml
    return [int(n) for n in np.diff(np.rint(sums))]


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """The part of the image grid on which a lesion settles."""

    lesion: Lesion
    recipe: Recipe
    held: Held
    box: Box
    place: Place
    brain: Brain


def _ground(lesion: Lesion, held: Held, place: Place, brain: Brain) -> _Ground:
    low = lesion.grid.origin
    high = [o + s * n for o, s, n in zip(low, lesion.grid.spacing, lesion.grid.shape, strict=True)]
    box = place.grid.box_around(low, high)
    grid = place.grid.crop(box)
    near = Place(grid, place.template_mm[(slice(None), *box)], place.depth_mm[box])
    tissue = Brain(brain.gray[box], brain.white[box], brain.fluid[box], brain.residual[box])
    return _Ground(lesion, RECIPES[lesion.kind], held, box, near, tissue)


def _core(ground: _Ground, taken: Mask, count: int) -> Mask:
    lesion, grid = ground.lesion, ground.place.grid
    time = resample(lesion.core_time, lesion.grid, grid, outside=NEVER)
    allowed = ground.recipe.may_hold(ground.place, ground.brain) & ~taken[ground.box]
    if ground.held.core_most is not None:
        allowed = ground.held.core_most & ~taken[ground.box]
    time, allowed = _first(time, allowed, ground.held.core_least, taken[ground.box])
    return earliest(time, allowed, count, voxel_ml=grid.voxel_ml, what="core")


def _tumor(ground: _Ground, core: Mask, taken: Mask, count: int) -> Tumor:
    lesion, grid, recipe = ground.lesion, ground.place.grid, ground.recipe
    lump, grain = on_grid(lesion.lump, grid), on_grid(lesion.grain, grid)
    time = resample(lesion.edema_time, lesion.grid, grid, outside=NEVER)
    room = recipe.may_swell(ground.place, ground.brain) & ~taken[ground.box]
    held = ground.held
    if held.whole_most is not None and int((room & held.whole_most).sum()) >= count:
        room &= held.whole_most
    order, room = _first(time, room, held.whole_least, taken[ground.box])
    edema = earliest(order, room, count, voxel_ml=grid.voxel_ml, what="edema")
    labels = recipe.core_labels(lesion, core, grid, lump, grain)
    labels[edema] = EDEMA
    return Tumor(lesion, ground.box, grid, labels, time, lump, grain)


def _first(time: Field, allowed: Mask, least: Mask | None, taken: Mask) -> tuple[Field, Mask]:
    """Let the voxels that another visit fixed come before all others."""
    if least is None:
        return time, allowed
    fixed = least & ~taken
    return np.where(fixed, np.minimum(time, NEVER / 4) - NEVER, time), allowed | fixed


def paint_tumors(scene: Scene, tumors: Sequence[Tumor], brain: Brain) -> None:
    """Paint the lesions over the healthy head."""
    for tumor in tumors:
        RECIPES[tumor.lesion.kind].paint(scene, tumor, brain)
