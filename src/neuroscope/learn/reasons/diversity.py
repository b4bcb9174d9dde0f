"""Choose slices that differ from each other and from what is known.

Every rule is a generator: it gives one row at a time and looks, before the next, at what has been
chosen meanwhile (by itself or by another rule) and at what is still open.

References
----------
Ash et al. 2020 (arXiv:1906.03671) for BADGE; Sener and Savarese 2018 (arXiv:1708.00489) for
k-center; Gonzalez 1985 for its bound of twice the optimum; Hacohen et al. 2022 (arXiv:2202.02794)
for TypiClust.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Distances = NDArray[np.float64]
Open = NDArray[np.bool_]

NEIGHBORS = 20  # a point is typical if so many lie near it
SMALLEST_CLUSTER = 5  # below this, what is typical of a cluster is chance
LLOYD_STEPS = 30


@dataclass(slots=True, eq=False)
class Pool:
    """What can still be chosen, shape ``(n,)``, and what was, in order."""

    open: Open
    chosen: list[int] = field(default_factory=list)

    def rest(self) -> NDArray[np.intp]:
        """List the open rows."""
        return np.flatnonzero(self.open)


def badge(p_class: Points, features: Points, pool: Pool, rng: np.random.Generator) -> Iterator[int]:
    """Draw slices whose labels would change the head much, each in another direction.

    The gradient of the loss in the weights of a linear head, were its own answer true, is
    ``(p - onehot) x features``: long where the network is unsure. Drawing each row with a
    probability proportional to its squared distance from those chosen (k-means++) takes long and
    different gradients.

    Parameters
    ----------
    p_class
        Shape ``(n, classes)``.
    features
        What the head is linear in, shape ``(n, d)``.
    """
    error = p_class - np.eye(p_class.shape[1])[p_class.argmax(1)]
    squared = (error**2).sum(1) * (features**2).sum(1)

    def distance(row: int) -> Distances:
        product = (error @ error[row]) * (features @ features[row])
        return np.asarray(np.maximum(squared + squared[row] - 2 * product, 0.0))

    return _plus_plus(distance, pool, rng, first=squared)


def k_center(points: Points, pool: Pool, known: Points | None = None) -> Iterator[int]:
    """Take whatever lies farthest from all that is chosen or known: at most twice the best radius.

    Parameters
    ----------
    points
        Shape ``(n, d)``.
    known
        Points that are centers already, shape ``(m, d)``. Without any, and with nothing chosen,
        the first open row begins.
    """
    nearest = np.full(len(points), np.inf)
    for center in () if known is None else known:
        nearest = np.minimum(nearest, ((points - center) ** 2).sum(1))
    seen = 0
    while pool.open.any():
        for row in pool.chosen[seen:]:
            nearest = np.minimum(nearest, ((points - points[row]) ** 2).sum(1))
        seen = len(pool.chosen)
        yield int(np.where(pool.open, nearest, -1.0).argmax())


def typical(
    points: Points,
    pool: Pool,
    number: int,
    rng: np.random.Generator,
    known: Points | None = None,
) -> Iterator[int]:
    """Take the most typical slice of the largest cluster that has none yet, and so on.

    Parameters
    ----------
    points
        Shape ``(n, d)``.
    number
        How many will be asked for: with what is known, the number of clusters.
    known
        Points that have labels, shape ``(m, d)``; their clusters are served last.
    """
    before = np.zeros((0, points.shape[1])) if known is None else known
    together = np.concatenate([points, before])
    clusters = min(len(together), number + len(before))
    cluster = k_means(together, clusters, rng)
    own, theirs = cluster[: len(points)], cluster[len(points) :]
    size = np.bincount(cluster, minlength=clusters)
    density = np.zeros(len(together))
    for c in range(clusters):
        members = np.flatnonzero(cluster == c)
        density[members] = _density(together[members])
    while pool.open.any():
        served = np.bincount(theirs, minlength=clusters)
        served = served + np.bincount(own[pool.chosen], minlength=clusters)
        waiting = np.unique(own[pool.rest()])
        order = np.lexsort((-size[waiting], served[waiting], size[waiting] < SMALLEST_CLUSTER))
        open_members = pool.open & (own == waiting[order[0]])
        yield int(np.where(open_members, density[: len(points)], -1.0).argmax())


def k_means(points: Points, number: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Divide points ``(n, d)`` into at most ``number`` clusters; give the cluster of each."""
    starts = Pool(np.ones(len(points), bool))
    squared = (points**2).sum(1)

    def distance(row: int) -> Distances:
        apart = squared + squared[row] - 2 * points @ points[row]
        return np.asarray(np.maximum(apart, 0.0))

    for row in _plus_plus(distance, starts, rng):
        starts.chosen.append(row)
        starts.open[row] = False
        if len(starts.chosen) == number:
            break
    centers = points[starts.chosen]
    cluster = _nearest(points, centers)
    for _ in range(LLOYD_STEPS):
        sums = np.zeros_like(centers)
        np.add.at(sums, cluster, points)
        counts = np.bincount(cluster, minlength=len(centers))[:, None]
        centers = np.where(counts > 0, sums / np.maximum(counts, 1), centers)
        moved = _nearest(points, centers)
        if (moved == cluster).all():
            break
        cluster = moved
    return cluster


def standardized(points: Points, like: Points) -> Points:
    """Shift and scale points by the mean and spread of others: no dimension drowns the rest.

    Pooled activations are all positive: every two slices look alike (median cosine .95 within a
    class) until their mean is taken away.
    """
    spread = like.std(0)
    return np.asarray((points - like.mean(0)) / np.where(spread > 1e-9, spread, 1.0), np.float64)


def unit_rows(points: Points) -> Points:
    """Scale every row to length 1; rows of zeros stay."""
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(length > 0, length, 1.0))


def _plus_plus(
    distance: Callable[[int], Distances],
    pool: Pool,
    rng: np.random.Generator,
    first: Distances | None = None,
) -> Iterator[int]:
    """Draw rows with a probability proportional to their squared distance from all chosen.

    Begins with the largest of ``first``, or anywhere; goes on anywhere when no distance is left.
    """
    nearest = np.full(len(pool.open), np.inf)
    seen = 0
    while pool.open.any():
        for row in pool.chosen[seen:]:
            nearest = np.minimum(nearest, distance(row))
        seen = len(pool.chosen)
        if not seen and first is not None:
            yield int(np.where(pool.open, first, -1.0).argmax())
            continue
        weight = np.where(pool.open & np.isfinite(nearest), nearest, 0.0)
        total = float(weight.sum())
        chance = weight / total if total > 0 else pool.open / pool.open.sum()
        yield int(rng.choice(len(chance), p=chance))


def _nearest(points: Points, centers: Points) -> NDArray[np.intp]:
    apart = (centers**2).sum(1)[None] - 2 * points @ centers.T
    return np.asarray(apart.argmin(1))


def _density(own: Points) -> Distances:
    """Give one over the mean distance of each point of a cluster to its nearest others."""
    if len(own) < 2:
        return np.zeros(len(own))
    squares = (own**2).sum(1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * own @ own.T, 0.0))
    nearest = np.sort(apart, axis=1)[:, 1 : NEIGHBORS + 1]
    return np.asarray(1 / (nearest.mean(1) + 1e-12))
