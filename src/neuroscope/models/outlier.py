"""Tell whether a slice looks like those the network learned from, by its embedding.

The distance is Mahalanobis's with a shrunk covariance (Lee et al. 2018, arXiv:1807.03888; Ledoit
and Wolf 2004), as a p-value against held-out slices, so that one rule fits every model: a caution
when fewer than 1 % of held-out slices lie as far away.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError

REFERENCE_NAME = "evidence.reference.npz"
CAUTION_BELOW = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What embeddings of ordinary slices look like."""

    mean: NDArray[np.float32]  # (d,)
    whitening: NDArray[np.float32]  # (d, d): white = (embedding - mean) @ whitening
    held_out: NDArray[np.float32]  # (n,), sorted distances of validation slices


def fit_reference(embeddings: NDArray[np.float32], held_out: NDArray[np.float32]) -> Reference:
    """Fit on training embeddings ``(n, d)``; rank against held-out embeddings ``(m, d)``."""
    from sklearn.covariance import ledoit_wolf

    mean = embeddings.mean(0)
    spread = embeddings.std(0) + 1e-6
    covariance, _ = ledoit_wolf((embeddings - mean) / spread)
    values, vectors = np.linalg.eigh(covariance)
    whitening = (vectors / np.sqrt(np.maximum(values, 1e-8))) / spread[:, None]
    reference = Reference(
        mean.astype(np.float32), whitening.astype(np.float32), np.zeros(1, np.float32)
    )
    ranked = np.sort(distance(held_out, reference)).astype(np.float32)
    return Reference(reference.mean, reference.whitening, ranked)


def distance(embeddings: NDArray[np.float32], reference: Reference) -> NDArray[np.float32]:
    """Measure how far embeddings ``(n, d)`` lie from ordinary ones; about 1 is ordinary."""
    white = (embeddings - reference.mean) @ reference.whitening
    return np.asarray(np.sqrt((white**2).mean(1)), np.float32)


def p_ordinary(embeddings: NDArray[np.float32], reference: Reference) -> NDArray[np.float64]:
    """Give the share of held-out slices at least as far away, shape ``(n,)``, never 0."""
    far = distance(embeddings, reference)
    closer = np.searchsorted(reference.held_out, far, side="left")
    n = len(reference.held_out)
    return np.asarray((1 + n - closer) / (n + 1), np.float64)


def save_reference(reference: Reference, folder: Path) -> None:
    """Write the reference beside the weights."""
    np.savez_compressed(
        folder / REFERENCE_NAME,
        mean=reference.mean,
        whitening=reference.whitening,
        held_out=reference.held_out,
    )


def load_reference(folder: Path) -> Reference:
    """Read the reference beside the weights; `ModelError` when it is missing."""
    path = folder / REFERENCE_NAME
    if not path.is_file():
        raise ModelError(
            f"The model folder lacks {REFERENCE_NAME}.", fix="Install the package again."
        )
    with np.load(path, allow_pickle=False) as stored:
        return Reference(stored["mean"], stored["whitening"], stored["held_out"])
