"""Measure what the border and the background of a picture alone tell about its class."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.learn.augment import AugmentConfig, augmented
from neuroscope.learn.dataset import FOUR_CLASS, SliceSet, read_gray
from neuroscope.learn.train_classifier import batch_of
from neuroscope.preprocess.slice_input import find_head
from neuroscope.reliability.dataset.background import (
    Features,
    forest_answers,
    outside_of,
    shrunk,
)
from neuroscope.statistics import Interval, balanced_accuracy, bootstrap_by_unit


@dataclass(frozen=True, slots=True)
class ShortcutProbe:
    """Balanced accuracies over four classes of a forest that never sees the head's inside."""

    raw: Interval  # gray values of border and background as the files hold them
    prepared: Interval  # the same after `prepare_slice`: all zero, so this is chance
    outline: Interval  # the outline of the head, which preparation keeps
    outline_augmented: Interval  # the outline, trained and tested under the training augmentation


def probe_shortcut(root: Path, train: SliceSet, test: SliceSet, *, seed: int = 0) -> ShortcutProbe:
    """Train forests on what lies outside the head, on the 4-class set.

    Parameters
    ----------
    train, test
        Slices of two splits; only those of the 4-class set are used.
    """
    train = train.select(train.sources == FOUR_CLASS)
    test = test.select(test.sources == FOUR_CLASS)
    cases = {
        "raw": (_raw_background(root, train), _raw_background(root, test)),
        "prepared": (_prepared_background(train), _prepared_background(test)),
        "outline": (_outline(train.heads), _outline(test.heads)),
        "outline_augmented": (_moved_outline(train, seed), _moved_outline(test, seed + 1)),
    }
    return ShortcutProbe(
        **{name: _forest(*pair, train, test, seed) for name, pair in cases.items()}
    )


def _forest(
    known: Features, asked: Features, train: SliceSet, test: SliceSet, seed: int
) -> Interval:
    predicted = forest_answers(known, train.labels, asked, seed=seed).astype(np.int64)
    return bootstrap_by_unit(
        lambda rows: balanced_accuracy(predicted[rows], test.labels[rows]),
        test.units,
        strata=test.labels,
        seed=seed,
    )


def _raw_background(root: Path, slices: SliceSet) -> Features:
    rows = []
    for source, file in zip(slices.sources, slices.files, strict=True):
        gray = read_gray(root / str(source) / str(file))
        rows.append(outside_of(gray, find_head(gray)))
    return np.stack(rows)


def _prepared_background(slices: SliceSet) -> Features:
    outside = np.where(slices.heads, 0, slices.images).astype(np.float32)
    return np.stack([shrunk(plane) for plane in outside])


def _outline(heads: NDArray[np.bool_]) -> Features:
    return np.stack([shrunk(head.astype(np.float32)) for head in heads])


def _moved_outline(slices: SliceSet, seed: int) -> Features:
    rng = torch.Generator().manual_seed(seed)
    size = slices.images.shape[-1]
    parts = []
    for start in range(0, len(slices), 64):
        rows = torch.arange(start, min(start + 64, len(slices)))
        moved = augmented(batch_of(slices, rows), size=size, config=AugmentConfig(), rng=rng)
        parts.append(moved.head[:, 0].numpy() > 0.5)
    return _outline(np.concatenate(parts))
