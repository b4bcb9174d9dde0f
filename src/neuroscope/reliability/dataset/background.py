"""What lies outside the head, and a forest that answers from it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PROBE_SIZE = 48
TREES = 200

Features = NDArray[np.float32]


def outside_of(gray: NDArray[np.float32], head: NDArray[np.bool_]) -> Features:
    """Blank the head and shrink the rest to `PROBE_SIZE` squared features.

    Parameters
    ----------
    gray
        Shape ``(rows, columns)``.
    head
        Same shape (`preprocess.slice_input.find_head`).
    """
    return shrunk(np.where(head, 0.0, gray).astype(np.float32))


def shrunk(plane: NDArray[np.float32], *, size: int = PROBE_SIZE) -> Features:
    """Average a plane down to `size` squared features."""
    small = Image.fromarray(plane).resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, np.float32).ravel()


def forest_answers(
    known: Features, labels: NDArray[Any], asked: Features, *, trees: int = TREES, seed: int = 0
) -> NDArray[Any]:
    """Train a forest on rows of `known` and answer for the rows of `asked`."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        trees, class_weight="balanced", random_state=seed, max_features="sqrt"
    )
    forest.fit(known, labels)
    return np.asarray(forest.predict(asked))
