"""A threshold is proved, or it is said how many tumors the proof takes."""

from statistics import NormalDist

import numpy as np
import pytest

from neuroscope.reliability.doubt.sensitivity import (
    clopper_pearson_lower,
    fewest_to_prove,
    threshold_for,
)


def groups(n):
    return np.arange(n).astype(str)


def test_no_misses_of_58_prove_nothing_of_95_percent():
    found = threshold_for(np.linspace(0.5, 1, 58), groups(58), target=0.95)
    assert found.threshold is None
    assert "58 groups" in found.sentence
    assert "59" in found.sentence


def test_no_misses_of_59_prove_95_percent():
    p_tumor = np.linspace(0.5, 1, 59)
    found = threshold_for(p_tumor, groups(59), target=0.95)
    assert found.threshold == pytest.approx(0.5)
    assert found.missed == 0
    assert found.lower >= 0.95


def test_the_largest_threshold_that_is_proved_is_taken():
    p_tumor = np.linspace(0, 1, 401)[1:]
    found = threshold_for(p_tumor, groups(400), target=0.95)
    assert clopper_pearson_lower(400 - found.missed, 400) >= 0.95
    assert clopper_pearson_lower(400 - found.missed - 1, 400) < 0.95
    assert (p_tumor < found.threshold).sum() == found.missed


def test_slices_of_a_group_count_once():
    p_tumor = np.repeat(np.linspace(0.5, 1, 20), 10)
    assert threshold_for(p_tumor, groups(200), target=0.95).threshold is not None
    by_group = threshold_for(p_tumor, np.repeat(groups(20), 10), target=0.95)
    assert by_group.threshold is None
    assert by_group.groups == 20


def test_the_bound_is_that_of_the_binomial_law():
    from scipy.stats import binom

    lower = clopper_pearson_lower(95, 100)
    assert binom.sf(94, 100, lower) == pytest.approx(0.05)
    assert clopper_pearson_lower(0, 10) == 0


def test_the_proof_holds_for_new_tumors():
    """Of many calibrations, at most 5 % choose a threshold that finds less than promised."""
    rng = np.random.default_rng(0)
    broken = 0
    for _ in range(150):
        found = threshold_for(rng.normal(0, 1, 70), groups(70), target=0.9)
        broken += 1 - NormalDist().cdf(found.threshold) < 0.9
    assert broken / 150 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert broken > 0, "a bound that never fails is too careful to be the exact one"


def test_how_many_tumors_a_proof_takes():
    assert fewest_to_prove(0.95) == 59
    assert fewest_to_prove(0.99) == 299
