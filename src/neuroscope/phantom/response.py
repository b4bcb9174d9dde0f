"""The response category of each visit, from true measures: a small part of RANO 2.0.

Only what images show counts: no steroids, no clinical state. The full engine, with confirmation,
mixed tumors and thick slices, is not here; this gives phantoms an answer to test it with.

References
----------
Wen et al. 2023, RANO 2.0, J Clin Oncol 41:5187, doi:10.1200/JCO.23.01059. Limits of volume: +40 %
and -65 %, the cubes of the limits of the product of diameters for a sphere, rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from neuroscope.phantom.fields import Number
from neuroscope.phantom.lesions.kinds import Kind

Category = Literal["baseline", "CR", "PR", "SD", "PD"]

CRITERIA_OF: Mapping[Kind, str] = MappingProxyType(
    {
        "glioblastoma": "RANO 2.0",
        "low_grade_glioma": "RANO 2.0",
        "metastases": "RANO-BM",
        "meningioma": "RANO for meningioma",
        "medulloblastoma": "RAPNO for medulloblastoma",
        "ependymoma": "RAPNO for ependymoma",
    }
)  # only RANO 2.0 is assessed here; a kind that is missing has no criteria of such a group
ASSESSED = "RANO 2.0"
CONFIRM_DAYS = 84  # progression sooner after radiotherapy must be confirmed


@dataclass(frozen=True, slots=True)
class Limits:
    """From which part of the nadir it is worse, to which of the baseline better."""

    worse: float
    better: float


DIAMETERS = Limits(1.25, 0.50)
VOLUME = Limits(1.40, 0.35)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a lesion is at a visit.

    Attributes
    ----------
    product_mm2
        Longest axial diameter of its largest part times the longest across it.
    volume_ml
        Of the whole lesion.
    is_measurable
        Whether both diameters are long enough to be measured.
    """

    product_mm2: Number
    volume_ml: Number
    is_measurable: bool


ABSENT = Size(0.0, 0.0, is_measurable=False)


@dataclass(frozen=True, slots=True)
class Burden:
    """All lesions of one visit, by an id that is the same at all visits."""

    day: Number
    lesions: Mapping[str, Size]

    def of(self, lesion: str) -> Size:
        """Give the size of a lesion that may be absent."""
        return self.lesions.get(lesion, ABSENT)


@dataclass(frozen=True, slots=True)
class Response:
    """The category of a visit by diameters and by volume; None before the baseline."""

    by_diameters: Category | None
    by_volume: Category | None
    needs_confirmation: bool = False


def why_not_assessed(kind: Kind) -> str | None:
    """Say why a kind gets no category; None if it does."""
    criteria = CRITERIA_OF.get(kind)
    if criteria == ASSESSED:
        return None
    if criteria is None:
        return "Not assessed: RANO 2.0 is for gliomas."
    return f"Not assessed: RANO 2.0 is for gliomas; {criteria} would apply."


def responses(
    burdens: Sequence[Burden], *, baseline: int = 0, radiotherapy_day: Number | None = None
) -> tuple[Response, ...]:
    """Give every visit its category.

    Progression is measured against the smallest burden since the baseline, response against the
    baseline. A lesion counts once it was measurable at the baseline or after it; then it counts at
    all visits. A measurable lesion that was not there at the baseline is progression. After a
    complete response whatever comes back is progression, measurable or not.

    Parameters
    ----------
    baseline
        Index of the visit to compare with, for example the first after surgery.
    radiotherapy_day
        When radiotherapy ended, if it did.
    """
    found: list[Response] = []
    for number, burden in enumerate(burdens):
        if number < baseline:
            found.append(Response(None, None))
            continue
        if number == baseline:
            found.append(Response("baseline", "baseline"))
            continue
        since = burdens[baseline : number + 1]
        was_complete = any(response.by_volume == "CR" for response in found)
        flat, solid = _categories(since, was_complete=was_complete)
        early = radiotherapy_day is not None and burden.day - radiotherapy_day <= CONFIRM_DAYS
        found.append(Response(flat, solid, early and "PD" in (flat, solid)))
    return tuple(found)


def _categories(since: Sequence[Burden], *, was_complete: bool) -> tuple[Category, Category]:
    """Compare the last of the visits since the baseline with those before it."""
    first, now = since[0], since[-1]
    counted = sorted(
        {name for b in since for name, size in b.lesions.items() if size.is_measurable}
    )
    is_new = any(now.of(n).is_measurable and first.of(n).volume_ml == 0 for n in counted)
    anything_left = any(size.volume_ml > 0 for size in now.lesions.values())
    if is_new or (was_complete and anything_left):
        return "PD", "PD"
    if counted and not anything_left:
        return "CR", "CR"
    flat = [sum((float(b.of(n).product_mm2) for n in counted), 0.0) for b in since]
    solid = [sum((float(b.of(n).volume_ml) for n in counted), 0.0) for b in since]
    return _category(flat, DIAMETERS), _category(solid, VOLUME)


def _category(course: Sequence[float], limits: Limits) -> Category:
    """Judge the last value of a burden; where nothing was measurable all is stable."""
    *past, now = course
    nadir, baseline = min(past), past[0]
    if now >= limits.worse * nadir and now > nadir:
        return "PD"
    return "PR" if baseline > 0 and now <= limits.better * baseline else "SD"
