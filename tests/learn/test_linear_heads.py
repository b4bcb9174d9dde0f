"""Heads on embeddings whose classes are known."""

import numpy as np
import pytest

from neuroscope.learn.linear_heads import Labeled, drawn_groups, fit_heads, fit_one
from neuroscope.models.heads import mutual_information, p_heads


def labeled(seed, *, n=400, shift=3.0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    embedding = 5 + 3 * (shift * np.eye(6)[labels] + rng.normal(0, 1, (n, 6)))
    return Labeled(embedding.astype(np.float32), labels.astype(np.int64), np.arange(n) // 4)


def test_heads_find_the_classes_and_disagree_between_them():
    train, apart = labeled(0), labeled(1)
    heads, penalty = fit_heads(train, apart, number=3)
    asked = p_heads(heads, apart.embedding)
    assert (asked.mean(0).argmax(1) == apart.labels).mean() > 0.8
    assert penalty > 0
    between = np.full((1, 6), 5.0, np.float32)
    torn = mutual_information(p_heads(heads, between))[0]
    assert torn > np.median(mutual_information(asked))
    assert len({head.tobytes() for head in heads.weight}) == 3


def test_the_same_seed_gives_the_same_heads():
    train, apart = labeled(0), labeled(1)
    first, second = (fit_heads(train, apart, number=1, seed=3)[0] for _ in range(2))
    assert np.array_equal(first.weight, second.weight)


def test_whole_groups_are_drawn_and_no_class_is_lost():
    train = labeled(0)
    rows = drawn_groups(train, np.random.default_rng(0))
    assert set(train.labels[rows]) == {0, 1, 2, 3}
    for label in range(4):
        drawn = train.units[rows[train.labels[rows] == label]]
        assert len(set(drawn)) < 100, "with replacement, some groups stay away"
    few = Labeled(train.embedding, train.labels, train.labels)  # one group a class
    assert np.array_equal(np.sort(drawn_groups(few, np.random.default_rng(0))), np.arange(400))


def test_a_rare_class_weighs_as_much_as_a_common_one():
    rng = np.random.default_rng(0)
    labels = np.array([0] * 380 + [1] * 20)
    scaled = rng.normal(0, 1, (400, 1)) + labels[:, None]
    weight, bias = fit_one(scaled, labels.astype(np.int64), penalty=1e-6)
    even = -(bias[1] - bias[0]) / (weight[1, 0] - weight[0, 0])
    assert even == pytest.approx(0.5, abs=0.25), "the border lies in the middle, not at the rare"
