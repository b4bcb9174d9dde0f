"""White-matter hyperintensities of age, a mimic: caps on the ventricles' horns and bright foci."""

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Field
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site, wholly
from neuroscope.phantom.lesions.room import in_white_matter
from neuroscope.phantom.lesions.search import search, supratentorial
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import NONENHANCING, Tumor, soft
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

CAP_SHARE = 0.4
CAP_MM = 4.4  # radius of the smallest cap; what is smaller is a focus


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    """Draw a cap or a focus (Fazekas grades 1 and 2 have foci of a few millimeters)."""
    if rng.random() < CAP_SHARE:
        return skewed_ml(rng, 0.7, 0.5, 0.36, 4), 0.0
    return skewed_ml(rng, 0.07, 0.8, 0.02, 0.3), 0.0


def _number(rng: np.random.Generator) -> int:
    return int(rng.integers(8, 21))


def _site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    """Lay what is large on a horn, what is small in deep white matter."""
    found = search(person)
    _, y, z = found.place.template_mm
    white = np.clip(found.brain.white - 0.3, 0, 1) * supratentorial(found.place.template_mm)
    white = white * found.on_side(side, 6.0) * (found.place.depth_mm > 9)
    if radius_mm >= CAP_MM:
        horn = ((y > 22) & (y < 44) & (z > -8)) | ((y < -48) & (y > -84) & (z > 0))
        chance = (
            white
            * (found.beside_mm > 0)
            * (found.beside_mm < 6)
            * np.where(horn, 1, np.float32(0.12))
        )
    else:
        chance = white * (found.beside_mm > 7) * (found.place.depth_mm > 12) * (z > -2)
    point = found.point(chance if chance.any() else white, rng)
    return point, found.away_from_ventricles(point)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Order voxels by distance; a cap spreads along the wall rather than away from it."""
    away, along = lesion.along_and_across(lesion.inward)
    flat = np.float32(2.0 if lesion.core_ml >= 0.35 else 1.0)
    distance = np.hypot(away * flat, along) * np.exp(0.15 * front.lump)
    return np.asarray(distance, np.float32)


def _paint(scene: Scene, tumor: Tumor, _brain: Brain) -> None:
    strength = np.float32(0.6 + 0.4 * tumor.lesion.character["wide"])
    coverage = soft(tumor.labels > 0, tumor, 0.9) * strength
    paint(scene.canvas, "wmh", coverage, box=tumor.box)


WMH = Recipe(
    bounds=Bounds(0.02, 12, 0),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda _chance: 0.0,
    core_time=_core_time,
    may_hold=in_white_matter,
    core_labels=wholly(NONENHANCING),
    paint=_paint,
    number=_number,
    most=40,
    gap_mm=0.5,
    most_together_ml=80,
)
