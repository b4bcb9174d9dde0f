"""Which lesions are there at each visit of a series, in volumes that whole voxels can have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from neuroscope.phantom.course import LawName
from neuroscope.phantom.fields import Number
from neuroscope.phantom.lesion_table import Known
from neuroscope.phantom.lesions.lesion import Lesion
from neuroscope.phantom.story import Story, present
from neuroscope.phantom.whole_voxels import voxels_for_rate

ONE_RATE: frozenset[LawName] = frozenset({"exponential", "shrink"})  # of all lesions, all the time


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """The lesions of one visit by id, what truth tells of them, and those left out as too small."""

    day: int
    lesions: dict[str, Lesion]
    known: tuple[Known, ...]
    too_small: tuple[str, ...]


def presences(
    story: Story, days: Sequence[int], *, painted_ml: Number, voxel_ml: Number
) -> list[Present]:
    """List what is there at all visits.

    Where one rate rules, the volumes of the cores are whole voxels, each within one of the law's,
    so that the rate that is fitted to them is as near to the law's as voxels allow.

    Parameters
    ----------
    painted_ml, voxel_ml
        Volume of a voxel of the painted grid, where less than half of one is left out, and of the
        images, whose voxels are counted.
    """
    found = [_present(story, day, painted_ml / 2) for day in days]
    if story.course.law not in ONE_RATE:
        return found
    seen = [visit for visit in found if visit.lesions]
    wished = [sum(lesion.core_ml for lesion in v.lesions.values()) / voxel_ml for v in seen]
    counts = voxels_for_rate([visit.day for visit in seen], wished)
    exact = {
        visit.day: _corrected(visit, (count - wish) * voxel_ml)
        for visit, count, wish in zip(seen, counts, wished, strict=True)
    }
    return [exact.get(visit.day, visit) for visit in found]


def _present(story: Story, day: int, least_ml: float) -> Present:
    everything = present(story, day)
    lesions = {name: lesion for name, lesion in everything.items() if lesion.core_ml >= least_ml}
    known = tuple(Known(name, lesion.core_ml) for name, lesion in lesions.items())
    return Present(day, lesions, known, tuple(sorted(everything.keys() - lesions.keys())))


def _corrected(visit: Present, by_ml: float) -> Present:
    """Give the largest lesion what is missing of a whole voxel."""
    name = max(visit.lesions, key=lambda name: visit.lesions[name].core_ml)
    lesion = visit.lesions[name]
    exact = replace(lesion, core_ml=lesion.core_ml + by_ml)
    return replace(visit, lesions={**visit.lesions, name: exact})
