"""Tell how unlike the known a slice is, by three tests of its embedding and one share of all.

Three distances see different things: to the nearest known slices, to the middle of the nearest
class, and how little any class speaks. Each is measured in its own usual spread, the largest is
ranked among calibration slices, and so one number says how many ordinary slices are as unusual.

References
----------
Sun et al. 2022 (arXiv:2204.06507) for neighbors; Lee et al. 2018 (arXiv:1807.03888) and Ledoit and
Wolf 2004 (doi:10.1016/S0047-259X(03)00096-4) for the distance; Liu et al. 2020 (arXiv:2010.03759)
for the energy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from neuroscope.models.conformal import Ranks
from neuroscope.records.doubt import ABSTAIN_BELOW

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

TESTS = ("neighbors", "distance", "energy")
NEIGHBORS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What embeddings of ordinary slices look like.

    Attributes
    ----------
    center, spread
        Shape ``(d,)``: embeddings are centered and scaled by them first.
    directions
        Shape ``(m, d)``, scaled embeddings of some training slices, of length 1.
    class_means, whitening
        Shape ``(classes, d)`` and ``(d, d)``: of scaled embeddings.
    middle, reach
        Shape ``(tests,)``: median of each test on slices of their own, and from there to the 90th
        percentile.
    """

    center: Float32
    spread: Float32
    directions: Float32
    class_means: Float32
    whitening: Float32
    middle: Float64
    reach: Float64


def raw_tests(embedding: Float32, logits: Float32, known: Known, *, temperature: float) -> Float64:
    """Measure how unusual slices are, shape ``(n, tests)``; the higher, the more unusual.

    Parameters
    ----------
    embedding, logits
        Shape ``(n, d)`` and ``(n, classes)``.
    """
    scaled = (np.asarray(embedding, np.float32) - known.center) / known.spread
    scores = np.asarray(logits, np.float64) / temperature
    return np.stack(
        [
            _to_neighbors(scaled, known.directions),
            _to_class(scaled, known),
            -temperature * logsumexp(scores, axis=1),
        ],
        axis=1,
    )


def unusual(tests: Float64, known: Known) -> Float64:
    """Combine tests ``(n, tests)``: the largest, each in its own spread; about 1 is rare."""
    return np.asarray(((tests - known.middle) / known.reach).max(1), np.float64)


def score_between(asked: Float64, ranks: Ranks) -> Float64:
    """Say it on the scale of `Prediction.outlier_score`: 0 typical, above 1 the network abstains.

    Parameters
    ----------
    asked
        From `unusual`, shape ``(n,)``.
    ranks
        Of the calibration slices by the same measure.
    """
    p = ranks.p(ranks.scores)
    typical = float(ranks.scores[np.searchsorted(-p, -0.5)])
    within = ranks.scores[p >= ABSTAIN_BELOW]
    edge = float(within[-1]) if len(within) else typical
    raw = (asked - typical) / max(edge - typical, 1e-9)
    # The rank decides; rounding must not put the score on the other side of 1 than the share.
    limited = np.where(ranks.p(asked) < ABSTAIN_BELOW, np.maximum(raw, 1.01), np.minimum(raw, 1.0))
    return np.asarray(np.maximum(limited, 0.0), np.float64)


def _to_neighbors(scaled: Float32, directions: Float32) -> Float64:
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    alike = (scaled / np.maximum(length, 1e-9)) @ directions.T
    k = min(NEIGHBORS, directions.shape[0])
    return np.asarray(1.0 - np.partition(alike, -k, axis=1)[:, -k], np.float64)


def _to_class(scaled: Float32, known: Known) -> Float64:
    white = scaled @ known.whitening
    centers = known.class_means @ known.whitening
    far = ((white[:, None, :] - centers[None]) ** 2).mean(2).min(1)
    return np.asarray(np.sqrt(far), np.float64)
