"""How labels look: how bright each is after contrast, and how much of it lies outside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from neuroscope.records.arrays import Array

LEAST_VOXELS = 10  # fewer say nothing about brightness
LEAST_FACES = 100  # of voxels; fewer say nothing about what lies outside
AROUND = 10  # voxels about the labels that stand for healthy brain
ENHANCES = 0.6  # real ET has 1.0 to 1.4, other labels at most 0 (false ET of algorithms 0.2)
IS_FLUID = -1.0  # real ventricles have -1.0 to -2.3, edema at least -0.95
FLUID_APART = 0.3  # darker than all other labels


@dataclass(frozen=True, slots=True)
class LabelLooks:
    """What was measured of labels.

    Attributes
    ----------
    present
        The numbers there are.
    brightness
        By label: median in quartile distances above the median of what lies around; empty without
        an image.
    faces
        By label: how many faces of its voxels look at no label, and at anything else.
    """

    present: frozenset[int]
    brightness: Mapping[int, float]
    faces: Mapping[int, tuple[int, int]]

    @property
    def enhancing(self) -> int | None:
        """The label that is far brighter than the brain and than all others."""
        if not self.brightness:
            return None
        best = max(self.brightness, key=lambda label: self.brightness[label])
        return best if self.brightness[best] >= ENHANCES else None

    @property
    def fluid(self) -> int | None:
        """The label that is as dark as fluid and clearly darker than all others."""
        if not self.brightness:
            return None
        first, *more = sorted(self.brightness, key=lambda label: self.brightness[label])
        apart = not more or self.brightness[more[0]] - self.brightness[first] >= FLUID_APART
        return first if apart and self.brightness[first] <= IS_FLUID else None

    def outside(self, labels: Iterable[int]) -> float | None:
        """Give which part of the surface of some labels faces what is not labeled."""
        counted = [self.faces[label] for label in labels if label in self.faces]
        every = sum(total for _, total in counted)
        return sum(out for out, _ in counted) / every if every >= LEAST_FACES else None


def look_at(labels: Array, t1c: Array | None, present: frozenset[int]) -> LabelLooks:
    """Measure labels, one at least, and how T1 after contrast looks in them."""
    cut, image = _around(labels, t1c)
    bright = {} if image is None else _brightness(cut, image, present)
    return LabelLooks(present, bright, _faces(cut, present))


def _around(labels: Array, t1c: Array | None) -> tuple[Array, Array | None]:
    """Cut out the labels and what lies around them."""
    places = np.argwhere(labels)
    first = np.maximum(places.min(0) - AROUND, 0)
    last = places.max(0) + AROUND + 1
    box = tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    if t1c is None:
        return labels[box], None
    air = t1c.ravel()[0]  # of the whole image: the corner of the box may be brain
    return labels[box], np.where(t1c[box] == air, np.nan, t1c[box])


def _brightness(labels: Array, t1c: Array, present: frozenset[int]) -> dict[int, float]:
    """Measure how bright each label is against what is near it; not a number is background."""
    wide = labels > 0
    for axis in range(wide.ndim):
        wide = ndimage.maximum_filter1d(wide, 2 * AROUND + 1, axis)
    rest = t1c[wide & (labels == 0) & np.isfinite(t1c)]
    if rest.size < LEAST_VOXELS:
        return {}
    low, middle, high = np.percentile(rest, (25, 50, 75))
    width = float(high - low) or 1.0
    inside = {label: t1c[(labels == label) & np.isfinite(t1c)] for label in present}
    return {
        label: (float(np.median(values)) - float(middle)) / width
        for label, values in inside.items()
        if values.size >= LEAST_VOXELS
    }


def _faces(labels: Array, present: frozenset[int]) -> dict[int, tuple[int, int]]:
    """Count by label the faces of its voxels toward no label, and toward anything else."""
    counted = dict.fromkeys(present, (0, 0))
    for axis in range(labels.ndim):
        along = np.moveaxis(labels, axis, 0)
        for here, there in ((along[:-1], along[1:]), (along[1:], along[:-1])):
            edge = here != there
            out = np.bincount(here[edge & (there == 0)], minlength=256)
            every = np.bincount(here[edge], minlength=256)
            counted = {
                n: (old + int(out[n]), total + int(every[n])) for n, (old, total) in counted.items()
            }
    return counted
