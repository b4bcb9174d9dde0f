"""Wrong labels come first, and a group does not vouch for itself."""

import numpy as np

from neuroscope.reliability.dataset.label_doubt import label_doubts


def clouds(seed=0, n=300):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    centers = 3 * rng.normal(size=(3, 40))
    return (centers[truth] + rng.normal(size=(n, 40))).astype(np.float32), truth


def test_planted_wrong_labels_are_ranked_first():
    features, truth = clouds()
    given = truth.copy()
    wrong = np.random.default_rng(1).choice(300, 12, replace=False)
    given[wrong] = (truth[wrong] + 1) % 3
    found = label_doubts(features, given, ["a", "b", "c"], np.arange(300))
    assert {doubt.picture for doubt in found[:12]} == set(wrong.tolist())
    assert [doubt.suggested for doubt in found[:12]] == [
        "abc"[truth[d.picture]] for d in found[:12]
    ]


def test_copies_do_not_vouch_for_each_other():
    features, truth = clouds()
    given, groups = truth.copy(), np.arange(300)
    features = np.concatenate([features, np.repeat(features[:1], 20, 0)])
    given = np.concatenate([given, np.full(20, (truth[0] + 1) % 3)])
    given[0] = (truth[0] + 1) % 3
    groups = np.concatenate([groups, np.zeros(20, int)])
    found = label_doubts(features, given, ["a", "b", "c"], groups)
    assert {0, *range(300, 320)} <= {doubt.picture for doubt in found}


def test_it_says_why_it_cannot_tell():
    features, truth = clouds()
    assert "two labels" in label_doubts(features, np.zeros(300, int), ["a"], np.arange(300))
    assert "3 groups" in label_doubts(features, truth, ["a", "b", "c"], np.arange(300) % 3)
    assert "two labels" in label_doubts(features, np.full(300, -1), [], np.arange(300))
