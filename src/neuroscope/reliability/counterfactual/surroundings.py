"""What is left to answer from when the disease is gone: surroundings, source, scanner.

Two questions. What does the model itself say of pictures without a head, or without the tumor? And
what can be learned from such pictures, or from the model's own embedding, about label and source?
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from neuroscope.explain.healing import healed
from neuroscope.records.dataaudit import Border
from neuroscope.reliability.audited import Case, Gray
from neuroscope.reliability.counterfactual.changes import MARGIN
from neuroscope.reliability.dataset.background import Features, outside_of, shrunk
from neuroscope.reliability.dataset.border import border_predictability, predictability
from neuroscope.reliability.focus.partition import brain_width


def without_head(case: Case) -> Gray:
    """Blank the head with its mean gray value, its outline softened away."""
    head = case.anatomy.head
    mean = float(case.pixels[head].mean()) if head.any() else 0.0
    blank = np.where(head, np.float32(mean), case.pixels).astype(np.float32)
    soft = gaussian_filter(blank, 0.02 * max(blank.shape))
    return np.where(head, soft, blank).astype(np.float32)


def without_tumor(case: Case) -> Gray | None:
    """Heal the tumor away; the picture itself where there is none, None where it is not known."""
    if case.tumor is None:
        return None
    if not case.has_tumor:
        return case.pixels
    from scipy.ndimage import binary_dilation

    steps = max(1, round(MARGIN * brain_width(case.anatomy)))
    region = np.asarray(binary_dilation(case.tumor, iterations=steps)) & case.anatomy.head
    return healed(case.pixels, region, tissue=case.anatomy.brain & ~region)


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
