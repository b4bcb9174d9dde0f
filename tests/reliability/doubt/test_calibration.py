"""Errors of probabilities against honest and dishonest ones."""

import numpy as np
import pytest

from neuroscope.models.calibration import brier_score, expected_calibration_error
from neuroscope.reliability.doubt.calibration import (
    brier_parts,
    classwise_error,
    debiased_error,
    negative_log_likelihood,
    reliability_diagram,
)


def honest(n, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.5, 1, n)
    return p, rng.random(n) < p


def test_the_correction_takes_off_what_chance_adds():
    plain, corrected = [], []
    for seed in range(60):
        p, is_right = honest(300, seed)
        two = np.column_stack([1 - p, p])
        labels = is_right.astype(np.int64)
        plain.append(expected_calibration_error(two, labels))
        corrected.append(debiased_error(p, is_right))
    assert 0 < np.mean(corrected) < 0.7 * np.mean(plain)


def test_a_real_error_is_kept():
    p, is_right = honest(20_000)
    shifted = np.clip(p - 0.1, 0, 1)
    assert debiased_error(shifted, is_right) == pytest.approx(0.1, abs=0.01)
    assert np.isnan(debiased_error(np.zeros(0), np.zeros(0, bool)))


def test_the_class_that_errs_is_named():
    rng = np.random.default_rng(0)
    p_class = rng.dirichlet(np.ones(3), 20_000)
    labels = (p_class.cumsum(1) < rng.random((20_000, 1))).sum(1)
    wrong = p_class.copy()
    wrong[:, 0] = 0.5 * p_class[:, 0]
    found = classwise_error(wrong, labels)
    assert found[0] == pytest.approx(p_class[:, 0].mean() / 2, rel=0.1)
    assert found[1:].max() < 0.01


def test_likelihood_and_the_parts_of_brier_by_hand():
    p_class = np.array([[0.8, 0.2], [0.5, 0.5]])
    expected = -np.log([0.8, 0.5]).mean()
    assert negative_log_likelihood(p_class, np.array([0, 1])) == pytest.approx(expected)
    p, is_right = np.array([0.2, 0.2, 0.9, 0.9]), np.array([False, False, True, False])
    parts = brier_parts(p, is_right, bins=2)
    total = parts.reliability - parts.resolution + parts.uncertainty
    two = np.column_stack([1 - p, p])
    assert 2 * total == pytest.approx(brier_score(two, is_right.astype(int)))
    assert parts.uncertainty == pytest.approx(3 / 16)


def test_the_diagram_counts_by_unit():
    p, is_right = honest(600)
    units = np.repeat(np.arange(60), 10)
    bins = reliability_diagram(p, is_right, units, bins=5)
    assert [one.observed.n for one in bins] == [120] * 5
    assert sum(one.observed.low <= one.p_mean <= one.observed.high for one in bins) >= 4
    assert [one.p_mean for one in bins] == sorted(one.p_mean for one in bins)
