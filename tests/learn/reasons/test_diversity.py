"""Rules of choice against brute force and against groups that were planted."""

from itertools import combinations, islice

import numpy as np
import pytest

from neuroscope.learn.reasons.diversity import (
    Pool,
    badge,
    k_center,
    k_means,
    standardized,
    typical,
    unit_rows,
)


def taken(rows, pool, number) -> list[int]:
    for row in islice(rows, number):
        pool.chosen.append(row)
        pool.open[row] = False
    return pool.chosen


def everything(n) -> Pool:
    return Pool(np.ones(n, bool))


def groups(centers, each=20, spread=0.1, seed=0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = np.concatenate([rng.normal(c, spread, (each, len(c))) for c in np.array(centers)])
    return points, np.repeat(np.arange(len(centers)), each)


def radius(points, centers) -> float:
    apart = np.linalg.norm(points[:, None] - points[list(centers)][None], axis=-1)
    return float(apart.min(1).max())


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("number", [2, 3, 4])
def test_k_center_is_within_twice_the_optimum(seed, number):
    points = np.random.default_rng(seed).normal(size=(12, 3))
    best = min(radius(points, chosen) for chosen in combinations(range(12), number))
    pool = everything(12)
    assert radius(points, taken(k_center(points, pool), pool, number)) <= 2 * best


def test_k_center_keeps_away_from_what_is_known_and_from_what_others_chose():
    points = np.array([[0.0], [1], [5], [9], [10]])
    pool = everything(5)
    assert next(k_center(points, pool, known=np.array([[10.0]]))) == 0
    pool = everything(5)
    rows = k_center(points, pool, known=np.array([[10.0]]))
    pool.chosen.append(0)
    pool.open[0] = False
    assert next(rows) == 2


def test_badge_draws_as_k_means_plus_plus_on_the_gradients_would():
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.ones(4), 60)
    features = rng.normal(size=(60, 7))
    error = p - np.eye(4)[p.argmax(1)]
    gradients = (error[:, :, None] * features[:, None, :]).reshape(60, -1)
    plain = np.random.default_rng(9)
    expected = [int((gradients**2).sum(1).argmax())]
    while len(expected) < 12:
        apart = ((gradients[:, None] - gradients[expected][None]) ** 2).sum(-1).min(1)
        apart[expected] = 0
        expected.append(int(plain.choice(60, p=apart / apart.sum())))
    pool = everything(60)
    assert taken(badge(p, features, pool, np.random.default_rng(9)), pool, 12) == expected


def test_badge_prefers_doubt_and_spreads_it():
    rng = np.random.default_rng(1)
    sure = np.tile([0.999, 0.0005, 0.0005], (80, 1))
    torn = np.repeat([[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]], 10, axis=0)
    p = np.concatenate([sure, torn])
    features = rng.normal(1, 0.05, (110, 5))
    pool = everything(110)
    chosen = taken(badge(p, features, pool, rng), pool, 4)
    kinds = {tuple(p[row] > 0.4) for row in chosen if row >= 80}
    assert sum(row < 80 for row in chosen) <= 1  # of four in five slices; they count as one kind
    assert len(kinds) == 3


def test_badge_without_any_doubt_draws_all_the_same():
    p = np.tile([1.0, 0.0], (6, 1))
    pool = everything(6)
    rows = taken(badge(p, np.ones((6, 2)), pool, np.random.default_rng(0)), pool, 9)
    assert sorted(rows) == list(range(6))


def test_typical_takes_the_middle_of_every_group_before_a_second_one():
    points, group = groups([(0, 0), (4, 0), (0, 4), (4, 4)])
    pool = everything(len(points))
    chosen = taken(typical(points, pool, 4, np.random.default_rng(0)), pool, 4)
    assert sorted(group[chosen].tolist()) == [0, 1, 2, 3]
    for row in chosen:
        own = points[group == group[row]]
        apart = np.linalg.norm(own - own.mean(0), axis=1)
        assert np.linalg.norm(points[row] - own.mean(0)) <= np.quantile(apart, 0.3)


def test_typical_serves_groups_without_labels_first():
    points, group = groups([(0, 0), (4, 0), (0, 4)])
    known = np.array([[0.0, 0.02], [0.02, 0.0]])
    pool = everything(len(points))
    chosen = taken(typical(points, pool, 2, np.random.default_rng(0), known), pool, 2)
    assert sorted(group[chosen].tolist()) == [1, 2]


def test_k_means_finds_groups_and_gives_the_same_twice():
    points, group = groups([(0, 0, 0), (3, 0, 0), (0, 3, 0), (0, 0, 3)])
    first, second = (k_means(points, 4, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)
    pairs = {(int(a), int(b)) for a, b in zip(first, group, strict=True)}
    assert len(pairs) == 4


def test_k_means_of_copies_ends():
    assert len(set(k_means(np.ones((5, 2)), 3, np.random.default_rng(0)).tolist())) == 1


def test_standardized_uses_the_other_points():
    like = np.array([[0.0, 5], [2, 5]])
    assert standardized(np.array([[3.0, 6]]), like).tolist() == [[2, 1]]
    assert unit_rows(np.array([[3.0, 4], [0, 0]])).tolist() == [[0.6, 0.8], [0, 0]]
