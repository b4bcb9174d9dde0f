"""What grows in one person over a whole series, and what of it is there on a day.

Fronts run once, for the largest volume of the series; a visit takes the part of them that its
volume fills. So growth is nested, and visits depend on each other only through shared voxels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import brain_at, locate
from neuroscope.phantom.course import Amount, Course, amount
from neuroscope.phantom.fields import Field, Number, resample
from neuroscope.phantom.laid import Laid, Subject
from neuroscope.phantom.lesions.growth import NEVER, Mask, earliest
from neuroscope.phantom.lesions.kinds import MIMICS, Kind
from neuroscope.phantom.lesions.lesion import Lesion, Wish, pushing_ml, ventricles
from neuroscope.phantom.lesions.registry import RECIPES, front_grid, grow, sprout
from neuroscope.phantom.lesions.settle import Held

ANYWHERE: frozenset[str] = frozenset(
    {"glioblastoma", "low_grade_glioma", "meningioma", "metastases"}
)  # kinds that can appear in a second place
APART_MM = 40.0  # between an old lesion and a new one
TRIES = 25
REGROWN_EDEMA, SECOND_EDEMA = 1.2, 1.0  # edema in parts of the core
LEAST_FIRST_ML = 0.1
LATER = 1e4  # a surgeon takes what has this penalty last


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """Lesions at their largest, and the volumes of the first day.

    Attributes
    ----------
    peak
        What the largest volumes of the primary lesions are in parts of the first day's.
    cavity
        The first lesion with the order in which a surgeon takes its voxels.
    """

    course: Course
    primary: tuple[Lesion, ...]
    peak: Amount
    cavity: Lesion | None = None
    regrown: Lesion | None = None
    second: Lesion | None = None


def tell_story(
    subject: Subject, wish: Wish, course: Course, days: Sequence[Number], seeds: Sequence[int]
) -> Story:
    """Let all lesions of a series grow to their largest.

    Parameters
    ----------
    wish
        Volumes on the first day; drawn ones are those of the day on which they are largest.
    seeds
        Of the lesions' random streams; others are derived for what comes later.

    Raises
    ------
    BadInputError
        If a volume cannot be reached.
    """
    _require_course(subject.kind, course)
    moments = [amount(course, day) for day in _moments(course, days)]
    peak = Amount(max(m.core for m in moments), max(m.edema for m in moments))
    largest = _largest(subject.kind, wish, peak)
    primary = grow(subject.kind, subject.person, largest, np.random.default_rng(seeds))
    if not primary:
        return Story(course, (), peak)
    first_ml = primary[0].core_ml / peak.core
    _require_first(primary[0], first_ml, course)
    story = Story(course, primary, peak)
    if course.law == "resection":
        most_ml = first_ml * max(m.regrown for m in moments)
        return _resected(subject, story, most_ml, np.random.default_rng([*seeds, 1]))
    if course.law == "new-lesion":
        most_ml = first_ml * max(m.second for m in moments)
        return replace(story, second=_elsewhere(subject, primary[0], most_ml, [*seeds, 2]))
    return story


def present(story: Story, day: Number) -> dict[str, Lesion]:
    """Say which lesions are there on a day, by an id that is the same at all visits.

    Those of the first day are `lesion-1`, `lesion-2` ...; surgery leaves `cavity` where `lesion-1`
    was, at whose margin `recurrence` grows; `new-lesion` appears elsewhere. They come in the order
    in which they take their voxels.
    """
    now, peak = amount(story.course, day), story.peak
    found: dict[str, Lesion] = {}
    for number, lesion in enumerate(story.primary):
        own = now
        if story.course.law == "resection" and number:  # one lesion is resected, the others stay
            own = amount(replace(story.course, law="stable"), day)
        core, edema = own.core / peak.core, own.edema / peak.edema
        if own.core:
            found[f"lesion-{number + 1}"] = _resized(lesion, core, edema)
    first_ml = story.primary[0].core_ml / peak.core if story.primary else 0.0
    if story.cavity is not None and now.cavity:
        age = {"age_days": float(day) - float(story.course.event_day)}
        edema_ml = story.cavity.edema_ml * now.edema / peak.edema
        found["cavity"] = replace(
            story.cavity,
            core_ml=first_ml * now.cavity,
            edema_ml=edema_ml,
            pushed_ml=0.0,
            character=MappingProxyType({**story.cavity.character, **age}),
        )
    for name, lesion_, part in (
        ("recurrence", story.regrown, now.regrown),
        ("new-lesion", story.second, now.second),
    ):
        if lesion_ is not None and part:
            share = first_ml * part / lesion_.core_ml
            found[name] = _resized(lesion_, share, share)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a lesion took at a visit, on its box of the painted grid."""

    core_ml: float
    whole_ml: float
    core: Mask
    whole: Mask


def seen_at(names: Sequence[str], laid: Laid) -> dict[str, Seen]:
    """Keep what later visits must agree with."""
    found = {}
    for name, tumor in zip(names, laid.tumors, strict=True):
        whole = tumor.labels > 0
        core = whole & (tumor.labels != 2)
        lesion = tumor.lesion
        found[name] = Seen(lesion.core_ml, lesion.core_ml + lesion.edema_ml, core, whole)
    return found


def held_by(past: Sequence[Seen], lesion: Lesion) -> Held:
    """Say which voxels earlier visits fix for a lesion of this size."""
    core_ml, whole_ml = lesion.core_ml, lesion.core_ml + lesion.edema_ml
    smaller = [s for s in past if s.core_ml <= core_ml]
    larger = [s for s in past if s.core_ml >= core_ml]
    thinner = [s for s in past if s.whole_ml <= whole_ml]
    thicker = [s for s in past if s.whole_ml >= whole_ml]
    return Held(
        core_least=max(smaller, key=lambda s: s.core_ml).core if smaller else None,
        core_most=min(larger, key=lambda s: s.core_ml).core if larger else None,
        whole_least=max(thinner, key=lambda s: s.whole_ml).whole if thinner else None,
        whole_most=min(thicker, key=lambda s: s.whole_ml).whole if thicker else None,
    )


def _moments(course: Course, days: Sequence[Number]) -> list[Number]:
    """List the days that count for the largest volumes: the visits, and that of the surgery."""
    if course.law != "resection":
        return list(days)
    return [*days, course.event_day - 1e-6]


def _require_course(kind: Kind, course: Course) -> None:
    if (kind == "none" or kind in MIMICS) and course.law != "stable":
        raise BadInputError(
            f"A phantom of the kind {kind} has no tumor that could follow the course {course.law}.",
            fix="Use the course stable, or a kind with a tumor.",
        )
    if course.law == "new-lesion" and kind not in ANYWHERE:
        raise BadInputError(
            f"A {kind} grows in one place only; there is none for a new lesion.",
            fix=f"Use one of {', '.join(sorted(ANYWHERE))}, or another course.",
        )


def _largest(kind: Kind, wish: Wish, peak: Amount) -> Wish:
    """Turn what is wished for the first day into what is there on the largest."""
    core_ml = None if wish.core_ml is None else wish.core_ml * peak.core
    edema_ml = None if wish.edema_ml is None else wish.edema_ml * peak.edema
    if core_ml is not None and kind != "none":
        most = RECIPES[kind].bounds.most_ml
        if core_ml > most:
            raise BadInputError(
                f"A {kind} of {wish.core_ml:g} ml on the first day would reach {core_ml:.1f} ml; "
                f"the most is {most:g} ml.",
                fix=f"The nearest possible first volume is {most / peak.core:.2f} ml; or let it "
                "grow more slowly, or for a shorter time.",
            )
    return replace(wish, core_ml=core_ml, edema_ml=edema_ml)


def _require_first(lesion: Lesion, first_ml: float, course: Course) -> None:
    if first_ml >= LEAST_FIRST_ML:
        return
    slower = course.doubling_days * np.log(lesion.core_ml / first_ml)
    slower /= max(np.log(lesion.core_ml / LEAST_FIRST_ML), 1e-3)
    raise BadInputError(
        f"To reach {lesion.core_ml:.1f} ml the {lesion.kind} would begin with {first_ml:.4f} ml; "
        f"the least is {LEAST_FIRST_ML:g} ml.",
        fix=f"The nearest possible doubling time is {slower:.0f} days; or ask for fewer visits.",
    )


def _resized(lesion: Lesion, core: float, edema: float) -> Lesion:
    """Give a lesion a part of its largest volumes; it pushes as much less."""
    core_ml, edema_ml = lesion.core_ml * core, lesion.edema_ml * edema
    most = pushing_ml(lesion.core_ml, lesion.edema_ml)
    pushed_ml = lesion.pushed_ml * pushing_ml(core_ml, edema_ml) / most
    return replace(lesion, core_ml=core_ml, edema_ml=edema_ml, pushed_ml=pushed_ml)


def _resected(subject: Subject, story: Story, most_ml: float, rng: np.random.Generator) -> Story:
    """Choose where the recurrence begins, and in which order the surgeon takes the tumor."""
    lesion, course = story.primary[0], story.course
    grid = lesion.grid
    place = locate(subject.person, grid)
    brain = brain_at(subject.person, place)
    before_ml = (
        lesion.core_ml / story.peak.core * float(np.exp(course.rate_per_day * course.event_day))
    )
    allowed = RECIPES[lesion.kind].may_hold(place, brain)
    count = max(1, round(before_ml / grid.voxel_ml))
    tumor = earliest(lesion.core_time, allowed, count, voxel_ml=grid.voxel_ml, what="core")
    margin = tumor & ~ndimage.binary_erosion(tumor)
    solid = margin & (place.depth_mm > 4) & (brain.fluid < 0.4) & ~ventricles(place, brain)
    chance = np.asarray(solid if solid.any() else margin, np.float32)
    center = grid.drawn_point(chance, rng)
    order = lesion.core_time
    regrown = None
    if most_ml > 0:
        _require_room(lesion, most_ml)
        regrown = _regrown(subject, lesion, center.tolist(), most_ml)
    if regrown is not None and course.residual > 0:
        near = resample(regrown.core_time, regrown.grid, grid, outside=NEVER)
        left = earliest(
            near, tumor, round(count * course.residual), voxel_ml=grid.voxel_ml, what="residual"
        )
        order = np.where(left, order + np.float32(LATER), order)
        regrown = _from_residual(regrown, lesion, left)
    cavity = replace(lesion, kind="cavity", core_time=order)
    return replace(story, cavity=cavity, regrown=regrown)


def _require_room(lesion: Lesion, most_ml: float) -> None:
    """Refuse a recurrence that outgrows what its kind can be."""
    limit = float(RECIPES[lesion.kind].bounds.most_ml)
    if most_ml > limit:
        raise BadInputError(
            f"The recurrence would grow to {most_ml:.0f} ml; a {lesion.kind} can have {limit:.0f}.",
            fix="Ask for fewer visits, a shorter interval, or more days to double.",
        )


def _regrown(
    subject: Subject, lesion: Lesion, center_mm: Sequence[float], most_ml: float
) -> Lesion:
    center = np.array(center_mm, np.float64)
    edema_ml = REGROWN_EDEMA * most_ml
    share = lesion.pushed_ml / pushing_ml(lesion.core_ml, lesion.edema_ml)
    seedling = replace(
        lesion,
        center_mm=center,
        core_ml=most_ml,
        edema_ml=edema_ml,
        pushed_ml=share * pushing_ml(most_ml, edema_ml),
        grid=front_grid(center, most_ml + edema_ml),
        number=lesion.number + 1,
    )
    return sprout(subject.person, seedling)


def _from_residual(regrown: Lesion, lesion: Lesion, left: Mask) -> Lesion:
    """Let what the surgeon left come first."""
    inside: Field = resample(left.astype(np.float32), lesion.grid, regrown.grid, outside=0.0)
    time = np.where(inside > 0.5, regrown.core_time * np.float32(1e-3), regrown.core_time)
    return replace(regrown, core_time=np.asarray(time, np.float32))


def _elsewhere(subject: Subject, lesion: Lesion, most_ml: float, seeds: Sequence[int]) -> Lesion:
    """Draw a new lesion far from the old one."""
    if most_ml <= 0:
        raise BadInputError(
            "The new lesion would appear after the last visit.",
            fix="Give an earlier day, or a later visit.",
        )
    bounds = RECIPES[lesion.kind].bounds
    core_ml = max(float(most_ml), float(bounds.least_ml))
    edema_ml = min(SECOND_EDEMA * core_ml, bounds.most_edema_ml)
    wish = Wish(core_ml=core_ml, edema_ml=edema_ml, number=1)
    for attempt in range(TRIES):
        rng = np.random.default_rng([*seeds, attempt])
        found = grow(subject.kind, subject.person, wish, rng)[0]
        if float(np.linalg.norm(found.center_mm - lesion.center_mm)) > APART_MM:
            return replace(found, core_ml=core_ml, number=1)
    raise BadInputError(
        f"There is no place for a new lesion {APART_MM:g} mm from the old one.",
        fix="Use another seed.",
    )
