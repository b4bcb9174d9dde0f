"""What is left to answer from when the disease is gone: surroundings, source, scanner.

Two questions. What does the model itself say of pictures without a head, or without the tumor? And
what can be learned from such pictures, or from the model's own embedding, about label and source?
"""

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter

from neuroscope.explain.healing import healed
from neuroscope.records.dataaudit import Border
from neuroscope.reliability.audited import Case, Gray
from neuroscope.reliability.counterfactual.changes import MARGIN
from neuroscope.reliability.dataset.background import Features, outside_of, shrunk
from neuroscope.reliability.dataset.border import border_predictability, predictability
from neuroscope.reliability.focus.partition import brain_width

SHAM_RADIUS = (0.08, 0.25)  # of the width of the brain


def without_head(case: Case) -> Gray:
    """Blank the head with its mean gray value, its outline softened away."""
    head = case.anatomy.head
    mean = float(case.pixels[head].mean()) if head.any() else 0.0
    blank = np.where(head, np.float32(mean), case.pixels).astype(np.float32)
    soft = gaussian_filter(blank, 0.02 * max(blank.shape))
    return np.where(head, soft, blank).astype(np.float32)


def without_tumor(case: Case) -> Gray | None:
    """Heal the tumor away; None where it is not known.

    A picture without tumor is healed at a place as large, so that healing itself tells nothing.
    """
    if case.tumor is None:
        return None
    if case.has_tumor:
        steps = max(1, round(MARGIN * brain_width(case.anatomy)))
        region = np.asarray(binary_dilation(case.tumor, iterations=steps)) & case.anatomy.head
    else:
        region = _some_brain(case)
    tissue = case.anatomy.brain & ~region
    return healed(case.pixels, region, tissue=tissue) if region.any() else case.pixels


def _some_brain(case: Case) -> NDArray[np.bool_]:
    """Choose a round piece of brain as large as tumors are; the same file, the same piece."""
    brain = case.anatomy.brain
    places = np.argwhere(brain)
    if not len(places):
        return np.zeros_like(brain)
    rng = np.random.default_rng(crc32(case.file.encode()))
    row, column = places[rng.integers(len(places))]
    radius = rng.uniform(*SHAM_RADIUS) * brain_width(case.anatomy)
    rows, columns = np.ogrid[: brain.shape[0], : brain.shape[1]]
    return np.asarray(brain & (np.hypot(rows - row, columns - column) < radius), np.bool_)


def surroundings_features(case: Case) -> Features:
    """Shrink what lies outside the head."""
    return outside_of(case.pixels, case.anatomy.head)


def healed_features(case: Case) -> Features | None:
    """Shrink the picture without its tumor; None where the tumor is not known."""
    picture = without_tumor(case)
    return None if picture is None else shrunk(picture)


def label_from(
    features: Features, labels: NDArray[np.int64], groups: NDArray[Any], *, seed: int = 0
) -> Border | str:
    """Let a forest learn the label from what lies outside the head, or is left without tumor."""
    return border_predictability(features, labels, groups, seed=seed)


def source_probe(
    embedding: Features, sources: NDArray[np.int64], groups: NDArray[Any], *, seed: int = 0
) -> Border | str:
    """Let a line through the model's embedding tell the source, in folds that part no patient.

    Parameters
    ----------
    embedding
        Shape ``(n, d)``.
    sources
        Code of the source of every picture: as given, else its cluster by marks of scanners.

    Returns
    -------
    Border | str
        Balanced accuracy, its chance and p; or why it cannot be told.
    """
    return predictability(embedding, sources, groups, _linear, seed=seed)


def _linear(known: Features, labels: NDArray[np.int64], asked: Features) -> NDArray[Any]:
    """Classify by ridge regression onto the classes, each weighted alike."""
    mean, spread = known.mean(0), known.std(0)
    scale = np.where(spread > 1e-9, spread, 1.0)
    first, second = (
        np.column_stack([(part - mean) / scale, np.ones(len(part))]) for part in (known, asked)
    )
    classes, code, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weight = (1 / counts)[code]
    targets = np.eye(len(classes))[code]
    gram = first.T @ (first * weight[:, None])
    gram += 1e-2 * np.trace(gram) / len(gram) * np.eye(len(gram))
    return np.asarray(
        classes[(second @ np.linalg.solve(gram, first.T @ (targets * weight[:, None]))).argmax(1)]
    )
