"""Guess where pictures came from, by marks of scanners and programs and not of disease."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.records.dataaudit import SourceCluster, Sources
from neuroscope.statistics import association_by_unit

NAMES = (
    "tall", "wide", "bright border", "uneven border", "grainy", "fine detail", "black pixels",
    "white pixels", "a large head",
)  # fmt: skip
MOST_CLUSTERS = 8
FEWEST_PICTURES = 40
RIM = 0.04  # width of the border, as a share of the shorter side
SAMPLE = 2000  # pictures that choose the number of clusters
RESAMPLES = 999
MARKED = 0.5  # standard deviations from the mean of all at which a mark counts as typical


def source_features(gray: NDArray[np.float32], head: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Measure the marks of `NAMES` on one picture of gray values 0..255."""
    rows, columns = gray.shape
    rim = max(1, round(RIM * min(gray.shape)))
    inner = np.zeros(gray.shape, np.bool_)
    inner[rim:-rim, rim:-rim] = True
    border = gray[~inner]
    fine = gray - ndimage.uniform_filter(gray, 3, mode="nearest")
    coarse = gray - ndimage.uniform_filter(gray, 9, mode="nearest")
    inside = head if head.any() else np.ones(gray.shape, np.bool_)
    spread = max(float(coarse[inside].std()), 1e-3)
    grain = float(np.median(np.abs(fine[~inside]))) if (~inside).any() else 0.0
    return np.array(
        [
            np.log(rows),
            np.log(columns),
            np.log1p(border.mean()),
            np.log1p(border.std()),
            np.log1p(grain),
            float(fine[inside].std()) / spread,
            float((gray <= 1).mean()),
            float((gray >= 254).mean()),
            float(head.mean()),
        ]
    )


def source_clusters(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    names: Sequence[str],
    groups: NDArray[Any],
    *,
    seed: int = 0,
) -> Sources | str:
    """Cluster the marks and measure how far the label follows the cluster.

    Returns
    -------
    Sources | str
        Or why it cannot be told. The number of clusters, 2 to 8, is that of the best silhouette.
    """
    if len(features) < FEWEST_PICTURES:
        return f"There are {len(features)} pictures; clusters need {FEWEST_PICTURES}."
    spread = features.std(0)
    scaled = ((features - features.mean(0)) / np.where(spread > 1e-9, spread, 1.0)).clip(-4, 4)
    if not (spread > 1e-9).any():
        return "The pictures do not differ in anything that tells a source."
    cluster_of = _clustered(scaled, seed)
    known = labels >= 0
    association = _cramers_v(cluster_of[known], labels[known]) if known.any() else float("nan")
    p = (
        association_by_unit(
            lambda dealt: _cramers_v(cluster_of[known], dealt),
            labels[known],
            groups[known],
            resamples=RESAMPLES,
            seed=seed,
        )
        if np.isfinite(association)
        else float("nan")
    )
    clusters = tuple(
        _described(scaled[cluster_of == c], labels[cluster_of == c], names)
        for c in range(cluster_of.max() + 1)
    )
    return Sources(clusters, tuple(cluster_of.tolist()), association, p)


def _clustered(scaled: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Give every picture the number of its cluster, from the largest on."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    rows = np.random.default_rng(seed).permutation(len(scaled))[:SAMPLE]
    sample = scaled[rows]
    distinct = len(np.unique(sample, axis=0))
    best, centers = -2.0, sample[:1]
    for k in range(2, min(MOST_CLUSTERS, distinct - 1) + 1):
        fit = KMeans(k, n_init=3, random_state=seed).fit(sample)
        score = float(silhouette_score(sample, fit.labels_))
        if score > best:
            best, centers = score, fit.cluster_centers_
    distance = ((scaled[:, None] - centers[None]) ** 2).sum(2)
    nearest = distance.argmin(1)
    order = np.argsort(-np.bincount(nearest, minlength=len(centers)), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(np.unique(rank[nearest], return_inverse=True)[1], np.int64)


def _cramers_v(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Give the association of two codes, each 0 or more, 0..1, corrected for chance.

    References
    ----------
    Bergsma 2013 (doi:10.1016/j.jkss.2012.10.002).
    """
    width = int(second.max()) + 1
    counts = np.bincount(first * width + second, minlength=(int(first.max()) + 1) * width)
    table = counts.reshape(-1, width).astype(np.float64)
    table = table[table.any(1)][:, table.any(0)]
    n, (rows, columns) = table.sum(), table.shape
    if min(rows, columns) < 2 or n < 3:
        return float("nan")
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / n
    phi = ((table - expected) ** 2 / expected).sum() / n
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    rows, columns = (k - (k - 1) ** 2 / (n - 1) for k in (rows, columns))
    return float(np.sqrt(phi / max(min(rows - 1, columns - 1), 1e-9)).clip(0, 1))


def _described(
    marks: NDArray[np.float64], labels: NDArray[np.int64], names: Sequence[str]
) -> SourceCluster:
    counts = Counter(names[label] for label in labels[labels >= 0].tolist())
    mean = marks.mean(0)
    strongest = [k for k in np.argsort(-np.abs(mean)) if abs(mean[k]) > MARKED][:3]
    typical = ", ".join(f"{'more' if mean[k] > 0 else 'less'}: {NAMES[k]}" for k in strongest)
    return SourceCluster(len(marks), dict(counts.most_common()), typical or "ordinary")
