"""Draw the lesions of a kind and let them grow."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import Person, Place, brain_at, locate, shifted
from neuroscope.phantom.fields import Field, Grid, Number, cube, draw_noise, on_grid
from neuroscope.phantom.lesions.abscess import ABSCESS
from neuroscope.phantom.lesions.cavity import CAVITY
from neuroscope.phantom.lesions.ependymoma import EPENDYMOMA
from neuroscope.phantom.lesions.glioblastoma import GLIOBLASTOMA
from neuroscope.phantom.lesions.growth import NEVER, arrival_time, earliest
from neuroscope.phantom.lesions.kinds import Grown, Kind
from neuroscope.phantom.lesions.lesion import (
    Bounds,
    Lesion,
    Side,
    Wish,
    moved_at,
    pushing_ml,
    require_volume,
)
from neuroscope.phantom.lesions.low_grade_glioma import LOW_GRADE_GLIOMA
from neuroscope.phantom.lesions.medulloblastoma import MEDULLOBLASTOMA
from neuroscope.phantom.lesions.meningioma import MENINGIOMA
from neuroscope.phantom.lesions.metastases import METASTASES
from neuroscope.phantom.lesions.ms import MS
from neuroscope.phantom.lesions.pituitary import PITUITARY
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.schwannoma import SCHWANNOMA
from neuroscope.phantom.lesions.seeding import plant
from neuroscope.phantom.lesions.shape import Shape
from neuroscope.phantom.lesions.stroke import STROKE
from neuroscope.phantom.lesions.wmh import WMH

GROWTH_CELLS = 26  # the growth grid has about twice as many voxels along each axis
LARGEST_HALF_MM = 84.0
SITE_TRIES = 200
CHARACTER = ("place", "rim", "flat", "wide", "dose", "tail", "cyst", "speed", "push")

RECIPES: Mapping[Grown, Recipe] = MappingProxyType(
    {
        "glioblastoma": GLIOBLASTOMA,
        "low_grade_glioma": LOW_GRADE_GLIOMA,
        "meningioma": MENINGIOMA,
        "pituitary": PITUITARY,
        "metastases": METASTASES,
        "schwannoma": SCHWANNOMA,
        "medulloblastoma": MEDULLOBLASTOMA,
        "ependymoma": EPENDYMOMA,
        "stroke": STROKE,
        "ms": MS,
        "wmh": WMH,
        "abscess": ABSCESS,
        "cavity": CAVITY,
    }
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
    _require_volumes(kind, recipe.bounds, wish.core_ml, wish.edema_ml)
    _require_room(kind, recipe, wish, number)
    lesions: tuple[Lesion, ...] = ()
    for _ in range(number):
        lesions = (*lesions, _grown(kind, person, wish, rng, lesions, most=number))
    return lesions


def _require_volumes(
    kind: Kind, bounds: Bounds, core_ml: Number | None, edema_ml: Number | None
) -> None:
    """Refuse a wish that is out of bounds for one lesion."""
    if core_ml is not None:
        require_volume(f"{kind} core", core_ml, bounds.least_ml, bounds.most_ml)
    if edema_ml is not None:
        require_volume(f"{kind} edema", edema_ml, 0, bounds.most_edema_ml)


def _require_room(kind: Kind, recipe: Recipe, wish: Wish, number: int) -> None:
    """Refuse wishes that come to more than all lesions together may have."""
    core_ml, edema_ml = wish.core_ml or 0, wish.edema_ml or 0
    each_ml, room_ml = core_ml + edema_ml, recipe.most_together_ml
    if number > 1 and number * each_ml > room_ml:
        raise BadInputError(
            f"{number} lesions of {each_ml:g} ml each are {number * each_ml:g} ml; "
            f"a brain with {kind} holds at most {room_ml:g} ml.",
            fix=f"The nearest possible is {max(1, int(room_ml // each_ml))} of this size, "
            f"or {number} of {room_ml / number:.1f} ml, core and edema together.",
        )


def _refuse_for_none(wish: Wish) -> None:
    if wish != Wish():
        raise BadInputError(
            "A phantom of the kind none has no lesion to size or to place.",
            fix="Leave side, number and volumes out, or choose another kind.",
        )


def _grown(
    kind: Kind,
    person: Person,
    wish: Wish,
    rng: np.random.Generator,
    earlier: tuple[Lesion, ...],
    *,
    most: int,
) -> Lesion:
    recipe = RECIPES[kind]
    if wish.shape is not None:
        return _planted(kind, person, wish, wish.shape, rng)
    drawn_core, drawn_edema = recipe.volumes(rng)
    if most > 1:  # what nobody wished must fit
        drawn_core = min(drawn_core, 0.7 * recipe.most_together_ml / most)
        drawn_edema = min(drawn_edema, recipe.most_together_ml / most - drawn_core)
    core_ml = float(drawn_core if wish.core_ml is None else wish.core_ml)
    edema_ml = float(drawn_edema if wish.edema_ml is None else wish.edema_ml)
    side: Side = wish.side or ("left" if rng.random() < 0.5 else "right")
    character = dict(zip(CHARACTER, rng.random(len(CHARACTER)).tolist(), strict=True))
    character.update(_details(kind, wish, core_ml, rng))
    lump, grain = draw_noise(rng, 11), draw_noise(rng, 4.0)
    center, inward = _site(recipe, person, side, core_ml, rng, earlier)
    seedling = Lesion(
        kind=kind,
        side=side,
        center_mm=center,
        inward=inward,
        core_ml=core_ml,
        edema_ml=edema_ml,
        pushed_ml=recipe.pushed_part(character["push"]) * pushing_ml(core_ml, edema_ml),
        number=len(earlier),
        grid=front_grid(center, core_ml + edema_ml),
        core_time=np.zeros(0, np.float32),
        edema_time=np.zeros(0, np.float32),
        lump=lump,
        grain=grain,
        character=MappingProxyType(character),
    )
    return sprout(person, seedling)


def _site(
    recipe: Recipe,
    person: Person,
    side: Side,
    core_ml: float,
    rng: np.random.Generator,
    earlier: tuple[Lesion, ...],
) -> Site:
    """Draw a site that is apart from the earlier lesions."""
    radius = radius_mm(core_ml)
    for _ in range(SITE_TRIES):
        center, inward = recipe.site(person, side, radius, rng)
        gaps = [
            float(np.linalg.norm(center - other.center_mm)) - radius - radius_mm(other.core_ml)
            for other in earlier
        ]
        if recipe.gap_mm is None or all(gap > recipe.gap_mm for gap in gaps):
            return center, inward
    raise BadInputError(
        f"There is no place for lesion {len(earlier) + 1} of {core_ml:.1f} ml beside the others.",
        fix=f"The nearest possible is {len(earlier)} of this size; or ask for smaller ones.",
    )


def _details(
    kind: Kind, wish: Wish, core_ml: float, rng: np.random.Generator
) -> Mapping[str, float]:
    """Draw what only this kind has, and meet the wish for an enhancing volume."""
    details = RECIPES[kind].details(rng)
    if wish.enhancing_ml is None:
        return details
    if "enhancing" not in details:
        raise BadInputError(
            f"The enhancing volume of a phantom of the kind {kind} cannot be wished for.",
            fix="Leave it out: all of its core enhances, or choose a glioma.",
        )
    require_volume(f"{kind} enhancing part", wish.enhancing_ml, 0, core_ml)
    return {**details, "enhancing": wish.enhancing_ml / core_ml}


def _planted(
    kind: Kind, person: Person, wish: Wish, shape: Shape, rng: np.random.Generator
) -> Lesion:
    """Lay in the outline of a real tumor instead of letting one grow."""
    recipe = RECIPES[kind]
    if not recipe.takes_shape:
        raise BadInputError(
            f"A tumor's shape cannot be laid into a phantom of the kind {kind}.",
            fix=f"Choose from {', '.join(k for k, r in RECIPES.items() if r.takes_shape)}.",
        )
    character = dict(zip(CHARACTER, rng.random(len(CHARACTER)).tolist(), strict=True))
    found = plant(shape, person, recipe, side=wish.side, core_ml=wish.core_ml)
    edema_ml = found.edema_ml if wish.edema_ml is None else float(wish.edema_ml)
    character.update({**_details(kind, wish, found.core_ml, rng), "satellites": 0.0})
    if wish.enhancing_ml is None:
        character["enhancing"] = found.enhancing
    return Lesion(
        kind=kind,
        side=found.side,
        center_mm=found.center_mm,
        inward=np.zeros(3),
        core_ml=found.core_ml,
        edema_ml=edema_ml,
        pushed_ml=recipe.pushed_part(character["push"]) * pushing_ml(found.core_ml, edema_ml),
        number=0,
        grid=found.grid,
        core_time=found.core_time,
        edema_time=found.edema_time,
        inner_time=found.inner_time,
        lump=draw_noise(rng, 11),
        grain=draw_noise(rng, 4.0),
        character=MappingProxyType(character),
    )


def radius_mm(volume_ml: float) -> float:
    """Give the radius of the sphere of a volume."""
    return float(np.cbrt(volume_ml * 1000 * 3 / (4 * np.pi)))


def front_grid(center_mm: NDArray[np.float64], volume_ml: float) -> Grid:
    """Lay the grid that a lesion of a volume grows on."""
    half = min(2.0 * radius_mm(volume_ml) + 14, LARGEST_HALF_MM)
    return cube(center_mm.tolist(), half, max(1.25, half / GROWTH_CELLS))


def sprout(person: Person, seedling: Lesion) -> Lesion:
    """Let the fronts of core and edema run; only the times of the seedling are new.

    What regrows after a laid-in shape grows freely.
    """
    grid, recipe = seedling.grid, RECIPES[seedling.kind]
    front = Front(
        partial(_pushed_place, person, seedling),
        partial(brain_at, person, with_residual=False),
        on_grid(seedling.lump, grid),
        on_grid(person.broad, grid),
    )
    core_time = recipe.core_time(seedling, front)
    edema_time = np.full(grid.shape, NEVER, np.float32)
    if seedling.edema_ml > 0:
        count = max(1, round(seedling.core_ml / grid.voxel_ml))
        allowed = recipe.may_hold(front.place, front.brain)
        core = earliest(core_time, allowed, count, voxel_ml=grid.voxel_ml, what="core")
        until = seedling.enough(seedling.core_ml + seedling.edema_ml)
        edema_time = arrival_time(_swelling(seedling, front), core, grid.spacing[0], until=until)
    return replace(seedling, core_time=core_time, edema_time=edema_time, inner_time=None)


def _pushed_place(person: Person, lesion: Lesion) -> Place:
    """Find the grid of a lesion in a person whose tissue it has pushed aside."""
    place = locate(person, lesion.grid)
    if lesion.pushed_ml > 0:
        return shifted(person, place, moved_at(place, (lesion,)))
    return place


def _swelling(lesion: Lesion, front: Front) -> Field:
    """How fast edema spreads: along white matter, hardly through cortex, not through fluid."""
    along = 1.5 + 1.5 * lesion.character["speed"]
    speed = (0.12 + front.brain.white * along + 0.25 * front.brain.gray) * np.exp(0.3 * front.broad)
    open_to_it = (front.place.depth_mm > 0) & (front.brain.fluid < 0.5)
    return np.where(open_to_it, speed, 0.02).astype(np.float32)
