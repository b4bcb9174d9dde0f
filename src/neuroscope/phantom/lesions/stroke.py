"""Infarct of an artery's territory, a mimic: a wedge of cortex and white matter, days old.

Territories are simple regions of the template: middle, anterior and posterior cerebral artery, and
the lower cerebellum. Shares follow common series: two of three lie in the territory of the middle
cerebral artery (Bogousslavsky et al. 1988, Stroke 19:1083).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Person, Place
from neuroscope.phantom.fields import Field
from neuroscope.phantom.lesions.growth import NEVER, Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side, sign_of, ventricles
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site, wholly
from neuroscope.phantom.lesions.search import infratentorial, search, supratentorial
from neuroscope.phantom.lesions.sizes import skewed_ml
from neuroscope.phantom.lesions.tumor import NONENHANCING, Tumor, soft
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

SHARES: Mapping[str, float] = MappingProxyType(
    {"middle": 0.66, "posterior": 0.16, "anterior": 0.08, "cerebellum": 0.10}
)
NUMBERS = ("middle", "posterior", "anterior", "cerebellum")
LARGE_MM = 23.0  # only the middle cerebral artery feeds more than a ball of this radius
APEX_MM = 46.0  # depth at which the wedge of a territory ends


def territory(template_mm: Field) -> Field:
    """Give each position the number of its territory in `NUMBERS`."""
    x, y, z = np.abs(template_mm[0]), template_mm[1], template_mm[2]
    posterior = (y < -62) | ((z < -4) & (y < -22) & (x < 44)) | ((y < -45) & (x < 18) & (z < 30))
    anterior = (x < 17) & (y > -55) & (z > 4) | ((x < 12) & (y > 18))
    parts = np.where(posterior, 1, np.where(anterior, 2, 0))
    return np.asarray(np.where(supratentorial(template_mm), parts, 3), np.float32)


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    return skewed_ml(rng, 28, 0.9, 2, 130), 0.0


def _site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    """Choose a place in the cortex of a territory, and the way into the brain."""
    found = search(person)
    place = found.place
    name = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    if radius_mm > LARGE_MM:
        name = "middle"
    cortex = found.brain.gray * (place.depth_mm > 3) * (place.depth_mm < 14)
    here = territory(place.template_mm) == NUMBERS.index(name)
    chance = cortex * here * found.on_side(side, 6.0)
    if name == "middle":  # the convexity, more central for a larger infarct
        _, y, z = place.template_mm
        off = np.hypot(y + 15, z - 15)
        chance = chance * (np.abs(place.template_mm[0]) > 36) * (off < max(14, 52 - radius_mm))
    if name == "cerebellum":
        chance = chance * infratentorial(place.template_mm)
    point = found.point(chance, rng)
    if name == "middle":
        middle = np.array([0.0, -15.0, 12.0]) @ np.linalg.inv(person.linear).T
    else:
        middle = np.array([0.3, 1.0, 1.0]) * point
    inward = middle - point
    return point, inward / np.linalg.norm(inward)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Order voxels by a wedge, wide at the cortex, inside the territory and its side."""
    place = front.place
    deep, across = lesion.along_and_across(lesion.inward)
    narrow = np.clip(1 - np.maximum(deep, 0) / APEX_MM, 0.12, 1)
    distance = np.hypot(across / narrow, 0.75 * deep) * np.exp(
        0.22 * front.broad + 0.13 * front.lump
    )
    numbers = territory(place.template_mm)
    middle = tuple(n // 2 for n in numbers.shape)
    fed = (numbers == numbers[middle]) & (sign_of(lesion.side) * place.template_mm[0] > 1.5)
    return np.asarray(np.where(fed, distance, NEVER), np.float32)


def _may_hold(place: Place, brain: Brain) -> Mask:
    return np.asarray((place.depth_mm > 0.5) & ~ventricles(place, brain) & (brain.fluid < 0.65))


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    """Swell gray and white matter alike; in the second week the cortex may enhance."""
    box, lesion = tumor.box, tumor.lesion
    gray, fluid = brain.gray[box], brain.fluid[box]
    core = soft(tumor.labels == NONENHANCING, tumor, 1.0)
    strength = np.clip(0.72 + 0.25 * lesion.character["dose"] + 0.08 * tumor.lump, 0.4, 1)
    coverage = core * strength * np.clip(1 - 0.6 * fluid, 0, 1)
    gyral = 0.16 * gray * (lesion.character["tail"] < 0.3) * np.clip(0.8 + tumor.grain, 0, 2)
    paint(
        scene.canvas,
        "infarct",
        coverage.astype(np.float32),
        gadolinium_mm=gyral.astype(np.float32),
        box=box,
    )


STROKE = Recipe(
    bounds=Bounds(0.5, 180, 0),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda chance: 0.02 + 0.08 * chance,
    core_time=_core_time,
    may_hold=_may_hold,
    core_labels=wholly(NONENHANCING),
    paint=_paint,
)
