"""Heads that agree, heads that differ, and a head with inputs left out."""

import numpy as np
import pytest

from neuroscope.models.heads import Heads, dropped_heads, entropy, mutual_information, p_heads


def heads(*weights, temperature=1.0):
    weight = np.stack([np.asarray(w, np.float32) for w in weights])
    return Heads(weight, np.zeros(weight.shape[:2], np.float32), temperature)


def test_heads_are_the_linear_part_of_the_embedding():
    embedding = np.array([[1.0, 0.0, 99.0]], np.float32)  # the third number is not for the heads
    found = p_heads(heads([[np.log(3), 0], [0, 0]]), embedding)
    assert found.shape == (1, 1, 2)
    assert found[0, 0] == pytest.approx([0.75, 0.25])
    cooler = p_heads(heads([[np.log(3), 0], [0, 0]], temperature=0.5), embedding)
    assert cooler[0, 0] == pytest.approx([0.9, 0.1])


def test_mutual_information_is_what_heads_disagree_on():
    sure = np.array([1.0, 0.0])
    torn, agreed = np.stack([sure, sure[::-1]]), np.full((2, 2), 0.5)
    p_of_heads = np.stack([torn, agreed], axis=1)
    assert mutual_information(p_of_heads) == pytest.approx([np.log(2), 0])
    assert entropy(p_of_heads.mean(0)) == pytest.approx([np.log(2)] * 2), "the doubt is the same"


def test_mutual_information_never_exceeds_the_doubt():
    p = np.random.default_rng(0).dirichlet(np.ones(4), (5, 300))
    found = mutual_information(p)
    assert (found >= 0).all()
    assert (found <= entropy(p.mean(0)) + 1e-12).all()


def test_dropout_leaves_out_inputs_and_keeps_the_mean():
    weight, bias = np.ones((2, 400), np.float32), np.zeros(2, np.float32)
    found = dropped_heads(weight, bias, draws=20, rate=0.2, seed=1)
    assert found.weight.shape == (20, 2, 400)
    assert (found.weight == 0).mean() == pytest.approx(0.2, abs=0.03)
    assert found.weight.mean() == pytest.approx(1.0, abs=0.02)
    assert len({draw.tobytes() for draw in found.weight}) == 20
    again = dropped_heads(weight, bias, draws=20, rate=0.2, seed=1)
    assert np.array_equal(found.weight, again.weight)


def test_without_dropout_all_draws_agree():
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(4, 6)).astype(np.float32)
    found = dropped_heads(weight, np.zeros(4, np.float32), draws=3, rate=0.0)
    asked = p_heads(found, rng.normal(size=(9, 6)))
    assert mutual_information(asked) == pytest.approx(np.zeros(9), abs=1e-12)


def test_a_rate_of_one_is_refused():
    with pytest.raises(ValueError, match="rate is 1"):
        dropped_heads(np.ones((2, 3), np.float32), np.zeros(2, np.float32), rate=1.0)
