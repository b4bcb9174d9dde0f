"""Medulloblastoma: a dense midline mass of the vermis that fills the fourth ventricle."""

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side, patient_position, sign_of
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.room import in_posterior_fossa
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import (
    ENHANCING,
    Labels,
    Tumor,
    dose_mm,
    paint_edema,
    soft,
    with_gaps,
)
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

VERMIS_MM = np.array([0.0, -51.0, -34.0])  # roof of the fourth ventricle, template


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    core = skewed_ml(rng, 22, 0.5, 5, 50)
    return core, float(min(core * rng.uniform(0, 0.5) * (rng.random() < 0.7), 20))


def _site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    lean = np.array([sign_of(side) * rng.uniform(0, 2.5), -0.2 * radius_mm, rng.uniform(-2, 2)])
    return patient_position(person, VERMIS_MM + lean), np.zeros(3)


def _core_time(lesion: Lesion, front: Front) -> Field:
    radius = lesion.distance_mm()
    return np.asarray(radius * np.exp(0.09 * front.broad + 0.07 * front.lump), np.float32)


def _labels(lesion: Lesion, core: Mask, _grid: Grid, lump: Field, grain: Field) -> Labels:
    """Let all, most or only patches of it enhance."""
    most = 2.4 - 2.6 * lesion.character["wide"]
    return with_gaps(core, lump + 0.3 * grain > most)


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    core, bright = tumor.labels % 2 == 1, tumor.labels == ENHANCING
    level = dose_mm(tumor, 0.1, 0.22, lump=-0.15, grain=0.25, between=(0.3, 1.7))
    dose = level * soft(bright, tumor, 0.8)
    paint(scene.canvas, "medulloblastoma", soft(core, tumor), gadolinium_mm=dose, box=tumor.box)
    if tumor.lesion.character["cyst"] < 0.6:
        small = soft(core & ~bright & (tumor.grain > 0.9), tumor, 0.5) * np.float32(0.8)
        paint(scene.canvas, "cyst", small, box=tumor.box)


MEDULLOBLASTOMA = Recipe(
    bounds=Bounds(0.5, 60, 40),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda chance: 0.45 + 0.3 * chance,
    core_time=_core_time,
    may_hold=in_posterior_fossa,
    core_labels=_labels,
    paint=_paint,
)
