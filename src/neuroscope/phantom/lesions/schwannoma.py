"""Vestibular schwannoma: a cone in the inner ear canal, a ball in the cerebellopontine angle."""

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Person, Place
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import NEVER, Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side, patient_position, sign_of
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import (
    NONENHANCING,
    Labels,
    Tumor,
    dose_mm,
    paint_cleft,
    soft,
    with_gaps,
)
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

PORUS_MM = np.array([21.5, -31.5, -42.0])  # mouth of the right canal, template
FUNDUS_MM = np.array([33.0, -29.5, -41.5])  # its blind end
CANAL_MM = 2.6  # radius; a tumor widens the mouth
CYSTIC, CYSTIC_ML = 0.45, 3.0  # share of the tumors larger than this that have cysts


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    return skewed_ml(rng, 2.2, 0.8, 0.2, 16), 0.0


def _site(person: Person, side: Side, radius_mm: float, _rng: np.random.Generator) -> Site:
    """Begin in the cistern before the mouth of the canal, the farther in the larger."""
    mirror = np.array([sign_of(side), 1.0, 1.0])
    porus = patient_position(person, PORUS_MM * mirror)
    fundus = patient_position(person, FUNDUS_MM * mirror)
    inward = (porus - fundus) / np.linalg.norm(porus - fundus)
    backward = np.array([0.0, -0.15 * radius_mm, 0.0])
    return porus + 0.35 * radius_mm * inward + backward, inward


def _canal(template_mm: Field) -> tuple[Field, Field]:
    """Give the depth inside the nearer canal and the way into it, in mm (negative: outside)."""
    axis = FUNDUS_MM - PORUS_MM
    length = float(np.linalg.norm(axis))
    mirrored = [np.abs(template_mm[0]), template_mm[1], template_mm[2]]
    offset = np.stack([m - np.float32(p) for m, p in zip(mirrored, PORUS_MM, strict=True)])
    into = np.tensordot((axis / length).astype(np.float32), offset, axes=1)
    off = np.sqrt(np.maximum((offset**2).sum(0) - into**2, 0))
    radius = CANAL_MM + 1.2 * np.clip(1 - into / 5, 0, 1)
    depth = np.minimum(radius - off, np.minimum(into + 4, length - into))
    return np.asarray(depth, np.float32), np.asarray(into, np.float32)


def _may_hold(place: Place, _brain: Brain) -> Mask:
    """Allow the posterior fossa, and the canal in the bone: no other bone gives way."""
    _, y, z = place.template_mm
    fossa = (place.depth_mm > -0.8) & (z < -8) & (y < -8)
    return np.asarray(fossa | (_canal(place.template_mm)[0] > 0))


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Fill the canal first, then grow a ball before it."""
    ball = lesion.distance_mm() * np.exp(0.06 * front.broad + 0.05 * front.lump)
    here = np.sign(front.place.template_mm[0]) == sign_of(lesion.side)
    depth, into = _canal(front.place.template_mm)
    canal = np.where(here & (depth > 0), 0.15 * into.clip(0), NEVER)
    return np.asarray(np.minimum(ball, canal), np.float32)


def _labels(lesion: Lesion, core: Mask, _grid: Grid, lump: Field, grain: Field) -> Labels:
    """Mark cysts, which larger schwannomas often have."""
    cystic = lesion.core_ml > CYSTIC_ML and lesion.character["cyst"] < CYSTIC
    least = 0.75 + 0.7 * lesion.character["wide"]
    return with_gaps(core, cystic & (lump + 0.15 * grain > least))


def _paint(scene: Scene, tumor: Tumor, _brain: Brain) -> None:
    core, cyst = tumor.labels > 0, tumor.labels == NONENHANCING
    paint_cleft(scene, tumor, strength=1.0)
    dose = dose_mm(tumor, 0.2, 0.2, lump=0.14, grain=0.16, between=(0.45, 1.5))
    paint(scene.canvas, "schwannoma", soft(core, tumor), gadolinium_mm=dose, box=tumor.box)
    paint(scene.canvas, "cyst", soft(cyst, tumor, 0.6) * np.float32(0.9), box=tumor.box)


SCHWANNOMA = Recipe(
    bounds=Bounds(0.1, 25, 0),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda chance: 0.75 + 0.2 * chance,
    core_time=_core_time,
    may_hold=_may_hold,
    core_labels=_labels,
    paint=_paint,
)
