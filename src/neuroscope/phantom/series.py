"""Series of studies of one person, visit by visit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import (
    ACQUISITION,
    ANATOMY,
    LESION,
    Look,
    PhantomCase,
    Visit,
    lay_grid,
    scan,
)
from neuroscope.phantom.course import Course, LawName, usual_course
from neuroscope.phantom.fields import Number
from neuroscope.phantom.laid import Subject, lay
from neuroscope.phantom.lesions.kinds import MIMICS, resolve_kind
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.pose import STILL, draw_pose
from neuroscope.phantom.scanner.options import CLEAN, ScannerOptions
from neuroscope.phantom.scanner.sequences import SEQUENCES, checked_sequences
from neuroscope.phantom.story import Seen, held_by, seen_at, tell_story
from neuroscope.phantom.streams import require_seed
from neuroscope.phantom.visits import Present, presences
from neuroscope.records.progress import Progress, ignore

FIRST_DATE = date(2026, 1, 1)
MOST_VISITS, MOST_DAYS = 60, 20_000
POSE_STREAM = 1  # of the acquisition's streams of a visit
ScannerOfVisit = Callable[[int], ScannerOptions]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """When the visits are, and what happens between them.

    Attributes
    ----------
    days
        Of the visits, whole days since the first; they begin with 0 and rise.
    course
        How the lesion fares.
    moving
        Whether the head lies differently at each visit.
    """

    days: tuple[int, ...]
    course: Course = field(default_factory=Course)
    moving: bool = True

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.days, self.days[1:], strict=False))
        if not self.days or self.days[0] != 0 or not rising:
            raise BadInputError(
                f"Visits on the days {list(self.days)} make no series.",
                fix="Begin with day 0 and let the days rise.",
            )
        if len(self.days) > MOST_VISITS or self.days[-1] > MOST_DAYS:
            raise BadInputError(
                f"{len(self.days)} visits over {self.days[-1]} days are too many.",
                fix=f"The nearest possible are {MOST_VISITS} visits over {MOST_DAYS} days.",
            )


def usual_plan(
    kind: str,
    *,
    timepoints: int,
    interval_days: int = 60,
    law: LawName | None = None,
    doubling_days: Number | None = None,
    moving: bool = True,
) -> SeriesPlan:
    """Plan visits at even intervals.

    Without a law tumors grow exponentially, and what is no tumor stays as it is.

    Raises
    ------
    BadInputError
        For no visit at all, or an interval of no days.
    """
    if timepoints < 1 or interval_days < 1:
        raise BadInputError(
            f"{timepoints} visits every {interval_days} days are not possible.",
            fix="The nearest possible is 1 visit, and an interval of 1 day.",
        )
    resolved = resolve_kind(kind)
    days = tuple(number * interval_days for number in range(timepoints))
    chosen: LawName = law or ("stable" if resolved in {"none", *MIMICS} else "exponential")
    course = usual_course(chosen, resolved, days)
    if doubling_days is not None:
        course = replace(course, doubling_days=doubling_days)
    return SeriesPlan(days=days, course=course, moving=moving)


def make_series(
    kind: str,
    *,
    seed: int,
    plan: SeriesPlan,
    spacing_mm: Number = 1.0,
    slice_mm: Number | None = None,
    sequences: tuple[str, ...] = SEQUENCES,
    head: bool = False,
    atrophy: Number | None = None,
    wish: Wish = Wish(),
    scanner: ScannerOptions | ScannerOfVisit = CLEAN,
    progress: Progress = ignore,
) -> Iterator[PhantomCase]:
    """Make one study after the other, so that one is held in memory at a time.

    Anatomy, lesion and the acquisition of every visit draw from streams of their own: another plan
    changes neither the person nor where the lesion begins. `wish` gives the volumes of the first
    day; volumes that nobody wishes are drawn for the day on which they are largest. `scanner` may
    be a function that gives the scanner of a visit by its number. The
    person has one atrophy at all visits. All else as for `make_case`.

    Raises
    ------
    BadInputError
        If a wish cannot be met: the message says why and names the nearest that can.
    """
    resolved = resolve_kind(kind)
    require_seed(seed)
    looks = _looks(scanner, len(plan.days), sequences, head=head)
    grid, planes = lay_grid(spacing_mm, slice_mm, head=head)
    person = draw_person(np.random.default_rng([seed, ANATOMY]), atrophy=atrophy)
    subject = Subject(resolved, seed, person)
    story = tell_story(subject, wish, plan.course, plan.days, [seed, LESION])
    voxel_ml = grid.thickened(planes).voxel_ml
    visits = presences(story, plan.days, painted_ml=grid.voxel_ml, voxel_ml=voxel_ml)
    past: dict[str, list[Seen]] = {}
    for number, (now, look) in enumerate(zip(visits, looks, strict=True)):
        held = [held_by(past.get(name, []), lesion) for name, lesion in now.lesions.items()]
        laid = lay(person, tuple(now.lesions.values()), grid, held)
        for name, seen in seen_at(list(now.lesions), laid).items():
            past.setdefault(name, []).append(seen)
        visit = _visit(seed, number, now, moving=plan.moving)
        case = scan(subject, laid, replace(look, planes=planes), visit)
        progress((number + 1) / len(plan.days))
        yield replace(case, truth={**case.truth, **_of_visit(case, plan.course, now)})


def date_of(day: int) -> date:
    """Give the date of a day of a series; all series begin on the same date."""
    return FIRST_DATE + timedelta(days=day)


def _looks(
    scanner: ScannerOptions | ScannerOfVisit,
    visits: int,
    sequences: tuple[str, ...],
    *,
    head: bool,
) -> list[Look]:
    """Give each visit its sequences and its scanner; a wish that one refuses is refused at once."""
    scanners = [scanner(n) if callable(scanner) else scanner for n in range(visits)]
    return [
        Look(checked_sequences(sequences, options, head=head), head=head, scanner=options)
        for options in scanners
    ]


def _visit(seed: int, number: int, now: Present, *, moving: bool) -> Visit:
    """Open the streams of a visit; tissues are drawn as for a lone study, at every visit alike."""
    rng = np.random.default_rng([seed, ACQUISITION, number])
    posing = np.random.default_rng([seed, ACQUISITION, number, POSE_STREAM])
    tissue = np.random.default_rng([seed, ACQUISITION])
    pose = draw_pose(posing) if moving else STILL
    return Visit(rng, tissue, number, now.day, pose, now.known)


def _of_visit(case: PhantomCase, course: Course, now: Present) -> dict[str, object]:
    """Say what the truth of a visit tells beyond that of a lone study."""
    new_ml = now.lesions["new-lesion"].core_ml if "new-lesion" in now.lesions else 0.0
    left_out = [f"{name} is smaller than half a voxel and left out." for name in now.too_small]
    return {
        "visit": case.visit,
        "day": now.day,
        "date": date_of(now.day).isoformat(),
        "law": course.law,
        "new_lesion_ml": round(new_ml, 6),
        "scanner": _scanner_facts(case),
        "cautions": [*_cautions(case), *left_out],
    }


def _cautions(case: PhantomCase) -> list[str]:
    cautions = case.truth["cautions"]
    return [str(caution) for caution in cautions] if isinstance(cautions, list) else []


def _scanner_facts(case: PhantomCase) -> dict[str, object]:
    """Say how this visit was scanned: visits of a series may differ."""
    return {
        "field_t": case.scanner.field_t,
        "missing": list(case.scanner.missing),
        "planes": dict(case.planes),
        "spacing_mm": {
            name: [round(float(step), 4) for step in volume.spacing_mm]
            for name, volume in case.volumes.items()
        },
    }
