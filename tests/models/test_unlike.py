"""Each test of unlikeness against a cloud that is known, and the share they give together."""

import numpy as np
import pytest

from neuroscope.models.conformal import ranks_of
from neuroscope.models.unlike import Known, raw_tests, score_between, unusual
from neuroscope.records.doubt import ABSTAIN_BELOW

D = 6


def known(**changes):
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(300, D))
    parts = {
        "center": np.zeros(D, np.float32),
        "spread": np.ones(D, np.float32),
        "directions": (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(
            np.float32
        ),
        "class_means": np.zeros((4, D), np.float32),
        "whitening": np.eye(D, dtype=np.float32),
        "middle": np.zeros(3),
        "reach": np.ones(3),
    }
    return Known(**{**parts, **changes})


def measured_tests(embedding, logits=None, of=None):
    embedding = np.asarray(embedding, np.float32)
    logits = np.zeros((len(embedding), 4), np.float32) if logits is None else logits
    return raw_tests(embedding, np.asarray(logits, np.float32), of or known(), temperature=1.0)


def test_distance_is_to_the_nearest_class_in_its_own_spread():
    means = np.zeros((4, D), np.float32)
    means[1, 0] = 10
    of = known(class_means=means, whitening=np.diag([1, 0.5, 1, 1, 1, 1]).astype(np.float32))
    asked = np.zeros((3, D))
    asked[0, 0], asked[1, 0], asked[2, 1] = 10, 12, 4
    expected = np.sqrt(np.array([0, 4, 4]) / D)
    assert measured_tests(asked, of=of)[:, 1] == pytest.approx(expected)


def test_neighbors_is_the_angle_to_the_tenth_nearest():
    directions = np.zeros((20, D), np.float32)
    directions[:10, 0] = 1
    directions[10:, 1] = 1
    asked = np.eye(D)[:3] * 7.0
    assert measured_tests(asked, of=known(directions=directions))[:, 0] == pytest.approx([0, 0, 1])


def test_energy_is_high_where_no_class_speaks():
    logits = [[9, 0, 0, 0], [0, 0, 0, 0], [-5, -5, -5, -5]]
    energy = measured_tests(np.ones((3, D)), logits)[:, 2]
    assert energy == pytest.approx([-9.0004, -np.log(4), 5 - np.log(4)], abs=1e-3)


def test_the_largest_test_speaks_in_its_own_units():
    of = known(middle=np.array([0.0, 10.0, -5.0]), reach=np.array([0.1, 1.0, 2.0]))
    assert unusual(np.array([[0.05, 10.2, -4.0], [0.0, 10.0, -9.0]]), of) == pytest.approx([0.5, 0])


def test_one_percent_of_ordinary_slices_at_most_abstain_and_strangers_do():
    rng = np.random.default_rng(1)
    of = known()
    ranks = ranks_of(unusual(measured_tests(rng.normal(size=(400, D))), of), np.arange(400))
    new = unusual(measured_tests(rng.normal(size=(4000, D))), of)
    assert (ranks.p(new) < ABSTAIN_BELOW).mean() <= 0.02
    far = unusual(measured_tests(rng.normal(size=(50, D)) + 9), of)
    assert (ranks.p(far) < ABSTAIN_BELOW).all()


def test_the_score_passes_one_exactly_where_the_network_abstains():
    rng = np.random.default_rng(2)
    ranks = ranks_of(rng.normal(size=300), np.repeat(np.arange(150), 2))
    asked = np.linspace(-4, 6, 500)
    score = score_between(asked, ranks)
    assert np.array_equal(score > 1, ranks.p(asked) < ABSTAIN_BELOW)
    assert (score >= 0).all()
    assert (np.diff(score) >= -1e-12).all()
    assert score_between(np.median(ranks.scores, keepdims=True), ranks)[0] < 0.1
