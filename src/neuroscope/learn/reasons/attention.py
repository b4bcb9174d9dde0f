"""Does a network look at the wrong place? A suspicion before anybody has drawn an outline.

On 439 right answers about test slices of the figshare set the suspicion, which knows no outline,
ranked those with most evidence off the tumor above the others with an area of .68 (.81 on the
validation slices it was chosen on; benchmarks/acquisition.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import rankdata

from neuroscope.errors import GeometryMismatchError
from neuroscope.models.classes import NO_TUMOR

Numbers = NDArray[np.float64]
FEW = 10  # answers of one class below which a rank among them says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """Where the evidence for the answer lies in n slices; arrays have shape ``(n,)`` unless said.

    Attributes
    ----------
    outside
        Share of the positive evidence for the answer that lies outside the tumor's outline where
        one is known, else outside the head.
    scatter
        Entropy of that evidence over the places: 0 for one place, 1 for all alike.
    outlined
        Whether a tumor's outline was known.
    ranks
        Share of the answers of the same class, without an outline, with a smaller `outside` and a
        smaller `scatter`, shape ``(n, 2)``; 0 where there are fewer than 10 of them.
    suspicion
        0 to 1. With an outline, `outside`; without, the mean of the two ranks. 0 for answers of
        "no tumor", whose evidence has no place to be at.
    """

    outside: Numbers
    scatter: Numbers
    outlined: NDArray[np.bool_]
    ranks: Numbers
    suspicion: Numbers


def attention_of(
    contributions: NDArray[np.floating],
    heads: NDArray[np.bool_],
    outlines: NDArray[np.bool_] | None = None,
) -> Attention:
    """Look where the evidence for the predicted class lies.

    Parameters
    ----------
    contributions
        Class-centered contributions, shape ``(n, classes, h, w)``; they sum to the logits.
    heads
        True inside the head, on the pixels of the prepared slices, shape ``(n, side, side)``.
    outlines
        True inside a tumor known from a reader or a segmentation, same shape; empty slices count
        as unknown.

    Raises
    ------
    GeometryMismatchError
        If the pixels do not fall into whole cells of the places.
    """
    n, _, rows, _ = contributions.shape
    answers = contributions.sum((2, 3)).argmax(1)
    evidence = np.maximum(contributions[np.arange(n), answers], 0).astype(np.float64)
    region = _cells(heads, rows) > 0
    outlined: NDArray[np.bool_] = np.zeros(n, bool)
    if outlines is not None:
        outlined = np.asarray(outlines.any((1, 2)))
        inside = ndimage.maximum_filter(_cells(outlines, rows) > 0, size=(1, 3, 3))
        region = np.where(outlined[:, None, None], inside, region)
    total = evidence.sum((1, 2))
    share = evidence / np.where(total > 0, total, 1.0)[:, None, None]
    outside = np.clip((share * ~region).sum((1, 2)), 0.0, 1.0)
    scatter = _spread(share)
    ranks = _ranked(np.stack([outside, scatter], axis=1), answers, ~outlined)
    suspicion = np.where(outlined, outside, ranks.mean(1))
    suspicion[answers == NO_TUMOR] = 0.0
    return Attention(outside, scatter, outlined, ranks, suspicion)


def _cells(pixels: NDArray[np.bool_], cells: int) -> Numbers:
    """Average pixels ``(n, side, side)`` over cells."""
    n, side = pixels.shape[:2]
    if side % cells or pixels.shape[1] != pixels.shape[2]:
        raise GeometryMismatchError(
            f"{pixels.shape[1:]} pixels do not fall into {cells} x {cells} cells.",
            fix="Give the head and the outline on the pixels of the prepared slice.",
        )
    step = side // cells
    return np.asarray(pixels.reshape(n, cells, step, cells, step).mean((2, 4)), np.float64)


def _spread(share: Numbers) -> Numbers:
    safe = np.where(share > 0, share, 1.0)
    return np.asarray(-(share * np.log(safe)).sum((1, 2)) / np.log(share[0].size))


def _ranked(values: Numbers, answers: NDArray[np.intp], rows: NDArray[np.bool_]) -> Numbers:
    """Rank each column, 0..1, among the given rows of every answer; 0 where they are few."""
    ranks = np.zeros(values.shape)
    for answer in np.unique(answers[rows]):
        own = np.flatnonzero(rows & (answers == answer))
        if len(own) >= FEW:
            ranks[own] = (rankdata(values[own], axis=0) - 1) / (len(own) - 1)
    return ranks
