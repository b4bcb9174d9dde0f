"""Pituitary adenoma: begins in the sella and has a waist at its diaphragm."""

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side, patient_position, sign_of
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.room import anywhere
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import NONENHANCING, Labels, Tumor, dose_mm, soft, with_gaps
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

SELLA_MM = np.array([0.0, 4.0, -34.0])  # template position of the pituitary gland
CYSTIC, CYSTIC_ML = 0.3, 3.0  # share of the tumors larger than this that have cysts


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    return skewed_ml(rng, 4, 0.6, 1.2, 14), 0.0


def _site(person: Person, side: Side, radius_mm: float, _rng: np.random.Generator) -> Site:
    lean = np.array([sign_of(side) * (0.15 * radius_mm + 0.5), 0, 0.35 * radius_mm])
    return patient_position(person, SELLA_MM + lean), np.zeros(3)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Order voxels by a distance with a waist where the diaphragm of the sella holds the mass."""
    offset = lesion.offset_mm()
    radius = np.sqrt((offset**2).sum(0))
    level = offset[2] - np.float32(2 * lesion.character["flat"])
    waist = 1 + np.float32(0.16 + 0.14 * lesion.character["wide"]) * np.exp(-((level / 3.0) ** 2))
    stretched = np.sqrt(radius**2 + 0.25 * (offset[0] ** 2 - offset[2] ** 2).clip(0))
    return np.asarray(stretched * waist * np.exp(0.07 * front.lump), np.float32)


def _labels(lesion: Lesion, core: Mask, grid: Grid, lump: Field, _grain: Field) -> Labels:
    """Mark the cysts of some larger adenomas."""
    cystic = lesion.character["cyst"] < CYSTIC and lesion.core_ml > CYSTIC_ML
    inside = ndimage.distance_transform_edt(core, sampling=grid.spacing)
    return with_gaps(core, cystic & (inside > 2.5) & (lump > 0.7))


def _paint(scene: Scene, tumor: Tumor, _brain: Brain) -> None:
    core, cyst = tumor.labels > 0, tumor.labels == NONENHANCING
    dose = dose_mm(tumor, 0.14, 0.2, lump=0.15, grain=0.12, between=(0.35, 1.5))
    paint(scene.canvas, "pituitary", soft(core, tumor), gadolinium_mm=dose, box=tumor.box)
    paint(scene.canvas, "necrosis", soft(cyst, tumor, 0.6) * np.float32(0.9), box=tumor.box)


PITUITARY = Recipe(
    bounds=Bounds(0.2, 25, 0),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda _chance: 0.35,
    core_time=_core_time,
    may_hold=anywhere,
    core_labels=_labels,
    paint=_paint,
)
