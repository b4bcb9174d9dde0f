"""Glioblastoma: infiltrates the brain, necrotic inside an uneven enhancing rim, with edema."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person, Place, brain_at, locate
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask, arrival_time
from neuroscope.phantom.lesions.lesion import SEARCH_GRID, Bounds, Lesion, Side, ventricles
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
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

LOBES: Mapping[str, float] = MappingProxyType(  # Larjavaara 2007, Neuro-Oncology 9:319
    {"frontal": 0.43, "temporal": 0.31, "parietal": 0.19, "occipital": 0.07}
)


def draw_volumes(rng: np.random.Generator) -> tuple[float, float]:
    """Draw core and edema in ml (292 high-grade cases of BraTS 2020)."""
    core, edema = np.exp(np.log((25, 46)) + rng.normal(size=2) * (0.8, 0.6))
    return float(np.clip(core, 4, 90)), float(np.clip(edema, 8, 110))


def hemispheric_site(
    person: Person, side: Side, radius_mm: float, rng: np.random.Generator
) -> Site:
    """Choose a place in the white or gray matter of a cerebral hemisphere, by lobe."""
    place = locate(person, SEARCH_GRID)
    chance = _chance(place, brain_at(person, place), side, radius_mm, rng)
    return SEARCH_GRID.drawn_point(chance, rng), np.zeros(3)


def _chance(
    place: Place, brain: Brain, side: Side, radius_mm: float, rng: np.random.Generator
) -> Field:
    x, y, z = place.template_mm
    sign = -1.0 if side == "left" else 1.0
    lobes: Mapping[str, Mask] = {
        "frontal": (y > -5) & (z > -5) & (z < 55),
        "temporal": (z < 2) & (z > -25) & (np.abs(x) > 28) & (y > -50) & (y < 5),
        "parietal": (y < -25) & (y > -68) & (z > 15) & (z < 55),
        "occipital": (y < -66) & (z > -5),
    }
    lobe = rng.choice(list(LOBES), p=list(LOBES.values()))
    deep = min(0.45 * radius_mm + 6, 20.0)
    tissue = (brain.white + brain.gray > 0.7) & (place.depth_mm > deep) & (z > -28)
    aside = (sign * x > max(14.0, 0.75 * radius_mm)) & tissue
    chosen = aside & lobes[str(lobe)]
    return np.asarray(chosen if chosen.any() else aside, np.float32)


def may_infiltrate(place: Place, brain: Brain) -> Mask:
    """Say which voxels an infiltrating core may take: brain outside the ventricles."""
    return np.asarray((place.depth_mm > 0.5) & ~ventricles(place, brain))


def infiltration(lesion: Lesion, front: Front) -> Field:
    """Let a front run through the brain; fluid and falx nearly stop it."""
    place = front.place
    falx = (np.abs(place.template_mm[0]) < 1.2) & (place.template_mm[2] > 18)
    speed = np.exp(0.32 * front.broad + 0.2 * front.lump)
    speed = np.where((place.depth_mm > 0) & (front.brain.fluid < 0.55), speed, 0.12)
    speed = np.where(falx, 0.05 * speed, speed).astype(np.float32)
    start = np.zeros(speed.shape, bool)
    start[tuple(n // 2 for n in speed.shape)] = True
    return arrival_time(speed, start, lesion.grid.spacing[0], until=lesion.enough(lesion.core_ml))


def _labels(lesion: Lesion, core: Mask, grid: Grid, lump: Field, grain: Field) -> Labels:
    """Mark necrosis inside an uneven rim, and islands in the rim."""
    inside = ndimage.distance_transform_edt(core, sampling=grid.spacing)
    rim = np.clip((0.18 + 0.27 * lesion.character["rim"]) * float(inside.max()), 1.8, 7)
    necrosis = inside > rim * np.exp(0.45 * lump)
    islands = (0.3 * grain + lump > 1.5 + lesion.character["wide"]) & (inside > 1.5)
    labels = np.where(core, np.uint8(ENHANCING), np.uint8(0))
    labels[core & (necrosis | islands)] = NONENHANCING
    return labels


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    core, rim = tumor.labels % 2 == 1, tumor.labels == ENHANCING
    depth = ndimage.distance_transform_edt(core, sampling=tumor.grid.spacing)
    inner = core & ~rim
    paint(scene.canvas, "nonenhancing", soft(core, tumor), box=tumor.box)
    dead = soft(inner & (depth > 2.0), tumor, 1.0) * np.clip(0.85 + 0.2 * tumor.lump, 0.3, 1)
    paint(scene.canvas, "necrosis", dead.astype(np.float32), box=tumor.box)
    dose = (0.16 + 0.26 * tumor.lesion.character["dose"]) * np.clip(
        1 + 0.35 * tumor.lump + 0.3 * tumor.grain, 0.3, 2.0
    )
    paint(
        scene.canvas,
        "enhancing",
        soft(rim, tumor, 0.5),
        gadolinium_mm=dose.astype(np.float32),
        box=tumor.box,
    )


GLIOBLASTOMA = Recipe(
    bounds=Bounds(0.5, 120, 150),
    volumes=draw_volumes,
    site=hemispheric_site,
    pushed_part=lambda chance: 0.2 + 0.5 * chance,
    core_time=infiltration,
    may_hold=may_infiltrate,
    core_labels=_labels,
    paint=_paint,
)
