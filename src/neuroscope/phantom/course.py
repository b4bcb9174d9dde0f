"""How a lesion fares between visits: laws of volume over time.

Every law says how large core, edema and the rest are on a day, relative to the first day. A law is
a function in `LAWS`.

References
----------
Doubling times: glioblastoma 50 days (Stensjoen et al. 2015, Neuro-Oncology 17:1402), meningioma
5.8 % a year (Zeidman et al. 2008, J Neurosurg 109:847); the others are judgment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.fields import Number

LawName = Literal[
    "exponential",
    "gompertz",
    "shrink",
    "stable",
    "resection",
    "new-lesion",
    "pseudo-progression",
]
LAW_NAMES: tuple[LawName, ...] = get_args(LawName)

DOUBLING_DAYS: Mapping[str, float] = MappingProxyType(
    {
        "glioblastoma": 50.0,
        "low_grade_glioma": 1100.0,
        "meningioma": 4480.0,
        "metastases": 60.0,
        "pituitary": 1500.0,
        "schwannoma": 1200.0,
        "medulloblastoma": 60.0,
        "ependymoma": 250.0,
    }
)
USUAL_DOUBLING_DAYS = 100.0
CEILING = 8.0  # a Gompertz course levels off at so many times the first volume
COLLAPSE_TO, COLLAPSE_DAYS = 0.6, 45.0  # a cavity shrinks to this part, in this time
OLD_EDEMA_DAYS = 60.0  # the time in which edema of a resected tumor goes
QUIET_DAYS = 60.0  # from surgery to the first voxel of a recurrence
FIRST_PART = 0.04  # of the first day's core: what a recurrence or a new lesion begins with
SWELLING, PEAK_DAYS, DECLINE_DAYS = 1.0, 60.0, 300.0  # pseudo-progression


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happens between the visits.

    Attributes
    ----------
    law
        One of `LAW_NAMES`.
    doubling_days
        Of growth (for `shrink` the time in which half is gone).
    event_day
        Of the surgery, or on which a new lesion appears. Day 0 is the first visit.
    residual
        The part of the core that surgery leaves, 0..0.9.
    """

    law: LawName = "exponential"
    doubling_days: Number = 50.0
    event_day: Number = 0.0
    residual: Number = 0.0

    def __post_init__(self) -> None:
        if not self.doubling_days > 0:
            raise BadInputError(
                f"A doubling time of {self.doubling_days:g} days is not possible.",
                fix="Give a number of days above 0.",
            )
        if not 0 <= self.residual <= 0.9:
            raise BadInputError(
                f"Surgery cannot leave a part of {self.residual:g} of a tumor here.",
                fix="Choose 0 (all is taken) to 0.9.",
            )

    @property
    def rate_per_day(self) -> float:
        """Growth rate: the derivative of the logarithm of the volume."""
        return float(np.log(2) / self.doubling_days)


@dataclass(frozen=True, slots=True)
class Amount:
    """What is there on a day; all but edema in parts of the first day's core, edema in its own.

    `regrown` is residual and recurrence after surgery, `second` a new lesion elsewhere.
    """

    core: float
    edema: float
    cavity: float = 0.0
    regrown: float = 0.0
    second: float = 0.0


def resolve_law(name: str) -> LawName:
    """Accept the name of a law.

    Raises
    ------
    BadInputError
        For an unknown name.
    """
    plain = name.strip().lower().replace("_", "-")
    for law in LAW_NAMES:
        if plain == law:
            return law
    raise BadInputError(
        f"There is no course named {name!r}.", fix=f"Use one of {', '.join(LAW_NAMES)}."
    )


def usual_course(law: LawName, kind: str, days: Sequence[Number]) -> Course:
    """Choose the usual course of a kind: its doubling time, and an event between visits.

    Surgery comes midway between the first two visits, a new lesion between the last two.
    """
    doubling = DOUBLING_DAYS.get(kind, USUAL_DOUBLING_DAYS)
    first, later = (days[:2], days[-2:]) if len(days) > 1 else ((0, 0), (0, 0))
    event = sum(first) / 2 if law == "resection" else sum(later) / 2
    if law == "shrink":
        doubling = min(doubling, USUAL_DOUBLING_DAYS)  # treated tumors shrink within months
    return Course(law=law, doubling_days=doubling, event_day=float(event))


def amount(course: Course, day: Number) -> Amount:
    """Say what is there on a day."""
    return LAWS[course.law](float(day), course)


def _exponential(day: float, course: Course) -> Amount:
    factor = float(np.exp(course.rate_per_day * day))
    return Amount(factor, factor)


def _gompertz(day: float, course: Course) -> Amount:
    """Let growth slow down: V = V0 exp(ln C (1 - exp(-a t))), rate k at the start, ceiling C V0."""
    span = np.log(CEILING)
    slowing = course.rate_per_day / span
    factor = float(np.exp(span * (1 - np.exp(-slowing * day))))
    return Amount(factor, factor)


def _shrink(day: float, course: Course) -> Amount:
    factor = float(np.exp(-course.rate_per_day * day))
    return Amount(factor, factor)


def _stable(_day: float, _course: Course) -> Amount:
    return Amount(1.0, 1.0)


def _resection(day: float, course: Course) -> Amount:
    since = day - course.event_day
    if since < 0:
        return _exponential(day, course)
    removed = float(np.exp(course.rate_per_day * course.event_day)) * (1 - course.residual)
    left = removed / (1 - course.residual) * course.residual
    collapsed = COLLAPSE_TO + (1 - COLLAPSE_TO) * float(np.exp(-since / COLLAPSE_DAYS))
    growing = float(np.exp(course.rate_per_day * (since - QUIET_DAYS)))
    regrown = left * float(np.exp(course.rate_per_day * since))
    if course.residual == 0 and since > QUIET_DAYS:
        regrown = FIRST_PART * growing
    edema = 0.6 * float(np.exp(-since / OLD_EDEMA_DAYS))
    return Amount(0.0, edema, 0.95 * removed * collapsed, regrown)


def _new_lesion(day: float, course: Course) -> Amount:
    since = day - course.event_day
    second = FIRST_PART * float(np.exp(course.rate_per_day * since)) if since >= 0 else 0.0
    return Amount(1.0, 1.0, second=second)


def _pseudo_progression(day: float, _course: Course) -> Amount:
    """Swell for some weeks after radiotherapy (day 0), then shrink without a change of therapy."""
    bump = day / PEAK_DAYS * float(np.exp(1 - day / PEAK_DAYS))
    factor = (1 + SWELLING * bump) * float(np.exp(-day / DECLINE_DAYS))
    return Amount(factor, factor)


LAWS: Mapping[LawName, Callable[[float, Course], Amount]] = MappingProxyType(
    {
        "exponential": _exponential,
        "gompertz": _gompertz,
        "shrink": _shrink,
        "stable": _stable,
        "resection": _resection,
        "new-lesion": _new_lesion,
        "pseudo-progression": _pseudo_progression,
    }
)
