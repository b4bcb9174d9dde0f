"""A person on one day: who it is, what has grown, and where all of it lies on a grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Person, Place, brain_at, locate, shifted
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.kinds import Kind
from neuroscope.phantom.lesions.lesion import Lesion, moved_at
from neuroscope.phantom.lesions.settle import Held, settle
from neuroscope.phantom.lesions.tumor import Labels, Tumor


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Who is scanned: the same at every visit."""

    kind: Kind
    seed: int
    person: Person


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """What a head holds on one day, on the grid that is painted on."""

    lesions: tuple[Lesion, ...]
    place: Place
    brain: Brain
    tumors: tuple[Tumor, ...]

    def labels(self) -> Labels:
        """Return the labels of all lesions on the whole grid."""
        labels = np.zeros(self.place.grid.shape, np.uint8)
        for tumor in self.tumors:
            labels[tumor.box] = np.where(tumor.labels > 0, tumor.labels, labels[tumor.box])
        return labels


def lay(person: Person, lesions: tuple[Lesion, ...], grid: Grid, held: Sequence[Held] = ()) -> Laid:
    """Lay a person and grown lesions on a grid; `held` is what other visits fix for each."""
    place = locate(person, grid)
    if any(lesion.pushed_ml > 0 for lesion in lesions):
        place = shifted(person, place, moved_at(place, lesions))
    brain = brain_at(person, place)
    return Laid(lesions, place, brain, settle(lesions, place, brain, held))
