"""Where in a slice the evidence for the answer lies: off the tumor, off the head, or scattered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import GeometryMismatchError

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """Where the evidence for the answer lies in n slices; arrays have shape ``(n,)``.

    Attributes
    ----------
    outside
        Share of the positive evidence for the answer that lies outside the tumor's outline where
        one is known, else outside the head.
    scatter
        Entropy of that evidence over the places: 0 for one place, 1 for all alike.
    outlined
        Whether a tumor's outline was known.
    """

    outside: Numbers
    scatter: Numbers
    outlined: NDArray[np.bool_]


def locate(
    contributions: NDArray[np.floating],
    heads: NDArray[np.bool_],
    outlines: NDArray[np.bool_] | None = None,
) -> Location:
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
    return Location(outside, _spread(share), outlined)


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
    places = share.shape[1] * share.shape[2]
    return np.asarray(-(share * np.log(safe)).sum((1, 2)) / np.log(places))
