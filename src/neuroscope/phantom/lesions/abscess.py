"""Brain abscess, a mimic: pus in a thin smooth capsule, with much edema."""

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.room import in_brain
from neuroscope.phantom.lesions.search import search, supratentorial
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import (
    ENHANCING,
    NONENHANCING,
    Labels,
    Tumor,
    paint_edema,
    soft,
)
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

CAPSULE_MM = (1.8, 3.0)


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    core = skewed_ml(rng, 11, 0.6, 2, 40)
    return core, float(np.clip(core * rng.uniform(1.2, 3.5), 8, 80))


def _site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    """Choose a place where gray meets white matter in the front or side of the brain."""
    found = search(person)
    brain, depth = found.brain, found.place.depth_mm
    _, y, z = found.place.template_mm
    deep = (depth > 0.7 * radius_mm + 3) & (depth < 0.7 * radius_mm + 16)
    chance = (brain.white + brain.gray) * deep * found.on_side(side, 0.7 * radius_mm + 5)
    chance *= (found.beside_mm > 0.6 * radius_mm + 3) & supratentorial(found.place.template_mm)
    liked = chance * np.where((y > -10) | ((z < 5) & (y > -50)), 1, np.float32(0.35))
    return found.point(liked, rng), np.zeros(3)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Order voxels by an ellipsoidal distance: smooth, hardly uneven."""
    turn = 2 * np.pi * lesion.character["tail"]
    axis = np.array([np.cos(turn), np.sin(turn), lesion.character["flat"] - 0.5])
    along, across = lesion.along_and_across(axis / np.linalg.norm(axis))
    long = np.float32(1.05 + 0.35 * lesion.character["wide"])
    distance = np.hypot(across * np.sqrt(long), along / long)
    return np.asarray(distance * np.exp(0.11 * front.broad + 0.06 * front.lump), np.float32)


def _labels(lesion: Lesion, core: Mask, grid: Grid, lump: Field, _grain: Field) -> Labels:
    """Part the pus (1) from a capsule of nearly even thickness (3)."""
    inside = ndimage.distance_transform_edt(core, sampling=grid.spacing)
    least, most = CAPSULE_MM
    wall = least + (most - least) * lesion.character["rim"]
    wall = np.maximum(wall * np.exp(0.18 * lump), 1.01 * max(grid.spacing))  # closed on any grid
    return np.where(inside > wall, NONENHANCING, np.where(core, ENHANCING, 0)).astype(np.uint8)


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    pus, capsule = tumor.labels == NONENHANCING, tumor.labels == ENHANCING
    paint(
        scene.canvas,
        "capsule",
        soft(pus | capsule, tumor, 0.45),
        gadolinium_mm=float(0.3 + 0.25 * tumor.lesion.character["dose"]),
        box=tumor.box,
    )
    paint(scene.canvas, "pus", soft(pus, tumor, 0.45), box=tumor.box)


ABSCESS = Recipe(
    bounds=Bounds(0.5, 60, 120),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda chance: 0.4 + 0.3 * chance,
    core_time=_core_time,
    may_hold=in_brain,
    core_labels=_labels,
    paint=_paint,
)
