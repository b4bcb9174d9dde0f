"""The truth of a whole series: growth rate, each lesion over time, and each visit's category."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from neuroscope.phantom.course import Course, LawName
from neuroscope.phantom.fields import Number
from neuroscope.phantom.response import (
    CRITERIA_OF,
    Burden,
    Response,
    Size,
    responses,
    why_not_assessed,
)
from neuroscope.phantom.series import SeriesPlan, date_of
from neuroscope.phantom.truth import Truth
from neuroscope.phantom.visits import ONE_RATE
from neuroscope.phantom.whole_voxels import fitted_rate

SCHEMA = "neuroscope/phantom-series-truth/2"
ROUND_RATE = 12  # digits of a rate per day
RATE_IS_OF: Mapping[LawName, str] = MappingProxyType(
    {
        "exponential": "core",
        "shrink": "core",
        "stable": "core",
        "gompertz": "core on day 0",
        "resection": "recurrence",
        "new-lesion": "new-lesion",
    }
)  # pseudo-progression has no rate
LESION_OF: Mapping[LawName, str] = MappingProxyType(
    {"resection": "recurrence", "new-lesion": "new-lesion"}
)

Row = Mapping[str, Any]


def series_truth(plan: SeriesPlan, visits: Sequence[Truth]) -> dict[str, Any]:
    """Gather what is known of a whole series from the truths of its visits."""
    course, kind = plan.course, _kind(visits)
    assessed = why_not_assessed(kind) is None
    measured = _measured(visits)
    burdens = [_burden(truth, measured) for truth in visits]
    found: Sequence[Response | None] = [None] * len(visits)
    if assessed:
        treated = 0 if course.law == "pseudo-progression" else None
        found = responses(burdens, baseline=_baseline(plan), radiotherapy_day=treated)
    return {
        "schema": SCHEMA,
        "kind": kind,
        "seed": visits[0]["seed"],
        "law": course.law,
        "days": list(plan.days),
        "dates": [date_of(day).isoformat() for day in plan.days],
        "event_day": course.event_day if course.law in ("resection", "new-lesion") else None,
        **_rates(plan, visits),
        "rano_criteria": CRITERIA_OF.get(kind),
        "rano_reason": why_not_assessed(kind),
        "measured": measured if assessed else None,
        "lesions": _lesions(plan.days, visits),
        "visits": [
            _visit(n, truth, burden, response, why_not_assessed(kind))
            for n, (truth, burden, response) in enumerate(zip(visits, burdens, found, strict=True))
        ],
    }


def _rates(plan: SeriesPlan, visits: Sequence[Truth]) -> dict[str, Any]:
    """Tell the rate that the voxels have, beside the one that was wished."""
    course, law = plan.course, plan.course.law
    wished, fitted = _wished_rate(course), None
    if law in ONE_RATE or law == "stable":
        fitted = fitted_rate(plan.days, [_number(truth["core_ml"]) for truth in visits])
    elif law in LESION_OF:
        fitted = fitted_rate(plan.days, _volumes(visits, LESION_OF[law]))
    if fitted is None and not any(_rows(truth) for truth in visits):
        wished = None  # nothing is there that could grow
    grows = wished is not None and wished > 0
    return {
        "growth_rate_per_day": _rounded(fitted),
        "wished_growth_rate_per_day": wished,
        "growth_rate_is_of": RATE_IS_OF.get(law) if wished is not None else None,
        "doubling_days": course.doubling_days if grows else None,
        "halving_days": course.doubling_days if wished is not None and wished < 0 else None,
    }


def _wished_rate(course: Course) -> float | None:
    """Give the rate of the law, negative where it shrinks; None where there is not one."""
    if course.law == "stable":
        return 0.0
    if course.law == "shrink":
        return -course.rate_per_day
    return course.rate_per_day if course.law in RATE_IS_OF else None


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, ROUND_RATE) + 0.0  # and no minus before a zero


def _baseline(plan: SeriesPlan) -> int:
    """Give the index of the visit to compare with: the first after surgery."""
    if plan.course.law != "resection":
        return 0
    after = [n for n, day in enumerate(plan.days) if day >= plan.course.event_day]
    return after[0] if after else len(plan.days)


def _measured(visits: Sequence[Truth]) -> str:
    """Measure what enhances if any of it is ever large enough, or else the core."""
    bright = any(row["is_measurable"]["ET"] for truth in visits for row in _rows(truth))
    return "ET" if bright else "core"


def _burden(truth: Truth, measured: str) -> Burden:
    sizes = {}
    for row in _rows(truth):
        longest, across = row["largest_part_mm"][measured]
        volume = row["volumes_ml"]["ET"] if measured == "ET" else row["core_ml"]
        sizes[row["id"]] = Size(longest * across, volume, row["is_measurable"][measured])
    return Burden(_number(truth["day"]), sizes)


def _visit(
    number: int, truth: Truth, burden: Burden, response: Response | None, reason: str | None
) -> dict[str, Any]:
    sizes = burden.lesions.values()
    return {
        "folder": f"tp{number}",
        "day": truth["day"],
        "core_ml": truth["core_ml"],
        "volumes_ml": truth["volumes_ml"],
        "burden_mm2": round(float(sum(size.product_mm2 for size in sizes)), 3),
        "burden_ml": round(float(sum(size.volume_ml for size in sizes)), 6),
        "midline_shift_mm": truth["midline_shift_mm"],
        "pose": truth["pose"],
        "rano_by_diameters": None if response is None else response.by_diameters,
        "rano_by_volume": None if response is None else response.by_volume,
        "needs_confirmation": None if response is None else response.needs_confirmation,
        "rano_reason": reason,
    }


def _lesions(days: Sequence[Number], visits: Sequence[Truth]) -> list[dict[str, Any]]:
    """Follow each lesion over the visits; volumes are 0 where it is not there."""
    kinds = {row["id"]: row["kind"] for truth in visits for row in _rows(truth)}
    lesions = []
    for name, kind in kinds.items():
        core = _volumes(visits, name)
        lesions.append(
            {
                "id": name,
                "kind": kind,
                "core_ml": core,
                "visits": [n for n, truth in enumerate(visits) if _row(truth, name)],
                "growth_rate_per_day": _rounded(fitted_rate(days, core)),
            }
        )
    return lesions


def _volumes(visits: Sequence[Truth], name: str) -> list[float]:
    rows = [_row(truth, name) for truth in visits]
    return [0.0 if row is None else float(row["core_ml"]) for row in rows]


def _row(truth: Truth, name: str) -> Row | None:
    return next((row for row in _rows(truth) if row["id"] == name), None)


def _rows(truth: Truth) -> Sequence[Row]:
    """Give the table of the tumors of a visit: a mimic has none."""
    rows = truth["lesions"]
    if not isinstance(rows, Sequence):
        raise TypeError("lesions is no table")
    return rows


def _kind(visits: Sequence[Truth]) -> Any:
    return visits[0]["kind"]


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
