"""Scores of doubt against sums over all cases."""

import numpy as np
import pytest

from neuroscope.learn.reasons.uncertainty import bald, closeness, entropy


def some_heads(heads=5, n=40, classes=4, seed=0) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (heads, n, classes))
    p = np.exp(logits)
    return np.asarray(p / p.sum(-1, keepdims=True))


def test_bald_is_the_information_the_label_holds_about_the_head():
    p_heads = some_heads()
    heads, n, classes = p_heads.shape
    for row in range(n):
        told = 0.0
        for head in range(heads):
            for label in range(classes):
                joint = p_heads[head, row, label] / heads
                apart = p_heads[:, row, label].sum() / heads / heads
                told += joint * np.log(joint / apart)
        assert bald(p_heads)[row] == pytest.approx(told, abs=1e-12)


def test_heads_that_agree_hold_no_information_however_unsure():
    alike = np.repeat(np.full((1, 3, 4), 0.25), 6, axis=0)
    assert bald(alike) == pytest.approx(np.zeros(3), abs=1e-12)
    assert bald(some_heads(heads=1)) == pytest.approx(np.zeros(40), abs=1e-12)
    opposed = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    assert bald(opposed) == pytest.approx([np.log(2)])


def test_entropy_and_closeness_have_known_ends():
    ends = np.array(
        [[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0], [0.7, 0.2, 0.1, 0]]
    )
    assert entropy(ends)[:3] == pytest.approx([0, np.log(4), np.log(2)])
    assert closeness(ends) == pytest.approx([0, 1, 1, 0.5])
