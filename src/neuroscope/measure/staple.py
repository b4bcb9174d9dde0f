"""One outline out of several readers', and how good each of them is: STAPLE.

Every reader is taken to mark a voxel of the truth with one probability (sensitivity) and to leave
out a voxel beside it with another (specificity). Neither the truth nor these two are known;
expectation maximization finds them together.

References
----------
Warfield, Zou and Wells 2004 (doi:10.1109/TMI.2004.828354). Rohlfing et al. 2004 and Asman and
Landman 2011 (doi:10.1109/TMI.2011.2147795) for what a large background does to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.records.arrays import Array

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]
Rates = NDArray[np.float64]

MARGIN = 2  # voxels around what anybody marked
FIRST_GUESS = 0.99999  # of sensitivity and specificity, as ITK begins: readers are mostly right
SURE = 1e-9  # rates stay this far from 0 and 1, so that no voxel is decided beyond argument
STEPS = 500
SETTLED = 1e-9
MOST_READERS = 62  # a pattern of marks is one 64-bit number


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """What several readers together say.

    Attributes
    ----------
    p_inside
        Probability that a voxel belongs to the truth, shape of the masks; 0 outside `box`.
    sensitivity, specificity
        Of each reader by name, against this consensus; specificity within `box` only. nan where
        nobody marked anything.
    prior
        Share of `box` that was taken to belong to the truth beforehand: the mean of all readers.
    box
        The part that was weighed: what anybody marked, and a margin.
    settled
        Whether the rates stopped changing.
    """

    p_inside: NDArray[np.float32]
    sensitivity: Mapping[str, float]
    specificity: Mapping[str, float]
    prior: float
    box: Box
    settled: bool

    @property
    def mask(self) -> Mask:
        """Voxels that more probably belong to the truth than not."""
        return np.asarray(self.p_inside > 0.5)


def staple(masks: Mapping[str, Array], *, margin: int = MARGIN) -> Consensus:
    """Join the masks of several readers into a probability, and estimate how good each reader is.

    Parameters
    ----------
    masks
        True inside, by reader; two readers or more, all of one shape (two or three axes).
    margin
        Voxels around the marked ones that count as background. All background there is would make
        every reader specific and let the most generous outline win.

    Returns
    -------
    Consensus
        With probabilities of 0 everywhere if nobody marked anything.

    Raises
    ------
    BadInputError
        For fewer than two readers, or more than 62.
    GeometryMismatchError
        If the shapes differ.

    Notes
    -----
    The prior stays what the readers marked on average. Where they strew marks far from a small
    truth it is too high, and sensitivities come out too low: by .045 in a simulation with 5 % of
    truth and 1 to 10 % of false marks everywhere.
    """
    stacked = stacked_masks(masks)
    names = tuple(masks)
    box = marked_box(np.asarray(stacked.any(0)), margin)
    p_inside = np.zeros(stacked.shape[1:], np.float32)
    if not stacked.any():
        unknown = dict.fromkeys(names, float("nan"))
        return Consensus(p_inside, unknown, unknown, 0.0, box, True)
    marks, which, count = _patterns(stacked[(slice(None), *box)])
    prior = float((marks.mean(1) * count).sum() / count.sum())
    sensitivity = specificity = np.full(len(names), FIRST_GUESS)
    settled = False
    for _ in range(STEPS):
        p_truth = _posterior(marks, sensitivity, specificity, prior)
        before = np.concatenate([sensitivity, specificity])
        sensitivity = _rate(marks, p_truth * count)
        specificity = _rate(~marks, (1 - p_truth) * count)
        if np.abs(np.concatenate([sensitivity, specificity]) - before).max() < SETTLED:
            settled = True
            break
    p_truth = _posterior(marks, sensitivity, specificity, prior)
    p_inside[box] = p_truth[which].reshape(p_inside[box].shape)
    return Consensus(
        p_inside,
        dict(zip(names, sensitivity.tolist(), strict=True)),
        dict(zip(names, specificity.tolist(), strict=True)),
        prior,
        box,
        settled,
    )


def stacked_masks(masks: Mapping[str, Array]) -> Mask:
    """Put the masks of two readers or more into one array `(readers, ...)`, in their order.

    Raises
    ------
    BadInputError
        For fewer than two readers, or more than 62.
    GeometryMismatchError
        If the shapes differ.
    """
    if not 2 <= len(masks) <= MOST_READERS:
        raise BadInputError(
            f"There are masks of {len(masks)} readers.", fix=f"Give 2 to {MOST_READERS}."
        )
    shapes = {mask.shape for mask in masks.values()}
    if len(shapes) > 1:
        raise GeometryMismatchError(
            f"The readers drew on grids of the shapes {sorted(shapes)}.",
            fix="Lay all masks on the grid of the image first.",
        )
    return np.stack([np.asarray(mask, bool) for mask in masks.values()])


def marked_box(marked: Mask, margin: int) -> Box:
    """Find the smallest box around marked voxels, widened where the grid allows.

    The whole grid if nothing is marked.
    """
    box = []
    for axis, size in enumerate(marked.shape):
        others = tuple(other for other in range(marked.ndim) if other != axis)
        filled = np.flatnonzero(marked.any(axis=others))
        low, high = (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, size)
        box.append(slice(max(0, low - margin), min(size, high + margin)))
    return tuple(box)


def _patterns(stacked: Mask) -> tuple[Mask, NDArray[np.intp], Rates]:
    """Find the combinations of marks `(patterns, readers)`, that of each voxel, and their counts.

    Voxels with the same marks have the same probability, so that a step costs some dozen
    combinations and not a million voxels.
    """
    readers = len(stacked)
    flat = stacked.reshape(readers, -1)
    codes = np.zeros(flat.shape[1], np.int64)
    for number, marks in enumerate(flat):
        codes |= marks.astype(np.int64) << number
    found, which, count = np.unique(codes, return_inverse=True, return_counts=True)
    marks = (found[:, None] >> np.arange(readers)) & 1 == 1
    return marks, which, count.astype(np.float64)


def _posterior(marks: Mask, sensitivity: Rates, specificity: Rates, prior: float) -> Rates:
    log_inside = np.log(np.where(marks, sensitivity, 1 - sensitivity)).sum(1)
    log_outside = np.log(np.where(marks, 1 - specificity, specificity)).sum(1)
    gap = log_outside - log_inside
    odds = np.exp(np.clip(gap, -600, 600)) * (1 - prior) / prior
    return np.asarray(1 / (1 + odds))


def _rate(marks: Mask, weight: Rates) -> Rates:
    """Average marks `(patterns, readers)` by weight `(patterns,)`; the guess if nothing weighs."""
    total = float(weight.sum())
    if total <= 0:
        return np.full(marks.shape[1], FIRST_GUESS)
    return np.asarray(np.clip(weight @ marks / total, SURE, 1 - SURE))
