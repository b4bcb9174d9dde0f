"""Low-grade glioma: grows through the brain without a border, enhances little or not at all."""

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.glioma import (
    cerebral_site,
    glioma_volumes,
    infiltration,
    labels_by_order,
    order_of_shape,
)
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion
from neuroscope.phantom.lesions.recipe import Recipe, Remark
from neuroscope.phantom.lesions.room import in_brain
from neuroscope.phantom.lesions.sizes import Table, even_ranks
from neuroscope.phantom.lesions.tumor import ENHANCING, Labels, Tumor, dose_mm, paint_edema, soft
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

# Milliliters in 69 low-grade masks of BraTS 2020; the enhancing part where there is one.
CORE_ML = Table((2, 3.8, 16.9, 49.8, 93, 145, 150))
EDEMA_ML = Table((5, 7.2, 19, 33, 72, 150, 160))
ENHANCING_ML = Table((0.06, 0.11, 0.97, 2.42, 7.9, 37, 60))
P_ENHANCING = 0.638
MOST_ENHANCING = 0.92  # of the core
EDEMA_WITH_CORE = 0.25

P_MISMATCH = 0.35  # of those that do not enhance; by judgment
P_CYST, P_CALCIFIED = 0.18, 0.25  # by judgment
EDGE_MM = (5.0, 10.0)  # the tumor thins out over so much


draw_volumes = glioma_volumes(CORE_ML, EDEMA_ML, EDEMA_WITH_CORE)


def draw_details(rng: np.random.Generator) -> Mapping[str, float]:
    """Draw the enhancing part of the core, mismatch, edge, cysts and calcification."""
    core, _, size = even_ranks(rng, 3)
    chance = rng.random(4)
    enhances = size > 1 - P_ENHANCING
    enhancing_ml = ENHANCING_ML.at((size - 1 + P_ENHANCING) / P_ENHANCING) if enhances else 0.0
    part = min(enhancing_ml / CORE_ML.at(core), MOST_ENHANCING)
    mismatch = not enhances and chance[0] < P_MISMATCH
    return {
        "enhancing": part,
        "mismatch": float(mismatch),
        "edge": float(chance[1]),
        "cystic": float(chance[2] < P_CYST and not mismatch),
        "calcified": float(chance[3] < P_CALCIFIED and not mismatch),
    }


def _labels(lesion: Lesion, core: Mask, grid: Grid, lump: Field, grain: Field) -> Labels:
    """Let patches of the drawn volume enhance, away from the edge."""
    order = order_of_shape(lesion, grid)
    if order is None:
        inside = ndimage.distance_transform_edt(core, sampling=grid.spacing)
        away = np.asarray(np.clip(inside / 4, 0, 1), np.float32)
        order = -(lump + np.float32(0.25) * grain) - np.float32(0.6) * away
    return labels_by_order(lesion, core, order)


def calcium(tumor: Tumor) -> Field:
    """Say how much of each voxel is calcified, 0..1: clumps in the core, or nothing."""
    if not tumor.lesion.character["calcified"]:
        return np.zeros(tumor.grid.shape, np.float32)
    clumps = (tumor.labels == 1) & (tumor.grain + 0.5 * tumor.lump > 1.9)
    return soft(clumps, tumor, 0.6) * np.float32(0.7)


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    box, character = tumor.box, tumor.lesion.character
    core, bright = tumor.labels % 2 == 1, tumor.labels == ENHANCING
    mass = _thinning(core, tumor, brain)
    paint(scene.canvas, "nonenhancing", mass, box=box)
    depth = ndimage.distance_transform_edt(core, sampling=tumor.grid.spacing)
    if character["mismatch"]:  # all but the margin holds so much water that FLAIR nulls it
        watery = soft(core & (depth > 2.5), tumor, 1.2)
        paint(scene.canvas, "mismatch", watery, box=box)
    if character["cystic"]:
        holes = core & ~bright & (depth > 3) & (tumor.lump > 1.0)
        paint(scene.canvas, "cyst", soft(holes, tumor, 0.7), box=box)
    if character["calcified"]:
        paint(scene.canvas, "calcification", calcium(tumor), box=box)
    dose = dose_mm(tumor, 0.12, 0.16, lump=0, grain=0.3, between=(0.6, 2.0))
    part = np.maximum(soft(bright, tumor, 0.8) * np.float32(0.9), np.float32(0.7) * bright)
    paint(scene.canvas, "enhancing", part.astype(np.float32), gadolinium_mm=dose, box=box)


def _thinning(core: Mask, tumor: Tumor, brain: Brain) -> Field:
    """Cover the core, half at its border, and less and less of the tissue beyond, but no fluid."""
    spacing = tumor.grid.spacing
    width = EDGE_MM[0] + (EDGE_MM[1] - EDGE_MM[0]) * tumor.lesion.character["edge"]
    inside = ndimage.distance_transform_edt(core, sampling=spacing)
    outside = ndimage.distance_transform_edt(~core, sampling=spacing)
    part = np.clip(0.5 + (inside - outside) / width + 0.08 * tumor.lump, 0, 1)
    smooth = part * part * (3 - 2 * part)
    open_to_it = np.clip(brain.white[tumor.box] + 0.7 * brain.gray[tumor.box], 0, 1)
    return np.asarray(np.where(core, smooth, smooth * open_to_it), np.float32)


def _remarks(lesion: Lesion, labels: Labels, _grid: Grid) -> Mapping[str, Remark]:
    return {
        "t2_flair_mismatch": bool(lesion.character["mismatch"]),
        "enhancing": bool((labels == ENHANCING).any()),
        "cystic": bool(lesion.character["cystic"]),
        "calcified": bool(lesion.character["calcified"]),
    }


LOW_GRADE_GLIOMA = Recipe(
    bounds=Bounds(0.5, 150, 160),
    volumes=draw_volumes,
    details=draw_details,
    site=cerebral_site,
    pushed_part=lambda chance: 0.1 + 0.25 * chance,
    core_time=infiltration,
    may_hold=in_brain,
    core_labels=_labels,
    paint=_paint,
    remarks=_remarks,
    takes_shape=True,
)
