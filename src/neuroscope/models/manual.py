"""Take a mask that somebody drew, or another program made, for the segmentation."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import GeometryMismatchError
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmented import Segmented
from neuroscope.records.volume import Volume

LEAST_INSIDE = 0.5  # of the mask must lie in the head's brain, or it is of another space
MOST_LOST = 0.02  # of the volume may go when the mask is laid on another grid
LOOKS_NORMAL, LOOKS_ILL = 0.4, 1.2  # quartile distances from the brain's median
LEAST_VOXELS = 30  # fewer say nothing about brightness
APART_MM = 3.0  # nearer, a header that was lost does no harm
STEP = 2  # voxels; every second one is looked at

Bool = NDArray[np.bool_]

EMPTY = "The mask is empty: nothing was segmented."
HEADER_LOST = "Its header was lost: save it again with the header of the image it was drawn on."
DRAWN = "The segmentation was given, not made here: how sure it is cannot be told."


class ManualSegmenter:
    """A given segmentation that answers for a segmenter."""

    def __init__(self, given: Segmentation, *, cautions: tuple[str, ...] = ()) -> None:
        """Keep a segmentation in the frame of the prepared study, on any grid."""
        self.given = given
        self.cautions = cautions

    def segment(self, study: SegmenterStudy) -> Segmented:
        """Lay the given labels on the grid of the brain mask, each voxel from its nearest.

        Raises
        ------
        GeometryMismatchError
            If the mask lies outside the brain, its header says nothing of where it lies, or it
            looks like the mirror image of what the sequences show.
        """
        given = Volume(np.asarray(self.given.labels), self.given.affine)
        brain = np.asarray(study.brain.voxels) > 0.5
        cautions = [*self.cautions, DRAWN]
        if not np.any(given.voxels):
            cautions.append(EMPTY)
        _require_header(given, study.brain)
        _require_inside(given, study.brain)
        labels = np.asarray(given.voxels, np.uint8)
        if not given.same_grid(study.brain, tolerance_mm=0.01):
            labels = nearest(given, study.brain)
            cautions.append(_moved(given, labels, study.brain))
        _require_not_mirrored(labels, study.volumes, study.brain, brain)
        kept = Segmentation(labels, study.brain.affine, self.given.tissues, self.given.author)
        return Segmented(segmentation=kept, present=tuple(study.volumes), cautions=tuple(cautions))


def nearest(labels: Volume, like: Volume) -> NDArray[np.uint8]:
    """Sample labels on another grid, each voxel from its nearest; 0 beyond their edge."""
    to_own = np.linalg.inv(labels.affine) @ like.affine
    sampled = ndimage.affine_transform(
        np.asarray(labels.voxels, np.uint8), to_own[:3, :3], to_own[:3, 3],
        output_shape=like.shape, order=0, mode="grid-constant", cval=0,
    )  # fmt: skip
    return np.asarray(sampled, np.uint8)


def _require_header(given: Volume, brain: Volume) -> None:
    """Refuse a mask with as many voxels as the study whose first voxel lies at the origin.

    Programs that know nothing of space write such headers; the place they give means nothing.
    """
    is_bare = not given.affine[:3, 3].any() and not np.any(
        given.affine[:3, :3] - np.diag(np.diag(given.affine)[:3])
    )
    corner = np.array(given.shape) - 1
    apart = [given.to_mm(at) - brain.to_mm(at) for at in (np.zeros(3), corner)]
    if given.shape == brain.shape and is_bare and np.linalg.norm(apart, axis=1).max() > APART_MM:
        raise GeometryMismatchError(
            "The mask has as many voxels as the study, but its header does not say where they "
            "lie: its first voxel is at the origin.",
            fix=HEADER_LOST,
        )


def _require_inside(given: Volume, brain: Volume) -> None:
    index = np.argwhere(np.asarray(given.voxels) > 0)
    if not len(index):
        return
    points = given.to_mm(index[:: max(1, len(index) // 20_000)])
    seen = np.rint(brain.to_voxel(points)).astype(int)
    fits = ((seen >= 0) & (seen < brain.shape)).all(1)
    inside = np.zeros(len(seen), bool)
    inside[fits] = np.asarray(brain.voxels)[tuple(seen[fits].T)] > 0.5
    if inside.mean() >= LEAST_INSIDE:
        return
    same_size = given.shape == brain.shape
    raise GeometryMismatchError(
        f"Only {100 * inside.mean():.0f} % of the mask lie in the brain: it is in another space "
        "than the study.",
        fix=f"The mask has as many voxels as the study. {HEADER_LOST}"
        if same_size
        else "Give the mask in the space of the image it was drawn on, of the same study.",
    )


def _moved(given: Volume, labels: NDArray[np.uint8], like: Volume) -> str:
    before = np.count_nonzero(given.voxels) * float(np.prod(given.spacing_mm)) / 1000
    after = np.count_nonzero(labels) * float(np.prod(like.spacing_mm)) / 1000
    text = "The mask has another grid than the study: it was laid on it, each voxel from its "
    text += "nearest."
    if before and abs(after / before - 1) > MOST_LOST:
        text += f" Its volume changed from {before:.2f} to {after:.2f} ml."
    return text


def _require_not_mirrored(
    labels: NDArray[np.uint8], volumes: Mapping[str, Volume], brain: Volume, inside: Bool
) -> None:
    """Refuse a mask in whose place all looks normal, while its mirror image looks ill."""
    thin = (slice(None, None, STEP),) * 3
    index = np.argwhere(labels[thin] > 0) * STEP
    within = np.argwhere(inside[thin]) * STEP
    if len(index) < LEAST_VOXELS or len(within) < LEAST_VOXELS:
        return
    points, all_mm = brain.to_mm(index), brain.to_mm(within)
    middle = (all_mm[:, 0].min() + all_mm[:, 0].max()) / 2
    there = points * [-1, 1, 1] + [2 * middle, 0, 0]
    if abs(float(points[:, 0].mean()) - middle) < np.ptp(points[:, 0]) / 2:
        return  # it reaches over the middle: both sides are ill
    looks = [
        (_strangeness(volume, points, all_mm), _strangeness(volume, there, all_mm))
        for volume in volumes.values()
    ]
    if looks and max(own for own, _ in looks) < LOOKS_NORMAL < LOOKS_ILL < max(
        mirrored for _, mirrored in looks
    ):
        raise GeometryMismatchError(
            "The mask seems to be mirrored: the brain looks normal inside it and diseased at the "
            "same place on the other side.",
            fix="Exchange left and right of the mask, or save it again with the header of the "
            "image it was drawn on.",
        )


def _strangeness(volume: Volume, points: NDArray[np.float64], brain: NDArray[np.float64]) -> float:
    """Measure how far the gray values at some points lie from those of the brain."""
    low, middle, high = np.percentile(_at(volume, brain), (25, 50, 75))
    width = float(high - low) or 1.0
    return abs(float(np.median(_at(volume, points))) - float(middle)) / width


def _at(volume: Volume, points: NDArray[np.float64]) -> NDArray[np.float64]:
    index = np.clip(np.rint(volume.to_voxel(points)).astype(int), 0, np.array(volume.shape) - 1)
    return np.asarray(volume.voxels[tuple(index.T)], np.float64)
