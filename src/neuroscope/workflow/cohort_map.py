"""Lay all indexed slices on a plane, so that like lies beside like."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.retrieve.conditions import one_of
from neuroscope.retrieve.index import VectorIndex


def cohort_map(index: VectorIndex, *, most: int, seed: int = 0) -> dict[str, Any]:
    """Project the slices of an index on the two directions in which they differ most (PCA).

    Parameters
    ----------
    most
        Number of points; of more slices, as many are drawn at random, the same at every call.

    Returns
    -------
    dict
        `points` with `x` and `y` and what is known of each; `explained`, the shares of the variance
        along x and y; `total` slices of the index.
    """
    found = index.fetch([one_of("kind", ["slice"])])
    total = len(found.entries)
    rows = np.arange(total)
    if total > most:
        rows = np.sort(np.random.default_rng(seed).choice(total, most, replace=False))
    places, explained = principal_plane(found.vectors[rows])
    points = [
        {
            "x": round(float(x), 5),
            "y": round(float(y), 5),
            "case_id": entry.case_id,
            "series_id": entry.series_id,
            "slice_index": entry.slice_index,
            "name": entry.name,
            "label": entry.facts.label,
            "label_source": entry.facts.label_source,
            "sequence": entry.facts.sequence,
            "source": entry.facts.source,
        }
        for (x, y), entry in zip(places, (found.entries[row] for row in rows), strict=True)
    ]
    return {"points": points, "explained": list(explained), "total": total}


def principal_plane(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Project vectors `(n, d)` on their first two principal axes.

    Returns
    -------
    tuple[NDArray[np.float64], tuple[float, float]]
        Shape `(n, 2)`, each axis turned so that its longer tail is positive (else its sign would be
        an accident of the solver), and the share of the variance along each.
    """
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2)), (0.0, 0.0)
    centered = np.asarray(vectors, np.float64) - vectors.mean(0, dtype=np.float64)
    variance, axes = np.linalg.eigh(centered.T @ centered)
    two = axes[:, ::-1][:, :2]
    if two.shape[1] < 2:
        two = np.hstack([two, np.zeros((len(two), 1))])
    places = centered @ two
    signs = np.where((places**3).sum(0) < 0, -1.0, 1.0)
    total = max(float(variance.sum()), 1e-12)
    shares = [max(0.0, float(value)) / total for value in variance[::-1][:2]]
    return places * signs, (shares[0], shares[1] if len(shares) > 1 else 0.0)
