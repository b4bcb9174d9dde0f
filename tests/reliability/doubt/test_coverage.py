"""Bands of coverage against exact laws, and a verdict for each class."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from neuroscope.models.conformal import ranks_of
from neuroscope.reliability.doubt.coverage import coverage_band, measure_coverage


def test_the_band_of_many_new_groups_is_that_of_the_beta_law():
    found = coverage_band(99, 100_000, 90.0)
    law = beta(90, 10)
    assert found.low == pytest.approx(law.ppf(0.0005), abs=0.003)
    assert found.high == pytest.approx(law.ppf(0.9995), abs=0.003)
    assert found.expected == pytest.approx(0.9)


def test_the_band_of_endless_calibration_is_binomial():
    found = coverage_band(10**7 - 1, 200, 90.0)
    assert found.low == pytest.approx(binom(200, 0.9).ppf(0.0005) / 200, abs=0.006)


def test_too_few_groups_cover_everything():
    found = coverage_band(8, 50, 90.0)
    assert (found.low, found.high, found.expected) == (1.0, 1.0, 1.0)


def measured(covered, *, tested=200, calibrated=99):
    """One class, whose calibration p of test group n is above .1 for a share of the groups."""
    rng = np.random.default_rng(0)
    ranks = ranks_of(rng.random(calibrated), np.arange(calibrated))
    p = np.where(np.arange(tested) < covered * tested, 0.5, 0.01)[:, None]
    labels = np.zeros(tested, np.int64)
    (found,) = measure_coverage(p, labels, np.arange(tested).astype(str), (ranks,), (90.0,))
    return found


@pytest.mark.parametrize(
    ("covered", "verdict"),
    [(0.9, "holds"), (0.6, "too low"), (1.0, "higher than promised")],
)
def test_the_verdict_follows_the_band(covered, verdict):
    assert measured(covered, tested=2000).verdict == verdict


def test_few_test_groups_give_no_verdict_and_few_calibration_groups_no_promise():
    assert measured(0.9, tested=19).verdict == "insufficient"
    assert measured(1.0, calibrated=8).verdict == "never excluded"


def test_slices_of_a_group_share_its_weight():
    ranks = ranks_of(np.random.default_rng(0).random(99), np.arange(99))
    p = np.array([[0.5]] * 30 + [[0.01]])  # one group of 30 covered slices, one of one missed
    units = np.array(["a"] * 30 + ["b"])
    (found,) = measure_coverage(p, np.zeros(31, np.int64), units, (ranks,), (90.0,))
    assert found.covered.value == pytest.approx(0.5)
    assert (found.covered.n, found.covered.units) == (31, 2)
