"""The response category of each visit, from true measures: a small part of RANO 2.0.

Only what images show counts: no steroids, no clinical state. The full engine, with confirmation,
mixed tumors and thick slices, is not here; this gives phantoms an answer to test it with.

References
----------
Wen et al. 2023, RANO 2.0, J Clin Oncol 41:5187, doi:10.1200/JCO.23.01059. Limits of volume: +40 %
and -65 %, the cubes of the limits of the product of diameters for a sphere, rounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from neuroscope.phantom.fields import Number

Category = Literal["baseline", "CR", "PR", "SD", "PD"]

PROGRESS_2D, PARTIAL_2D = 1.25, 0.50
PROGRESS_VOLUME, PARTIAL_VOLUME = 1.40, 0.35
MEASURABLE_MM2, MEASURABLE_ML = 100.0, 0.52  # two diameters of 10 mm, and the ball they span
CONFIRM_DAYS = 84  # progression sooner after radiotherapy must be confirmed


@dataclass(frozen=True, slots=True)
class Limits:
    """From which part of the nadir it is worse, to which of the baseline better."""

    worse: float
    better: float
    measurable: float


DIAMETERS = Limits(PROGRESS_2D, PARTIAL_2D, MEASURABLE_MM2)
VOLUME = Limits(PROGRESS_VOLUME, PARTIAL_VOLUME, MEASURABLE_ML)


@dataclass(frozen=True, slots=True)
class Burden:
    """What is measured at one visit.

    Attributes
    ----------
    product_mm2
        Longest axial diameter times the longest across it, summed over the lesions.
    volume_ml
        Of the same lesions.
    is_new
        Whether a measurable lesion appeared since the visit before.
    """

    day: Number
    product_mm2: Number
    volume_ml: Number
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """The category of a visit by diameters and by volume; None before the baseline."""

    by_diameters: Category | None
    by_volume: Category | None
    needs_confirmation: bool = False


def responses(
    burdens: Sequence[Burden], *, baseline: int = 0, radiotherapy_day: Number | None = None
) -> tuple[Response, ...]:
    """Give every visit its category.

    Progression is measured against the smallest burden since the baseline, response against the
    baseline.

    Parameters
    ----------
    baseline
        Index of the visit to compare with, for example the first after surgery.
    radiotherapy_day
        When radiotherapy ended, if it did.
    """
    found = []
    for number, burden in enumerate(burdens):
        if number < baseline:
            found.append(Response(None, None))
            continue
        if number == baseline:
            found.append(Response("baseline", "baseline"))
            continue
        past = burdens[baseline:number]
        flat = _category(burden.product_mm2, [b.product_mm2 for b in past], DIAMETERS)
        solid = _category(burden.volume_ml, [b.volume_ml for b in past], VOLUME)
        if burden.is_new:
            flat = solid = "PD"
        early = radiotherapy_day is not None and burden.day - radiotherapy_day <= CONFIRM_DAYS
        found.append(Response(flat, solid, early and "PD" in (flat, solid)))
    return tuple(found)


def _category(now: Number, past: Sequence[Number], limits: Limits) -> Category:
    nadir, baseline = min(past), past[0]
    if now == 0:
        return "CR" if baseline > 0 else "SD"
    if nadir == 0:  # nothing was left: what comes back counts once it is measurable
        return "PD" if now >= limits.measurable else "SD"
    if now >= limits.worse * nadir:
        return "PD"
    return "PR" if now <= limits.better * baseline else "SD"
