"""Sets of classes against what they promise, where the truth is known."""

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import betabinom

from neuroscope.models.conformal import (
    ScoreRule,
    calibrate,
    fewest_groups,
    kept_at,
    p_fits,
    ranks_of,
    scores_of,
    weights_of,
)

LEVELS = (80.0, 90.0, 95.0)
RULES = {name: ScoreRule(name=name) for name in ("lac", "aps", "raps")}


def cases(rng, *, groups, slices=1, classes=4, spread=1.5):
    """Groups of slices that resemble each other, and an imperfect network's answers to them."""
    labels = np.tile(np.arange(classes), groups // classes)
    centers = 2.5 * np.eye(classes)[labels] + rng.normal(0, spread, (len(labels), classes))
    logits = np.repeat(centers, slices, 0) + rng.normal(0, 0.3, (len(labels) * slices, classes))
    units = np.repeat(np.arange(len(labels)), slices)
    return softmax(logits, axis=1), np.repeat(labels, slices), units


def test_one_slice_a_group_is_the_rule_of_the_order_statistic():
    rng = np.random.default_rng(0)
    for n, level in ((9, 90.0), (19, 95.0), (30, 80.0), (57, 90.0)):
        scores = rng.random(n)
        ranks = ranks_of(scores, np.arange(n))
        largest = np.sort(scores)[int(np.ceil((n + 1) * level / 100 - 1e-9)) - 1]
        asked = np.concatenate([rng.random(200), scores, [largest]])
        assert np.array_equal(kept_at(ranks.p(asked), level), asked <= largest)


def test_too_few_groups_exclude_nothing():
    rng = np.random.default_rng(0)
    for level in (90.0, 95.0):
        few = fewest_groups(level) - 1
        assert kept_at(ranks_of(rng.random(few), np.arange(few)).p(np.array([1e9])), level).all()
        enough = ranks_of(rng.random(few + 1), np.arange(few + 1))
        assert not kept_at(enough.p(np.array([1e9])), level).any()


def test_slices_of_a_group_share_one_vote():
    assert weights_of(np.array(["a", "a", "b"])).tolist() == [0.5, 0.5, 1.0]
    ranks = ranks_of(np.array([0.1, 0.9, 0.5]), np.array(["a", "a", "b"]))
    assert ranks.groups == 2
    assert ranks.p(np.array([0.0, 0.5, 0.7, 1.0])).tolist() == [1.0, 2.5 / 3, 0.5, 1 / 3]


def test_a_group_counts_as_the_average_over_draws_of_one_slice_of_it():
    rng = np.random.default_rng(1)
    units = np.repeat(np.arange(6), (1, 2, 3, 4, 5, 6))
    scores = rng.random(len(units))
    asked = np.array([0.3, 0.8])
    drawn = []
    for _ in range(1500):
        rows = [rng.choice(np.flatnonzero(units == unit)) for unit in range(6)]
        drawn.append(ranks_of(scores[rows], np.arange(6)).p(asked))
    assert ranks_of(scores, units).p(asked) == pytest.approx(np.mean(drawn, 0), abs=0.015)


@pytest.mark.parametrize("name", RULES)
def test_sets_grow_with_the_level(name):
    rng = np.random.default_rng(2)
    p_class, labels, units = cases(rng, groups=200, slices=3)
    scores = scores_of(p_class, RULES[name])
    fits = p_fits(scores, calibrate(scores, labels, units))
    smaller = np.zeros_like(fits, bool)
    for level in (50.0, *LEVELS, 99.0):
        kept = kept_at(fits, level)
        assert (kept >= smaller).all()
        smaller = kept
    assert smaller.any()


def test_lac_aps_and_raps_by_hand():
    p_class = np.array([[0.6, 0.3, 0.1]])
    assert scores_of(p_class, ScoreRule())[0] == pytest.approx([0.4, 0.7, 0.9])
    aps = scores_of(p_class, ScoreRule(name="aps"), part=np.array([1.0]))
    assert aps[0] == pytest.approx([0.6, 0.9, 1.0])
    assert scores_of(p_class, ScoreRule(name="aps", part=0.0))[0] == pytest.approx([0, 0.6, 0.9])
    raps = ScoreRule(name="raps", part=0.0, penalty=0.5, free=1)
    assert scores_of(p_class, raps)[0] == pytest.approx([0, 1.1, 1.9])


def covered_groups(rng, rule, *, groups, tested, permuted=False):
    """Calibrate by group; count new groups (one slice each) whose class is kept."""
    p_class, labels, units = cases(rng, groups=groups, slices=3)
    new, truth, _ = cases(rng, groups=tested)
    if permuted:
        names = rng.permutation(4)
        labels, truth = rng.permutation(labels[::3]).repeat(3), names[truth]
        truth = rng.permutation(truth)
    fits = p_fits(scores_of(new, rule), calibrate(scores_of(p_class, rule), labels, units))
    own = fits[np.arange(len(truth)), truth]
    return {
        (k, level): (int(kept_at(own[truth == k], level).sum()), int((truth == k).sum()))
        for k in range(4)
        for level in LEVELS
    }, np.bincount(labels[::3], minlength=4)


@pytest.mark.parametrize("permuted", [False, True], ids=["honest", "labels permuted"])
@pytest.mark.parametrize("name", RULES)
def test_coverage_lies_in_the_beta_binomial_band_for_every_class(name, permuted):
    rng = np.random.default_rng(3)
    outside, asked, shares = 0, 0, {level: [] for level in LEVELS}
    for _ in range(8):
        found, groups = covered_groups(rng, RULES[name], groups=400, tested=800, permuted=permuted)
        for (k, level), (covered, number) in found.items():
            missed = int((groups[k] + 1) * (100 - level) / 100 + 1e-9)
            law = betabinom(number, groups[k] + 1 - missed, missed)
            low, high = law.ppf(0.0005), law.ppf(0.9995)
            outside += not low <= covered <= high
            asked += 1
            shares[level].append(covered / number)
    assert outside <= 2, f"{outside} of {asked} outside a band of 99.9 %"
    for level in LEVELS:
        assert np.mean(shares[level]) == pytest.approx(level / 100, abs=0.02)


def test_slices_taken_for_groups_break_the_band():
    """The control: calibrated by slice, coverage of new patients scatters beyond what n allows."""
    rng = np.random.default_rng(4)
    by_group, by_slice = [], []
    for _ in range(60):
        p_class, labels, units = cases(rng, groups=80, slices=20)
        new, truth, _ = cases(rng, groups=1000)
        scores, asked = scores_of(p_class, ScoreRule()), scores_of(new, ScoreRule())
        rows = np.arange(len(truth))
        for found, of in ((by_group, units), (by_slice, np.arange(len(units)))):
            fits = p_fits(asked, calibrate(scores, labels, of))
            found.append(kept_at(fits[rows, truth], 90.0).mean())
    expected = np.sqrt(0.9 * 0.1 / (20 + 2) / 4)  # Beta of 20 groups a class, four classes
    claimed = np.sqrt(0.9 * 0.1 / (400 + 2) / 4)
    assert np.mean(by_group) >= 0.895
    assert np.std(by_slice) > 2 * claimed
    assert np.std(by_group) == pytest.approx(expected, rel=0.4)


def test_an_empty_set_says_that_no_class_fits():
    rng = np.random.default_rng(5)
    p_class, labels, units = cases(rng, groups=400, spread=0.3)
    scores = scores_of(p_class, ScoreRule())
    unsure = scores_of(np.full((1, 4), 0.25), ScoreRule())
    assert not kept_at(p_fits(unsure, calibrate(scores, labels, units)), 95.0).any()
