"""Fit several linear heads on embeddings, each on whole groups drawn with replacement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp, softmax

from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.heads import Heads, p_heads

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

HEADS = 5
PENALTIES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Labeled:
    """Embeddings ``(n, d)`` with true classes and groups."""

    embedding: Float32
    labels: NDArray[np.int64]
    units: NDArray[Any]

    def __len__(self) -> int:
        return len(self.labels)


def fit_heads(
    train: Labeled, apart: Labeled, *, number: int = HEADS, seed: int = 0
) -> tuple[Heads, float]:
    """Fit heads on bootstrap samples of whole groups.

    Parameters
    ----------
    apart
        Slices the heads are not fitted on: they choose the penalty (with the first head) and the
        common temperature.

    Returns
    -------
    tuple[Heads, float]
        The heads for plain embeddings, and the penalty on their squared weights.
    """
    center = train.embedding.mean(0).astype(np.float64)
    spread = train.embedding.std(0).astype(np.float64) + 1e-6
    scaled = (train.embedding - center) / spread
    rng = np.random.default_rng(seed)
    drawn = [drawn_groups(train, rng) for _ in range(number)]

    def fitted(rows: Sequence[NDArray[np.int64]], penalty: float) -> Heads:
        found = [fit_one(scaled[r], train.labels[r], penalty=penalty) for r in rows]
        weight = np.stack([w for w, _ in found]) / spread
        bias = np.stack([b for _, b in found]) - weight @ center
        return Heads(weight.astype(np.float32), bias.astype(np.float32))

    tried = {
        p: _likelihood(p_heads(fitted(drawn[:1], p), apart.embedding), apart) for p in PENALTIES
    }
    penalty = min(tried, key=tried.__getitem__)
    heads = fitted(drawn, penalty)
    return with_temperature(heads, apart), penalty


def with_temperature(heads: Heads, apart: Labeled) -> Heads:
    """Choose the temperature at which the heads together are least surprised by slices apart."""
    tried = np.geomspace(0.2, 8.0, 60)
    surprise = [
        _likelihood(p_heads(Heads(heads.weight, heads.bias, float(t)), apart.embedding), apart)
        for t in tried
    ]
    return Heads(heads.weight, heads.bias, round(float(tried[int(np.argmin(surprise))]), 4))


def drawn_groups(train: Labeled, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw whole groups with replacement within each class, so that none is lost."""
    rows: list[NDArray[np.int64]] = []
    for label in np.unique(train.labels):
        own = np.flatnonzero(train.labels == label)
        names, inverse = np.unique(train.units[own], return_inverse=True)
        drawn = rng.integers(0, len(names), len(names))
        rows += [own[inverse == group] for group in drawn]
    return np.concatenate(rows)


def fit_one(
    scaled: Float64, labels: NDArray[np.int64], *, penalty: float
) -> tuple[Float64, Float64]:
    """Fit one multinomial logistic head; give weight ``(classes, d)`` and bias ``(classes,)``.

    Classes weigh the same, however many slices they have.
    """
    n, d = scaled.shape
    k = len(CLASS_NAMES)
    counts = np.bincount(labels, minlength=k)
    share = 1.0 / (np.maximum(counts, 1)[labels] * (counts > 0).sum())
    truth = np.eye(k)[labels]

    def loss(flat: Float64) -> tuple[float, Float64]:
        weight, bias = flat[: k * d].reshape(k, d), flat[k * d :]
        logits = scaled @ weight.T + bias
        log_p = log_softmax(logits, axis=1)
        value = -float((share * log_p[np.arange(n), labels]).sum())
        error = share[:, None] * (softmax(logits, axis=1) - truth)
        slope = np.concatenate([(error.T @ scaled + penalty * weight).ravel(), error.sum(0)])
        return value + 0.5 * penalty * float((weight**2).sum()), slope

    start = np.zeros(k * d + k)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return found[: k * d].reshape(k, d), found[k * d :]


def _likelihood(p_of_heads: Float64, apart: Labeled) -> float:
    """Average the surprise of the heads together, every class alike, in nats."""
    log_p = logsumexp(np.log(np.maximum(p_of_heads, 1e-12)), axis=0) - np.log(len(p_of_heads))
    own = -log_p[np.arange(len(apart)), apart.labels]
    return float(np.mean([own[apart.labels == k].mean() for k in np.unique(apart.labels)]))
