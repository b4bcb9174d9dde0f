"""Multiple sclerosis, a mimic: ovoid plaques that stand on the ventricles, some with an open ring.

Places follow the McDonald criteria 2017 (Thompson et al. 2018, Lancet Neurol. 17:162): beside the
ventricles, under the cortex, and below the tentorium.
"""

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.room import in_white_matter
from neuroscope.phantom.lesions.search import infratentorial, search, supratentorial
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import ENHANCING, NONENHANCING, Labels, Tumor, soft
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

BESIDE_VENTRICLE, UNDER_CORTEX = 0.62, 0.26  # shares; the rest lies below the tentorium
ACTIVE = 0.18  # share of the plaques that enhance
RING_MM = 1.6


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    return skewed_ml(rng, 0.2, 0.85, 0.03, 2.5), 0.0


def _number(rng: np.random.Generator) -> int:
    return int(rng.integers(6, 19))


def _site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    """Choose a place in white matter and the way the plaque is long: off the ventricle's wall."""
    found = search(person)
    brain, place = found.brain, found.place
    white = np.clip(brain.white - 0.3, 0, 1) * (place.depth_mm > 4) * found.on_side(side, 3.0)
    where = rng.random()
    beside = np.abs(found.beside_mm - 3 - radius_mm) < 4
    if where < BESIDE_VENTRICLE:
        chance = white * beside * (place.template_mm[2] > -4)
    elif where < BESIDE_VENTRICLE + UNDER_CORTEX:
        chance = white * brain.gray * (place.depth_mm < 14) * supratentorial(place.template_mm)
    else:
        chance = white * infratentorial(place.template_mm)
    point = found.point(chance if chance.any() else white, rng)
    return point, found.away_from_ventricles(point)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Order voxels by an ellipsoidal distance, longest away from the ventricle."""
    along, across = lesion.along_and_across(lesion.inward)
    long = np.float32(1.2 + 0.7 * lesion.character["flat"])
    distance = np.hypot(along / long, across * np.sqrt(long))
    return np.asarray(distance * np.exp(0.08 * front.lump), np.float32)


def _labels(lesion: Lesion, core: Mask, grid: Grid, _lump: Field, _grain: Field) -> Labels:
    """Mark the rim of an active plaque, open on the side of the cortex; a small one wholly."""
    labels = np.where(core, np.uint8(NONENHANCING), np.uint8(0))
    if lesion.character["dose"] > ACTIVE or not core.any():
        return labels
    inside = ndimage.distance_transform_edt(core, sampling=grid.spacing)
    offset = grid.points_mm() - lesion.center_mm.astype(np.float32).reshape(3, 1, 1, 1)
    outward = np.tensordot(lesion.inward.astype(np.float32), offset, axes=1)
    is_open = outward > 0.45 * float(outward[core].max())
    rim_mm = max(RING_MM, 1.01 * max(grid.spacing))
    solid = float(inside.max()) < 1.5 * rim_mm
    ring = core & (solid | ((inside <= rim_mm) & ~is_open))
    labels[ring] = ENHANCING
    return labels


def _paint(scene: Scene, tumor: Tumor, _brain: Brain) -> None:
    lesion = tumor.lesion
    strength = 0.65 + 0.35 * lesion.character["wide"]
    dose = soft(tumor.labels == ENHANCING, tumor, 0.4) * np.float32(0.28)
    coverage = soft(tumor.labels > 0, tumor, 0.6) * np.float32(strength)
    paint(scene.canvas, "plaque", coverage, gadolinium_mm=dose, box=tumor.box)


MS = Recipe(
    bounds=Bounds(0.02, 8, 0),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda _chance: 0.0,
    core_time=_core_time,
    may_hold=in_white_matter,
    core_labels=_labels,
    paint=_paint,
    number=_number,
    most=30,
    gap_mm=0.5,
    most_together_ml=60,
)
