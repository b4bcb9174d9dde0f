"""Draw the lesions of a kind and let them grow."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import Person, brain_at, locate
from neuroscope.phantom.fields import Field, cube, draw_noise, on_grid
from neuroscope.phantom.lesions.glioblastoma import GLIOBLASTOMA
from neuroscope.phantom.lesions.growth import NEVER, arrival_time, earliest
from neuroscope.phantom.lesions.kinds import Kind
from neuroscope.phantom.lesions.lesion import Lesion, Side, Wish, moved_mm, require_volume
from neuroscope.phantom.lesions.meningioma import MENINGIOMA
from neuroscope.phantom.lesions.pituitary import PITUITARY
from neuroscope.phantom.lesions.recipe import Front, Recipe

GROWTH_CELLS = 26  # the growth grid has about twice as many voxels along each axis
LARGEST_HALF_MM = 84.0
CHARACTER = ("place", "rim", "flat", "wide", "dose", "tail", "cyst", "speed", "push")

RECIPES: Mapping[Kind, Recipe] = MappingProxyType(
    {"glioblastoma": GLIOBLASTOMA, "meningioma": MENINGIOMA, "pituitary": PITUITARY}
)


def grow(kind: Kind, person: Person, wish: Wish, rng: np.random.Generator) -> tuple[Lesion, ...]:
    """Draw the lesions of a kind and let them grow, in the order they will be painted.

    Raises
    ------
    BadInputError
        If the wish cannot be met.
    """
    if kind == "none":
        _refuse_for_none(wish)
        return ()
    recipe = RECIPES[kind]
    if wish.number is not None and not 1 <= wish.number <= recipe.most:
        raise BadInputError(
            f"A phantom of the kind {kind} cannot have {wish.number} lesions.",
            fix=f"Ask for 1 to {recipe.most}.",
        )
    number = wish.number or recipe.number(rng)
    return tuple(_grown(kind, person, wish, rng, n) for n in range(number))


def _refuse_for_none(wish: Wish) -> None:
    if wish != Wish():
        raise BadInputError(
            "A phantom of the kind none has no lesion to size or to place.",
            fix="Leave side, number and volumes out, or choose another kind.",
        )


def _grown(kind: Kind, person: Person, wish: Wish, rng: np.random.Generator, number: int) -> Lesion:
    recipe = RECIPES[kind]
    drawn_core, drawn_edema = recipe.volumes(rng)
    core_ml = float(drawn_core if wish.core_ml is None else wish.core_ml)
    edema_ml = float(drawn_edema if wish.edema_ml is None else wish.edema_ml)
    require_volume(f"{kind} core", core_ml, recipe.bounds.least_ml, recipe.bounds.most_ml)
    require_volume(f"{kind} edema", edema_ml, 0, recipe.bounds.most_edema_ml)
    side: Side = wish.side or ("left" if rng.random() < 0.5 else "right")
    character = dict(zip(CHARACTER, rng.random(len(CHARACTER)).tolist(), strict=True))
    lump, grain = draw_noise(rng, 11), draw_noise(rng, 4.0)
    center, inward = recipe.site(person, side, radius_mm(core_ml), rng)
    half = min(2.0 * radius_mm(core_ml + edema_ml) + 14, LARGEST_HALF_MM)
    seedling = Lesion(
        kind=kind,
        side=side,
        center_mm=center,
        inward=inward,
        core_ml=core_ml,
        edema_ml=edema_ml,
        pushed_ml=recipe.pushed_part(character["push"]) * (core_ml + 0.12 * edema_ml),
        number=number,
        grid=cube(center.tolist(), half, max(1.25, half / GROWTH_CELLS)),
        core_time=np.zeros(0, np.float32),
        edema_time=np.zeros(0, np.float32),
        lump=lump,
        grain=grain,
        character=MappingProxyType(character),
    )
    return _with_fronts(seedling, person, recipe)


def radius_mm(volume_ml: float) -> float:
    """Give the radius of the sphere of a volume."""
    return float(np.cbrt(volume_ml * 1000 * 3 / (4 * np.pi)))


def _with_fronts(seedling: Lesion, person: Person, recipe: Recipe) -> Lesion:
    grid = seedling.grid
    place = locate(person, grid, moved_mm(person, (seedling,), grid))
    brain = brain_at(person, place)
    front = Front(place, brain, on_grid(seedling.lump, grid), on_grid(person.broad, grid))
    core_time = recipe.core_time(seedling, front)
    edema_time = np.full(grid.shape, NEVER, np.float32)
    if seedling.edema_ml > 0:
        count = max(1, round(seedling.core_ml / grid.voxel_ml))
        allowed = recipe.may_hold(place, brain)
        core = earliest(core_time, allowed, count, voxel_ml=grid.voxel_ml, what="core")
        until = seedling.enough(seedling.core_ml + seedling.edema_ml)
        edema_time = arrival_time(_swelling(seedling, front), core, grid.spacing[0], until=until)
    return replace(seedling, core_time=core_time, edema_time=edema_time)


def _swelling(lesion: Lesion, front: Front) -> Field:
    """How fast edema spreads: along white matter, hardly through cortex, not through fluid."""
    along = 1.5 + 1.5 * lesion.character["speed"]
    speed = (0.12 + front.brain.white * along + 0.25 * front.brain.gray) * np.exp(0.3 * front.broad)
    open_to_it = (front.place.depth_mm > 0) & (front.brain.fluid < 0.5)
    return np.where(open_to_it, speed, 0.02).astype(np.float32)
