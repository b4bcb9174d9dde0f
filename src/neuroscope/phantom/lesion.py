"""What lesion a phantom gets: kind, place, size; and how it grows there."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.phantom.fields import Field, Grid, Noise, Number, cube, draw_noise, on_grid
from neuroscope.phantom.growth import NEVER, Mask, arrival_time, displacement_mm, earliest
from neuroscope.phantom.person import Brain, Person, Place, brain_at, locate

Kind = Literal["glioma", "meningioma", "pituitary", "none"]
Side = Literal["left", "right"]

KINDS: tuple[Kind, ...] = ("glioma", "meningioma", "pituitary", "none")
ALIASES: Mapping[str, Kind] = MappingProxyType({"glioblastoma": "glioma", "notumor": "none"})
SELLA_MM = np.array([0.0, 4.0, -34.0])  # template position of the pituitary gland
SEARCH_GRID = Grid((28, 34, 30), (6.0, 6.0, 6.0), (-81.0, -117.0, -72.0))
GROWTH_CELLS = 26  # the growth grid has about twice as many voxels along each axis
LOBES: Mapping[str, float] = MappingProxyType(  # Larjavaara 2007, Neuro-Oncology 9:319
    {"frontal": 0.43, "temporal": 0.31, "parietal": 0.19, "occipital": 0.07}
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most volume of the core, and most volume of the edema, in milliliters."""

    least_ml: Number
    most_ml: Number
    most_edema_ml: Number


BOUNDS: Mapping[Kind, Bounds] = MappingProxyType(
    {
        "glioma": Bounds(0.5, 120, 150),
        "meningioma": Bounds(0.3, 80, 100),
        "pituitary": Bounds(0.2, 25, 0),
        "none": Bounds(0, 0, 0),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller wants of the lesion; None leaves it to the seed.

    Attributes
    ----------
    side
        The patient's left or right. A pituitary tumor leans to that side.
    core_ml
        Volume of the tumor without edema.
    edema_ml
        Volume of the edema around it.
    """

    side: Side | None = None
    core_ml: Number | None = None
    edema_ml: Number | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """A grown lesion, independent of the grid of the images.

    Attributes
    ----------
    center_mm
        Where it began, RAS+ millimeters.
    inward
        For a meningioma the unit vector from the dura into the brain.
    grid, core_time, edema_time
        The grid it grew on and when each voxel was reached.
    pushed_ml
        Volume of tissue pushed aside.
    lump, grain
        Textures.
    character
        Random numbers 0..1 that settle the details, by name.
    """

    kind: Kind
    side: Side
    center_mm: NDArray[np.float64]
    inward: NDArray[np.float64]
    core_ml: float
    edema_ml: float
    pushed_ml: float
    grid: Grid
    core_time: Field
    edema_time: Field
    lump: Noise
    grain: Noise
    character: Mapping[str, float]


def resolve_kind(name: str) -> Kind:
    """Accept a kind or one of its other names.

    Raises
    ------
    BadInputError
        For an unknown name, with the nearest known one.
    """
    known: dict[str, Kind] = {kind: kind for kind in KINDS}
    known.update(ALIASES)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise BadInputError(
        f"There is no phantom of the kind {name!r}.", fix=f"{hint}Use one of {', '.join(known)}."
    )


def grow(kind: Kind, person: Person, wish: Wish, rng: np.random.Generator) -> Lesion | None:
    """Draw a lesion and let it grow; None for the kind `none`.

    Raises
    ------
    BadInputError
        If the wish cannot be met.
    """
    if kind == "none":
        _refuse_for_none(wish)
        return None
    core_ml, edema_ml = _volumes(kind, wish, rng)
    side: Side = wish.side or ("left" if rng.random() < 0.5 else "right")
    names = ("place", "rim", "flat", "wide", "dose", "tail", "cyst", "speed", "push")
    character = dict(zip(names, rng.random(len(names)).tolist(), strict=True))
    lump, grain = draw_noise(rng, 11), draw_noise(rng, 4.0)
    radius = float(np.cbrt(core_ml * 1000 * 3 / (4 * np.pi)))
    center, inward = _site(kind, person, side, radius, rng)
    pushed = _pushed_ml(kind, core_ml, edema_ml, character["push"])
    whole_radius = float(np.cbrt((core_ml + edema_ml) * 1000 * 3 / (4 * np.pi)))
    half = min(2.0 * whole_radius + 14, 84.0)
    grid = cube(center.tolist(), half, max(1.25, half / GROWTH_CELLS))
    seedling = Lesion(
        kind, side, center, inward, core_ml, edema_ml, pushed, grid,
        np.zeros(0, np.float32), np.zeros(0, np.float32), lump, grain, MappingProxyType(character),
    )  # fmt: skip
    return _grown(seedling, person)


def moved_mm(person: Person, lesion: Lesion, grid: Grid) -> Field:
    """Say for each voxel where its tissue was before the lesion grew, relative to now."""
    calm = locate(person, grid)
    return displacement_mm(grid.points_mm(), lesion.center_mm, calm.depth_mm, lesion.pushed_ml)


def may_hold(kind: Kind, place: Place, brain: Brain) -> Mask:
    """Say which voxels the core of a lesion may take."""
    if kind == "pituitary":
        return np.ones(place.depth_mm.shape, bool)
    if kind == "meningioma":
        return np.asarray(place.depth_mm > -1.5)
    return np.asarray((place.depth_mm > 0.5) & ~_ventricles(place, brain))


def may_swell(place: Place, brain: Brain) -> Mask:
    """Say which voxels edema may take."""
    return np.asarray((place.depth_mm > 1.0) & ~_ventricles(place, brain) & (brain.fluid < 0.7))


def _ventricles(place: Place, brain: Brain) -> Mask:
    x, y, z = place.template_mm
    near = (np.abs(x) < 42) & (y > -78) & (y < 38) & (z > -22) & (z < 38)
    return np.asarray((brain.fluid > 0.5) & (place.depth_mm > 13) & near)


def _refuse_for_none(wish: Wish) -> None:
    if wish.core_ml or wish.edema_ml or wish.side:
        raise BadInputError(
            "A phantom of the kind none has no lesion to size or to place.",
            fix="Leave side and volumes out, or choose another kind.",
        )


def _volumes(kind: Kind, wish: Wish, rng: np.random.Generator) -> tuple[float, float]:
    """Draw volumes (real distributions: methods of docs/explanation/phantom.md), heed wishes."""
    spread = rng.normal(size=2)
    has_edema = rng.random() < 0.5
    if kind == "glioma":
        core, edema = np.exp(np.log((25, 46)) + spread * (0.8, 0.6))
        core, edema = np.clip(core, 4, 90), np.clip(edema, 8, 110)
    elif kind == "meningioma":
        core = np.clip(np.exp(np.log(14) + 0.7 * spread[0]), 3, 60)
        edema = min(core * np.exp(0.5 * spread[1]) * has_edema, 100.0)
    else:
        core, edema = np.clip(np.exp(np.log(4) + 0.6 * spread[0]), 1.2, 14), 0.0
    core_ml = float(core) if wish.core_ml is None else wish.core_ml
    edema_ml = float(edema) if wish.edema_ml is None else wish.edema_ml
    bounds = BOUNDS[kind]
    _require(f"{kind} core", core_ml, bounds.least_ml, bounds.most_ml)
    _require(f"{kind} edema", edema_ml, 0, bounds.most_edema_ml)
    return float(core_ml), float(edema_ml)


def _require(what: str, value: Number, least: Number, most: Number) -> None:
    if not least <= value <= most:
        nearest = least if value < least else most
        raise BadInputError(
            f"A {what} of {value:g} ml is not possible; it must be {least:g} to {most:g} ml.",
            fix=f"The nearest possible is {nearest:g} ml.",
        )


def _pushed_ml(kind: Kind, core_ml: float, edema_ml: float, chance: float) -> float:
    part = {"glioma": 0.2 + 0.5 * chance, "meningioma": 0.7 + 0.2 * chance}.get(kind, 0.35)
    return float(part * (core_ml + 0.12 * edema_ml))


def _site(
    kind: Kind, person: Person, side: Side, radius_mm: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Choose where the lesion begins, and for a meningioma which way is inward."""
    sign = -1.0 if side == "left" else 1.0
    if kind == "pituitary":
        lean = np.array([sign * (0.15 * radius_mm + 0.5), 0, 0.35 * radius_mm])
        return patient_position(person, SELLA_MM + lean), np.zeros(3)
    place = locate(person, SEARCH_GRID)
    brain = brain_at(person, place)
    if kind == "glioma":
        chance = _glioma_chance(place, brain, sign, radius_mm, rng)
    else:
        chance = _meningioma_chance(place, sign, radius_mm)
    weights = chance.ravel().astype(np.float64)
    at = np.unravel_index(int(rng.choice(weights.size, p=weights / weights.sum())), chance.shape)
    center = np.array([SEARCH_GRID.axis_mm(axis)[at[axis]] for axis in range(3)], np.float64)
    if kind == "glioma":
        return center, np.zeros(3)
    inward = np.array([float(np.gradient(place.depth_mm, axis=a)[at]) for a in range(3)])
    inward /= np.linalg.norm(inward)
    return center + inward * (0.55 * radius_mm - float(place.depth_mm[at])), inward


def _glioma_chance(
    place: Place, brain: Brain, sign: float, radius_mm: float, rng: np.random.Generator
) -> Field:
    x, y, z = place.template_mm
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


def _meningioma_chance(place: Place, sign: float, radius_mm: float) -> Field:
    x, y, z = place.template_mm
    surface = (place.depth_mm > 0) & (place.depth_mm < 6)
    convex = surface & (z > -5) & (sign * x > 0.45 * radius_mm + 4)
    return np.asarray(convex & ~((y < -80) & (z < 15)), np.float32)


def patient_position(person: Person, template_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the point of the patient, in RAS+ mm, that lies at a template position."""
    back = np.linalg.inv(person.linear)
    guess: NDArray[np.float64] = back @ template_mm
    for _ in range(8):
        point = Grid((1, 1, 1), (1.0, 1.0, 1.0), (guess[0], guess[1], guess[2]))
        found = locate(person, point).template_mm[:, 0, 0, 0]
        guess = guess + back @ (template_mm - found)
    return guess


def _grown(seedling: Lesion, person: Person) -> Lesion:
    grid = seedling.grid
    place = locate(person, grid, moved_mm(person, seedling, grid))
    brain = brain_at(person, place)
    lump, broad = on_grid(seedling.lump, grid), on_grid(person.broad, grid)
    if seedling.kind == "glioma":
        core_time = _infiltration(seedling, place, brain, lump, broad)
    elif seedling.kind == "meningioma":
        core_time = _dural_mass(seedling, lump, broad)
    else:
        core_time = _sellar_mass(seedling, lump)
    edema_time = np.full(grid.shape, NEVER, np.float32)
    if seedling.edema_ml > 0:
        count = max(1, round(seedling.core_ml / grid.voxel_ml))
        allowed = may_hold(seedling.kind, place, brain)
        core = earliest(core_time, allowed, count, voxel_ml=grid.voxel_ml, what="core")
        along = 1.5 + 1.5 * seedling.character["speed"]
        speed = (0.12 + brain.white * along + 0.25 * brain.gray) * np.exp(0.3 * broad)
        speed = np.where((place.depth_mm > 0) & (brain.fluid < 0.5), speed, 0.02)
        wanted = _enough(seedling, seedling.core_ml + seedling.edema_ml)
        spread = speed.astype(np.float32)
        edema_time = arrival_time(spread, core, grid.spacing[0], until=wanted)
    return replace(seedling, core_time=core_time, edema_time=edema_time)


def _enough(lesion: Lesion, volume_ml: float) -> int:
    """Count the voxels a front must reach so that a volume fits although some are forbidden."""
    return round(3 * volume_ml / lesion.grid.voxel_ml) + 1000


def _infiltration(lesion: Lesion, place: Place, brain: Brain, lump: Field, broad: Field) -> Field:
    """Let a front run through the brain; fluid and falx nearly stop it."""
    falx = (np.abs(place.template_mm[0]) < 1.2) & (place.template_mm[2] > 18)
    speed = np.exp(0.32 * broad + 0.2 * lump)
    speed = np.where((place.depth_mm > 0) & (brain.fluid < 0.55), speed, 0.12)
    speed = np.where(falx, 0.05 * speed, speed).astype(np.float32)
    start = np.zeros(speed.shape, bool)
    start[tuple(n // 2 for n in speed.shape)] = True
    wanted = _enough(lesion, lesion.core_ml)
    return arrival_time(speed, start, lesion.grid.spacing[0], until=wanted)


def _dural_mass(lesion: Lesion, lump: Field, broad: Field) -> Field:
    """Order voxels by an ellipsoidal distance that is flattened against the dura."""
    offset = lesion.grid.points_mm() - lesion.center_mm.astype(np.float32).reshape(3, 1, 1, 1)
    inward = np.tensordot(lesion.inward.astype(np.float32), offset, axes=1)
    across = np.sqrt(np.maximum((offset**2).sum(0) - inward**2, 0))
    tall = np.float32(0.75 + 0.35 * lesion.character["flat"])
    wide = np.float32(0.9 + 0.25 * lesion.character["wide"])
    distance = np.hypot(inward / tall, across / wide)
    return np.asarray(distance * np.exp(0.07 * broad + 0.05 * lump), np.float32)


def _sellar_mass(lesion: Lesion, lump: Field) -> Field:
    """Order voxels by a distance with a waist where the diaphragm of the sella holds the mass."""
    offset = lesion.grid.points_mm() - lesion.center_mm.astype(np.float32).reshape(3, 1, 1, 1)
    radius = np.sqrt((offset**2).sum(0))
    level = offset[2] - np.float32(2 * lesion.character["flat"])
    waist = 1 + np.float32(0.16 + 0.14 * lesion.character["wide"]) * np.exp(-((level / 3.0) ** 2))
    stretched = np.sqrt(radius**2 + 0.25 * (offset[0] ** 2 - offset[2] ** 2).clip(0))
    return np.asarray(stretched * waist * np.exp(0.07 * lump), np.float32)
