"""Paired scores, intervals and tests agree with what can be computed by hand."""

from itertools import product

import numpy as np
import pytest

from neuroscope.learn.reasons.paired import Grouping, Sums, difference, exchange_p, scored
from neuroscope.statistics import balanced_accuracy, bootstrap_by_unit

UNITS = np.array(["a", "a", "b", "c", "c", "c"])
STRATA = np.zeros(6, np.int64)


def test_a_score_is_the_mean_over_slices_that_say_anything():
    group = Grouping.of(UNITS, STRATA, seed=0, resamples=10)
    values = np.array([1.0, 0.0, np.nan, 0.5, 0.5, 0.0])
    sums = Sums.of(values, group)
    assert sums.score() == pytest.approx(0.4)
    assert (sums.n, sums.patients) == (5, 2)


def test_parts_are_averaged_like_balanced_accuracy():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 3, (2, 60))
    group = Grouping.of(np.arange(60), labels, seed=0, resamples=10)
    sums = Sums.of((labels == predicted).astype(float), group, parts=labels)
    assert sums.score() == pytest.approx(balanced_accuracy(predicted, labels))


def test_the_interval_is_that_of_the_bootstrap_over_units():
    rng = np.random.default_rng(1)
    units = np.repeat(np.arange(40), 5)
    values = rng.normal(size=40)[units] + 0.1 * rng.normal(size=200)
    group = Grouping.of(units, np.zeros(200, np.int64), seed=0)
    sums = Sums.of(values, group)
    ours = scored(sums.score(), sums.drawn(group), n=sums.n, patients=sums.patients)
    theirs = bootstrap_by_unit(lambda rows: float(values[rows].mean()), units)
    assert ours.low == pytest.approx(theirs.low, abs=0.03)
    assert ours.high == pytest.approx(theirs.high, abs=0.03)
    assert ours.patients == 40


def test_the_exchange_test_is_exact_for_few_patients():
    ours = np.array([0.9, 0.8, 0.7, 0.6, 0.9, 0.8])
    theirs = np.array([0.1, 0.2, 0.9, 0.5, 0.4, 0.3])
    group = Grouping.of(UNITS, STRATA, seed=0, resamples=10)
    of = [np.array([1.7, 0.7, 2.3]), np.array([0.3, 0.9, 1.2])]
    apart = of[0] - of[1]
    signs = np.array(list(product((1, -1), repeat=3)))
    expected = np.mean(np.abs(signs @ apart) >= abs(apart.sum()) - 1e-12)
    assert exchange_p(Sums.of(ours, group), Sums.of(theirs, group), group) == expected


def test_networks_that_say_the_same_are_not_told_apart():
    group = Grouping.of(np.arange(30), np.zeros(30, np.int64), seed=0, resamples=50)
    sums = Sums.of(np.random.default_rng(0).normal(size=30), group)
    assert exchange_p(sums, sums, group) == 1
    same = difference(sums, sums, group)
    assert (same.value, same.bound(2.5), same.bound(97.5)) == (0, 0, 0)


def test_by_chance_alone_one_test_in_twenty_says_otherwise():
    rng = np.random.default_rng(3)
    said = 0
    for _ in range(200):
        group = Grouping.of(np.arange(10), np.zeros(10, np.int64), seed=0, resamples=2)
        pair = [Sums.of(rng.normal(size=10), group) for _ in range(2)]
        said += exchange_p(*pair, group) <= 0.05
    assert 2 <= said <= 20


def test_nothing_measured_has_no_p_and_no_interval():
    group = Grouping.of(UNITS, STRATA, seed=0, resamples=10)
    nothing = Sums.of(np.full(6, np.nan), group)
    assert np.isnan(exchange_p(nothing, nothing, group))
    found = scored(nothing.score(), nothing.drawn(group), n=0, patients=0)
    assert (found.value, found.low, found.high) == (None, None, None)


def test_no_slices_at_all_are_no_error():
    group = Grouping.of(np.zeros(0, str), np.zeros(0, np.int64), seed=0, resamples=10)
    assert np.isnan(Sums.of(np.zeros(0), group).score())
