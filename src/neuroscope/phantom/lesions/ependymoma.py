"""Ependymoma: fills the fourth ventricle and squeezes out of its openings, uneven and calcified."""

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask, arrival_time
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side, patient_position, sign_of
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.room import in_posterior_fossa
from neuroscope.phantom.lesions.search import infratentorial
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

FLOOR_MM = np.array([0.0, -44.5, -37.0])  # of the fourth ventricle, template
CALCIFIED = 0.5  # share of the tumors
IN_BRAIN = 0.16  # speed of the front in brain against that in fluid


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    core = skewed_ml(rng, 18, 0.5, 4, 45)
    return core, float(min(core * rng.uniform(0, 0.4) * (rng.random() < 0.5), 15))


def _site(person: Person, side: Side, _radius_mm: float, rng: np.random.Generator) -> Site:
    lean = np.array([sign_of(side) * rng.uniform(0, 2), 0.0, rng.uniform(-2, 2)])
    return patient_position(person, FLOOR_MM + lean), np.zeros(3)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Let a front run fast in fluid: down, and to the side that it prefers; slowly in brain."""
    place, brain = front.place, front.brain
    x, y, z = place.template_mm
    sign = sign_of(lesion.side)
    preferred = np.where(sign * x > 0, 1.0, 0.55) * np.clip(1.2 + (z + 30) / 60, 0.4, 1.0)
    around = (np.abs(x) < 34) & (y > -66) & (z < -22)
    wet = (brain.fluid > 0.4) & around
    speed = np.where(wet, preferred, IN_BRAIN) * np.exp(0.2 * front.broad + 0.2 * front.lump)
    open_to_it = (place.depth_mm > 0.5) & infratentorial(place.template_mm)
    speed = np.where(open_to_it, speed, 0.01).astype(np.float32)
    start = np.zeros(speed.shape, bool)
    start[tuple(n // 2 for n in speed.shape)] = True
    step = lesion.grid.spacing[0]
    arrived = arrival_time(speed, start, step, until=lesion.enough(lesion.core_ml))
    return np.asarray(arrived + 0.5 * lesion.distance_mm(), np.float32)


def _labels(lesion: Lesion, core: Mask, _grid: Grid, lump: Field, grain: Field) -> Labels:
    """Mix parts that enhance with parts that do not."""
    least = 0.2 + 0.9 * lesion.character["wide"]
    return with_gaps(core, lump + 0.5 * grain > least)


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    core, bright = tumor.labels % 2 == 1, tumor.labels == ENHANCING
    lesion = tumor.lesion
    level = dose_mm(tumor, 0.12, 0.22, lump=0.2, grain=0.3, between=(0.25, 1.8))
    dose = level * soft(bright, tumor, 0.6)
    paint(scene.canvas, "ependymoma", soft(core, tumor), gadolinium_mm=dose, box=tumor.box)
    cysts = soft(core & ~bright & (tumor.lump > 1.0), tumor, 0.6) * np.float32(0.85)
    paint(scene.canvas, "cyst", cysts, box=tumor.box)
    if lesion.character["tail"] < CALCIFIED:
        specks = core & (tumor.grain - 0.4 * tumor.lump > 1.55)
        hard = np.clip(1.2 * soft(specks, tumor, 0.5), 0, 0.75).astype(np.float32)
        paint(scene.canvas, "calcification", hard, box=tumor.box)


EPENDYMOMA = Recipe(
    bounds=Bounds(0.5, 50, 30),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda chance: 0.5 + 0.3 * chance,
    core_time=_core_time,
    may_hold=in_posterior_fossa,
    core_labels=_labels,
    paint=_paint,
)
