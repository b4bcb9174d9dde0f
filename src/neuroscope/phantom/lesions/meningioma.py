"""Meningioma: a mass on the dura with a fluid cleft and a tail; edema, grit or cysts in some."""

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person, Place, locate
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import SEARCH_GRID, Bounds, Lesion, Side, sign_of
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import (
    NONENHANCING,
    Labels,
    Tumor,
    dose_mm,
    paint_cleft,
    paint_edema,
    soft,
    with_gaps,
)
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

CYSTIC, CALCIFIED = 0.06, 0.2  # shares of the tumors


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    core = skewed_ml(rng, 14, 0.7, 3, 60)
    return core, skewed_ml(rng, core, 0.5, 0, 100) * (rng.random() < 0.5)


def _site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    """Choose a place under the dura of the convexity, and which way is inward."""
    place = locate(person, SEARCH_GRID)
    at = SEARCH_GRID.drawn_voxel(_chance(place, sign_of(side), radius_mm), rng)
    inward = np.array([float(np.gradient(place.depth_mm, axis=a)[at]) for a in range(3)])
    inward /= np.linalg.norm(inward)
    depth = 0.55 * radius_mm - float(place.depth_mm[at])
    return SEARCH_GRID.point_mm(at) + inward * depth, inward


def _chance(place: Place, sign: float, radius_mm: float) -> Field:
    x, y, z = place.template_mm
    surface = (place.depth_mm > 0) & (place.depth_mm < 6)
    convex = surface & (z > -5) & (sign * x > 0.45 * radius_mm + 4)
    return np.asarray(convex & ~((y < -80) & (z < 15)), np.float32)


def _may_hold(place: Place, _brain: Brain) -> Mask:
    return np.asarray(place.depth_mm > -1.5)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Order voxels by an ellipsoidal distance that is flattened against the dura."""
    inward, across = lesion.along_and_across(lesion.inward)
    tall = np.float32(0.75 + 0.35 * lesion.character["flat"])
    wide = np.float32(0.9 + 0.25 * lesion.character["wide"])
    distance = np.hypot(inward / tall, across / wide)
    return np.asarray(distance * np.exp(0.07 * front.broad + 0.05 * front.lump), np.float32)


def _labels(lesion: Lesion, core: Mask, _grid: Grid, lump: Field, grain: Field) -> Labels:
    """Mark the cysts that few meningiomas have."""
    cystic = lesion.character["cyst"] < CYSTIC
    return with_gaps(core, cystic & (lump + 0.15 * grain > 0.9))


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    paint_cleft(scene, tumor, strength=0.85)
    lesion, box = tumor.lesion, tumor.box
    core, cyst = tumor.labels % 2 == 1, tumor.labels == NONENHANCING
    _paint_tail(scene, tumor, core)
    dose = dose_mm(tumor, 0.2, 0.22, lump=0.07, grain=0.05, between=(0.7, 1.3))
    paint(scene.canvas, "meningioma", soft(core, tumor), gadolinium_mm=dose, box=box)
    paint(scene.canvas, "cyst", soft(cyst, tumor, 0.6) * np.float32(0.9), box=box)
    if lesion.character["cyst"] > 1 - CALCIFIED:
        gritty = np.clip(0.18 + 0.16 * tumor.grain + 0.14 * tumor.lump, 0, 0.45)
        hard = soft(core & ~cyst, tumor, 1.5) ** 2 * gritty
        paint(scene.canvas, "calcification", hard.astype(np.float32), box=box)


def _paint_tail(scene: Scene, tumor: Tumor, core: Mask) -> None:
    outside = ndimage.distance_transform_edt(~core, sampling=tumor.grid.spacing)
    fade = np.clip(1 - outside / (5 + 9 * tumor.lesion.character["tail"]), 0, 1)
    depth = scene.place.depth_mm[tumor.box]
    tail = np.clip(1 - np.abs(depth + 0.8) / (0.8 + scene.edge_mm), 0, 1) * fade
    paint(scene.canvas, "dura", tail.astype(np.float32), gadolinium_mm=0.5, box=tumor.box)


MENINGIOMA = Recipe(
    bounds=Bounds(0.3, 80, 100),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda chance: 0.7 + 0.2 * chance,
    core_time=_core_time,
    may_hold=_may_hold,
    core_labels=_labels,
    paint=_paint,
)
