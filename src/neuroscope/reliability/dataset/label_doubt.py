"""Rank labels by how little a picture resembles others of its label."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.dataaudit import LabelDoubt

NEIGHBORS = 15
COMPONENTS = 64
FEWEST = 2 * NEIGHBORS
BLOCK = 1024


def label_doubts(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    names: Sequence[str],
    groups: NDArray[Any],
    *,
    seed: int = 0,
) -> tuple[LabelDoubt, ...] | str:
    """Ask the nearest pictures of other groups which label they bear.

    Parameters
    ----------
    features
        What a picture looks like, shape ``(n, features)``; reduced to 64 principal components.
    labels
        Codes into `names`, -1 for none, shape ``(n,)``.
    groups
        Pictures of one group do not vote for each other.

    Returns
    -------
    tuple[LabelDoubt, ...] | str
        The pictures that more than half of their neighbors doubt, most doubted first; or why it
        cannot be told. Votes are weighed by rarity of the label and by nearness.
    """
    rows = np.flatnonzero(labels >= 0)
    if len(np.unique(labels[rows])) < 2:
        return "There are not two labels to tell apart."
    if len(np.unique(groups[rows])) < FEWEST:
        return f"There are {len(np.unique(groups[rows]))} groups; {FEWEST} are needed."
    reduced = _reduced(features[rows], seed)
    votes = _votes(reduced, labels[rows], groups[rows], len(names))
    rarity = 1 / np.maximum(np.bincount(labels[rows], minlength=len(names)), 1)
    votes *= rarity
    total = votes.sum(1)
    own = votes[np.arange(len(rows)), labels[rows]]
    doubt = np.where(total > 0, 1 - own / np.where(total > 0, total, 1), 0.0)
    asked = np.flatnonzero(doubt > 0.5)
    asked = asked[np.argsort(-doubt[asked], kind="stable")]
    return tuple(
        LabelDoubt(int(rows[n]), float(doubt[n]), names[int(votes[n].argmax())]) for n in asked
    )


def _reduced(features: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from sklearn.decomposition import PCA

    count = min(COMPONENTS, *features.shape)
    reduced = PCA(count, svd_solver="randomized", random_state=seed).fit_transform(features)
    length = np.linalg.norm(reduced, axis=1, keepdims=True)
    return np.asarray(reduced / np.maximum(length, 1e-6), np.float32)


def _votes(
    reduced: NDArray[np.float32], labels: NDArray[np.int64], groups: NDArray[Any], count: int
) -> NDArray[np.float64]:
    votes = np.zeros((len(labels), count))
    nearest = min(NEIGHBORS, len(labels) - 1)
    for start in range(0, len(labels), BLOCK):
        stop = start + BLOCK
        cosine = reduced[start:stop] @ reduced.T
        cosine[groups[start:stop, None] == groups[None]] = -np.inf
        chosen = np.argpartition(-cosine, nearest, axis=1)[:, :nearest]
        weight = np.take_along_axis(cosine, chosen, 1).clip(0) ** 2
        for row in range(len(chosen)):
            votes[start + row] = np.bincount(labels[chosen[row]], weight[row], count)
    return votes
