"""Risk and coverage by hand."""

import numpy as np
import pytest

from neuroscope.reliability.doubt.selective import risk_coverage


def test_risk_by_hand():
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    found = risk_coverage(confidence, np.array([True, True, False, True]))
    assert found.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert found.risk == pytest.approx([0, 0, 1 / 3, 0.25])
    assert found.area == pytest.approx((1 / 3 + 0.25) / 4)
    assert found.excess == pytest.approx((1 / 3) / 4)
    assert found.risk_at(0.5) == 0
    assert found.risk_at(0.6) == pytest.approx(1 / 3)


def test_the_best_order_has_no_excess():
    found = risk_coverage(np.arange(10.0), np.arange(10) >= 3)
    assert found.excess == pytest.approx(0)
    assert found.risk_at(0.7) == 0
    assert found.risk_at(1.0) == pytest.approx(0.3)


def test_cases_that_tie_share_their_errors():
    right = np.array([True, False] * 50)
    found = risk_coverage(np.full(100, 0.5), right)
    assert found.risk == pytest.approx(np.full(100, 0.5))


def test_a_useful_confidence_lowers_the_risk():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.5, 1, 4000)
    found = risk_coverage(p, rng.random(4000) < p)
    assert found.risk_at(0.8) < found.risk_at(1.0) - 0.02
