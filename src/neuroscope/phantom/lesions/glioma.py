"""What all gliomas share: where they begin, how they run through the brain, satellites, labels."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person, Place, brain_at, locate
from neuroscope.phantom.fields import Field, Grid, resample
from neuroscope.phantom.lesions.growth import NEVER, Mask, arrival_time, earliest
from neuroscope.phantom.lesions.lesion import SEARCH_GRID, Lesion, Side, sign_of
from neuroscope.phantom.lesions.recipe import Front, Site
from neuroscope.phantom.lesions.room import in_brain
from neuroscope.phantom.lesions.sizes import Table, even_ranks, tied
from neuroscope.phantom.lesions.tumor import ENHANCING, NONENHANCING, Labels

REGIONS: Mapping[str, float] = MappingProxyType(  # Larjavaara 2007, Neuro-Oncology 9:319
    {"frontal": 0.40, "temporal": 0.29, "parietal": 0.14, "occipital": 0.03, "deep": 0.14}
)
# Cells diffuse five times as fast in white matter as in gray (Swanson et al. 2000, Cell Prolif.
# 33:317, from memory), and the speed of a growing front goes with the root of that.
WHITE_TO_GRAY = math.sqrt(5)
IN_FLUID, THROUGH_FALX = 0.12, 0.05
SATELLITE_GAP_MM = 6.0  # between the main tumor and the edge of a satellite
SATELLITE_REACH_MM = 28.0
LEAST_SATELLITE_ML = 0.7


def glioma_volumes(
    core_ml: Table, edema_ml: Table, correlation: float
) -> Callable[[np.random.Generator], tuple[float, float]]:
    """Draw core and edema in ml from tables whose ranks are tied."""

    def draw_volumes(rng: np.random.Generator) -> tuple[float, float]:
        core, edema, _ = even_ranks(rng, 3)
        return core_ml.at(core), edema_ml.at(tied(core, edema, correlation))

    return draw_volumes


def cerebral_site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    """Choose a place in the white or gray matter of a cerebral hemisphere, by region."""
    place = locate(person, SEARCH_GRID)
    chance = _chance(place, brain_at(person, place), side, radius_mm, rng)
    return SEARCH_GRID.drawn_point(chance, rng), np.zeros(3)


def _chance(
    place: Place, brain: Brain, side: Side, radius_mm: float, rng: np.random.Generator
) -> Field:
    x, y, z = place.template_mm
    regions: Mapping[str, Mask] = {
        "frontal": (y > -5) & (z > -5) & (z < 55),
        "temporal": (z < 2) & (z > -25) & (np.abs(x) > 28) & (y > -50) & (y < 5),
        "parietal": (y < -25) & (y > -68) & (z > 15) & (z < 55),
        "occipital": (y < -66) & (z > -5),
        "deep": (np.abs(x) < 32) & (y > -40) & (y < 26) & (z > -6) & (z < 28),
    }
    region = str(rng.choice(list(REGIONS), p=list(REGIONS.values())))
    deep = min(0.45 * radius_mm + 6, 20.0)
    tissue = (brain.white + brain.gray > 0.7) & (place.depth_mm > deep) & (z > -28)
    least = 5.0 if region == "deep" else max(14.0, 0.75 * radius_mm)
    aside = (sign_of(side) * x > least) & tissue
    chosen = aside & regions[region]
    return np.asarray(chosen if chosen.any() else aside, np.float32)


def infiltration(lesion: Lesion, front: Front) -> Field:
    """Let a front run through the brain, fastest along white matter, with its satellites."""
    speed = core_speed(front)
    start = np.zeros(speed.shape, bool)
    start[tuple(n // 2 for n in speed.shape)] = True
    step = lesion.grid.spacing[0]
    time = arrival_time(speed, start, step, until=lesion.enough(lesion.core_ml))
    for number in range(round(lesion.character.get("satellites", 0))):
        time = _with_satellite(lesion, front, speed, time, number)
    return time


def core_speed(front: Front) -> Field:
    """Say how fast a core runs: along white matter, slower through gray, hardly through fluid.

    The falx stops it where it is a falx: the corpus callosum is open, so that a tumor may cross.
    """
    place, brain = front.place, front.brain
    white = brain.white / np.maximum(brain.white + brain.gray, np.float32(1e-3))
    tissue = white + (1 - white) / np.float32(WHITE_TO_GRAY)
    speed = tissue * np.exp(0.32 * front.broad + 0.2 * front.lump)
    speed = np.where((place.depth_mm > 0) & (brain.fluid < 0.55), speed, IN_FLUID)
    sheet = (np.abs(place.template_mm[0]) < 1.2) & (place.template_mm[2] > 18)
    speed = np.where(sheet & (brain.white < 0.5), THROUGH_FALX * speed, speed)
    return np.asarray(speed, np.float32)


def _with_satellite(lesion: Lesion, front: Front, speed: Field, time: Field, number: int) -> Field:
    """Let a second front start later, so that at the wanted volume it is as large as drawn."""
    grid, allowed = lesion.grid, in_brain(front.place, front.brain)
    share = lesion.character["satellite_share"] / (1 + number)
    own_ml = max(LEAST_SATELLITE_ML, share * lesion.core_ml)
    rest_ml = lesion.core_ml - own_ml
    if rest_ml < 3 * own_ml:
        return time
    main = _first(time, allowed, rest_ml, grid)
    radius = float(np.cbrt(own_ml * 1000 * 3 / (4 * np.pi)))
    away = np.asarray(ndimage.distance_transform_edt(~main, sampling=grid.spacing))
    near = radius + SATELLITE_GAP_MM
    room = (away > near) & (away < near + SATELLITE_REACH_MM) & (front.place.depth_mm > 6)
    room &= (front.brain.white + front.brain.gray > 0.7) & allowed & _inner(grid, near)
    places = np.flatnonzero(room)
    if len(places) == 0:
        return time
    chance = (lesion.character["satellite_place"] * (1 + 7.3 * number)) % 1.0
    start = np.zeros(room.shape, bool)
    start.flat[places[int(chance * len(places))]] = True
    own = arrival_time(speed, start, grid.spacing[0], until=lesion.enough(own_ml))
    small = _first(own, allowed, own_ml, grid)
    touching = ndimage.binary_dilation(small, np.ones((3, 3, 3), bool), iterations=2) & main
    if touching.any():
        return time
    delay = np.float32(time[main].max() - own[small].max())
    return np.asarray(np.minimum(time, np.where(own < NEVER / 2, own + delay, NEVER)), np.float32)


def _first(time: Field, allowed: Mask, volume_ml: float, grid: Grid) -> Mask:
    count = max(1, round(volume_ml / grid.voxel_ml))
    return earliest(time, allowed, count, voxel_ml=grid.voxel_ml, what="core")


def _inner(grid: Grid, margin_mm: float) -> Mask:
    """Mark the grid without its margin."""
    pairs = zip(grid.spacing, grid.shape, strict=True)
    skip = [min(int(np.ceil(margin_mm / s)), n // 2) for s, n in pairs]
    mask = np.zeros(grid.shape, bool)
    mask[tuple(slice(k, n - k) for k, n in zip(skip, grid.shape, strict=True))] = True
    return mask


def labels_by_order(lesion: Lesion, core: Mask, order: Field) -> Labels:
    """Label the drawn part of the core as enhancing: the voxels with the lowest `order`."""
    count = round(lesion.character["enhancing"] * int(core.sum()))
    labels = np.where(core, np.uint8(NONENHANCING), np.uint8(0))
    labels[earliest(order, core, count, voxel_ml=1.0, what="rim")] = ENHANCING
    return labels


def order_of_shape(lesion: Lesion, grid: Grid) -> Field | None:
    """Carry the order that a real shape gave to the inside of the core, if it gave one."""
    if lesion.inner_time is None:
        return None
    return resample(lesion.inner_time, lesion.grid, grid, outside=NEVER / 4)


def satellites_in(core: Mask, voxel_ml: float) -> int:
    """Count the parts of a core beside the largest, of a third of a milliliter or more."""
    parts, found = ndimage.label(core, np.ones((3, 3, 3)))
    if found < 2:
        return 0
    sizes = np.bincount(parts.ravel())[1:] * voxel_ml
    return int((sizes >= LEAST_SATELLITE_ML / 2).sum()) - 1
