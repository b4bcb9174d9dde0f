"""Find the few pairs of pictures that could be copies, among all pairs and all flips."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.progress import Progress, ignore

# Cosines of coarse pictures. On real slices near-copies lie above .94, those shifted by 3 pixels
# above .89; of all pairs one in a thousand lies above .86 (docs/explanation/data-audit.md).
CANDIDATE = 0.86
TURNED_CANDIDATE = 0.88  # turned pictures are only asked whether they are copies
BLOCK = 1024
PER_PICTURE = 400  # at most so many candidates of a picture: a set of one picture stays finite

Turn = Callable[[NDArray[np.floating]], NDArray[np.floating]]

# What was done to the first picture so that it shows what the second shows. All act on the last
# two axes. A quarter turn and its inverse are both needed, as only pairs i < j are looked at.
TURNS: Mapping[str, Turn] = MappingProxyType(
    {
        "none": lambda plane: plane,
        "left-right": lambda plane: plane[..., :, ::-1],
        "up-down": lambda plane: plane[..., ::-1, :],
        "half turn": lambda plane: plane[..., ::-1, ::-1],
        "diagonal": lambda plane: np.swapaxes(plane, -1, -2),
        "other diagonal": lambda plane: np.swapaxes(plane[..., ::-1, ::-1], -1, -2),
        "quarter turn": lambda plane: np.swapaxes(plane[..., ::-1, :], -1, -2),
        "three quarter turn": lambda plane: np.swapaxes(plane[..., :, ::-1], -1, -2),
    }
)


def find_candidates(
    coarse: NDArray[np.float32],
    *,
    turns: Mapping[str, Turn] = TURNS,
    progress: Progress = ignore,
) -> dict[str, NDArray[np.int64]]:
    """Compare every coarse picture with every other, as it is and turned.

    Parameters
    ----------
    coarse
        Of `Look`, shape ``(n, side, side)``, each of length 1.
    turns
        What may have been done to a copy; by name.

    Returns
    -------
    dict[str, NDArray[np.int64]]
        For every turn the pairs ``(i, j)``, i < j, such that picture i turned resembles picture j.

    Notes
    -----
    Time grows with the square of the number of pictures, but a comparison is 256 products: 6,000
    pictures and eight turns take about two seconds.
    """
    known = coarse.reshape(len(coarse), -1)
    found: dict[str, NDArray[np.int64]] = {}
    for done, (name, turn) in enumerate(turns.items(), start=1):
        turned = np.ascontiguousarray(turn(coarse)).reshape(known.shape)
        least = CANDIDATE if name == "none" else TURNED_CANDIDATE
        parts = []
        for start in range(0, len(known), BLOCK):
            cosine = turned[start : start + BLOCK] @ known[start:].T
            first, second = np.nonzero(cosine >= least)
            later = second > first
            first, second = first[later], second[later]
            keep = _nearest(first, cosine[first, second])
            parts.append(np.stack([first[keep] + start, second[keep] + start], axis=1))
        found[name] = np.concatenate(parts) if parts else np.zeros((0, 2), np.int64)
        progress(done / len(turns))
    return found


def _nearest(first: NDArray[np.int64], cosine: NDArray[np.floating]) -> NDArray[np.int64]:
    """Choose the rows to keep: of each first picture the `PER_PICTURE` nearest."""
    if len(first) == 0 or np.bincount(first).max() <= PER_PICTURE:
        return np.arange(len(first))
    order = np.lexsort((-cosine, first))
    ranked = first[order]
    rank = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    return np.sort(order[rank < PER_PICTURE])
