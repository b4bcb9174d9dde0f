"""Ask several heads about what one network has seen, and tell where they disagree.

The heads are linear in the embedding, which is computed once: five of them cost nothing. They see
the same features, so that they disagree less than whole networks would: doubt is underestimated.

References
----------
Lakshminarayanan, Pritzel and Blundell 2017 (arXiv:1612.01474) for ensembles; Gal and Ghahramani
2016 (arXiv:1506.02142) for dropout; Houlsby et al. 2011 (arXiv:1112.5745) for what heads disagree
on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax, xlogy

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

DRAWS = 20
RATE = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Linear heads.

    Attributes
    ----------
    weight, bias
        Shape ``(heads, classes, d)`` and ``(heads, classes)``; for the first ``d`` numbers of an
        embedding.
    temperature
        Divides the logits of all heads.
    """

    weight: Float32
    bias: Float32
    temperature: float = 1.0


def p_heads(heads: Heads, embedding: NDArray[np.floating]) -> Float64:
    """Give the probabilities of every head, shape ``(heads, n, classes)``."""
    seen = np.asarray(embedding, np.float64)[:, : heads.weight.shape[2]]
    logits = np.einsum("nd,mkd->mnk", seen, heads.weight.astype(np.float64))
    logits = logits + heads.bias[:, None, :]
    return np.asarray(softmax(logits / heads.temperature, axis=2), np.float64)


def entropy(p_class: Float64) -> Float64:
    """Measure the doubt of probabilities over the last axis, in nats."""
    return np.asarray(-xlogy(p_class, p_class).sum(-1), np.float64)


def mutual_information(p_of_heads: Float64) -> Float64:
    """Measure what heads ``(heads, n, classes)`` disagree on, shape ``(n,)``, in nats, from 0."""
    together = entropy(p_of_heads.mean(0)) - entropy(p_of_heads).mean(0)
    return np.asarray(np.maximum(together, 0.0), np.float64)


def dropped_heads(
    weight: Float32,
    bias: Float32,
    *,
    draws: int = DRAWS,
    rate: float = RATE,
    temperature: float = 1.0,
    seed: int = 0,
) -> Heads:
    """Make heads of one, each without some of its inputs: Monte Carlo dropout, drawn beforehand.

    Parameters
    ----------
    weight, bias
        Of the one head, shape ``(classes, d)`` and ``(classes,)``.
    rate
        Share of the inputs that a draw leaves out.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate is {rate}; it must be within 0..1, below 1.")
    rng = np.random.default_rng(seed)
    kept = rng.random((draws, 1, weight.shape[1])) >= rate
    dropped = weight[None] * kept / (1 - rate)
    return Heads(
        dropped.astype(np.float32), np.repeat(bias[None], draws, 0).astype(np.float32), temperature
    )
