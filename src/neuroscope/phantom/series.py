"""Series of studies of one person: visits, their truth, and the truth of the whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

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
from neuroscope.phantom.response import Burden, responses
from neuroscope.phantom.scanner.options import CLEAN, ScannerOptions
from neuroscope.phantom.scanner.sequences import SEQUENCES, checked_sequences
from neuroscope.phantom.story import Seen, held_by, present, seen_at, tell_story
from neuroscope.phantom.truth import Truth
from neuroscope.records.progress import Progress, ignore

SCHEMA = "neuroscope/phantom-series-truth/1"
FIRST_DATE = date(2026, 1, 1)
MOST_VISITS, MOST_DAYS = 60, 20_000
POSE_STREAM = 1  # of the acquisition's streams of a visit
MEASURABLE_ML = 0.52  # a ball of 10 mm
RATE_IS_OF: Mapping[LawName, str] = MappingProxyType(
    {
        "exponential": "core",
        "shrink": "core",
        "gompertz": "core on day 0",
        "resection": "core before surgery, and what grows after it",
        "new-lesion": "new lesion",
    }
)


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
    wish: Wish = Wish(),
    scanner: ScannerOptions = CLEAN,
    progress: Progress = ignore,
) -> Iterator[PhantomCase]:
    """Make one study after the other, so that one is held in memory at a time.

    Anatomy, lesion and the acquisition of every visit draw from streams of their own: another plan
    changes neither the person nor where the lesion begins. `wish` gives the volumes of the first
    day; volumes that nobody wishes are drawn for the day on which they are largest. All else as for
    `make_case`.

    Raises
    ------
    BadInputError
        If a wish cannot be met: the message says why and names the nearest that can.
    """
    resolved = resolve_kind(kind)
    if seed < 0:
        raise BadInputError(f"The seed is {seed}.", fix="Use a whole number from 0.")
    chosen = checked_sequences(sequences, scanner, head=head)
    grid, planes = lay_grid(spacing_mm, slice_mm, head=head)
    look = Look(chosen, planes=planes, head=head, scanner=scanner)
    person = draw_person(np.random.default_rng([seed, ANATOMY]))
    subject = Subject(resolved, seed, person)
    story = tell_story(subject, wish, plan.course, plan.days, [seed, LESION])
    past: dict[str, list[Seen]] = {}
    for number, day in enumerate(plan.days):
        lesions = present(story, day)
        lesions = {
            name: lesion for name, lesion in lesions.items() if lesion.core_ml >= grid.voxel_ml / 2
        }
        held = [held_by(past.get(name, []), lesion) for name, lesion in lesions.items()]
        laid = lay(person, tuple(lesions.values()), grid, held)
        for name, seen in seen_at(list(lesions), laid).items():
            past.setdefault(name, []).append(seen)
        visit = _visit(seed, number, day, moving=plan.moving)
        case = scan(subject, laid, look, visit)
        new_ml = lesions["second"].core_ml if "second" in lesions else 0.0
        own = {
            "visit": number,
            "day": day,
            "date": date_of(day).isoformat(),
            "law": plan.course.law,
            "new_lesion_ml": round(new_ml, 6),
        }
        progress((number + 1) / len(plan.days))
        yield replace(case, truth={**case.truth, **own})


def date_of(day: int) -> date:
    """Give the date of a day of a series; all series begin on the same date."""
    return FIRST_DATE + timedelta(days=day)


def series_truth(plan: SeriesPlan, visits: Sequence[Truth]) -> dict[str, Any]:
    """Gather what is known of a whole series: growth rate and the category of each visit."""
    course = plan.course
    core = [_number(truth["core_ml"]) for truth in visits]
    enhancing = any(_part(truth, "volumes_ml", "ET") > 0 for truth in visits)
    burdens = _burdens(visits, enhancing=enhancing)
    baseline, treated = 0, None
    if course.law == "resection":
        after = [n for n, day in enumerate(plan.days) if day >= course.event_day]
        baseline = after[0] if after else len(plan.days)
    if course.law == "pseudo-progression":
        treated = 0
    found = responses(burdens, baseline=baseline, radiotherapy_day=treated)
    sign = {"shrink": -1.0}.get(course.law, 1.0) if course.law in RATE_IS_OF else 0.0
    has_event = course.law in ("resection", "new-lesion")
    return {
        "schema": SCHEMA,
        "kind": visits[0]["kind"],
        "seed": visits[0]["seed"],
        "law": course.law,
        "days": list(plan.days),
        "dates": [date_of(day).isoformat() for day in plan.days],
        "event_day": course.event_day if has_event else None,
        "doubling_days": course.doubling_days if sign else None,
        "growth_rate_per_day": sign * course.rate_per_day,
        "growth_rate_is_of": RATE_IS_OF.get(course.law),
        "fitted_growth_rate_per_day": (
            fitted_rate(plan.days, core) if course.law in ("exponential", "shrink") else None
        ),
        "measured": "ET" if enhancing else "core",
        "visits": [
            {
                "folder": f"tp{n}",
                "day": plan.days[n],
                "core_ml": core[n],
                "volumes_ml": visits[n]["volumes_ml"],
                "burden_mm2": burdens[n].product_mm2,
                "burden_ml": burdens[n].volume_ml,
                "midline_shift_mm": visits[n]["midline_shift_mm"],
                "pose": visits[n]["pose"],
                "rano_by_diameters": found[n].by_diameters,
                "rano_by_volume": found[n].by_volume,
                "needs_confirmation": found[n].needs_confirmation,
            }
            for n in range(len(visits))
        ],
    }


def fitted_rate(days: Sequence[Number], volumes_ml: Sequence[Number]) -> float | None:
    """Fit log volume by a line through all visits with a lesion; None for fewer than two."""
    seen = [(float(d), float(np.log(v))) for d, v in zip(days, volumes_ml, strict=True) if v > 0]
    if len(seen) < 2:
        return None
    at, log = np.array(seen).T
    return float(np.polyfit(at, log, 1)[0])


def _visit(seed: int, number: int, day: int, *, moving: bool) -> Visit:
    """Open the streams of a visit; tissues are drawn as for a lone study, at every visit alike."""
    rng = np.random.default_rng([seed, ACQUISITION, number])
    posing = np.random.default_rng([seed, ACQUISITION, number, POSE_STREAM])
    tissue = np.random.default_rng([seed, ACQUISITION])
    return Visit(rng, tissue, number, day, draw_pose(posing) if moving else STILL)


def _burdens(visits: Sequence[Truth], *, enhancing: bool) -> list[Burden]:
    key = "ET" if enhancing else "core"
    burdens, known = [], False
    for truth in visits:
        volume = _part(truth, "volumes_ml", "ET") if enhancing else _number(truth["core_ml"])
        shown = _number(truth.get("new_lesion_ml", 0.0)) >= MEASURABLE_ML
        product = _part(truth, "bidimensional_product_mm2", key)
        burdens.append(Burden(_number(truth["day"]), product, volume, shown and not known))
        known = known or shown
    return burdens


def _part(truth: Truth, name: str, key: str) -> float:
    table = truth[name]
    if not isinstance(table, Mapping):
        raise TypeError(f"{name} is no table")
    return _number(table[key])


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
