"""Temperature and calibration error against answers known beforehand."""

import numpy as np
import pytest

from neuroscope.models.calibration import (
    brier_score,
    expected_calibration_error,
    fit_temperature,
    probabilities,
)


def honest_cases(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is the true distribution of the labels."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (n, 4))
    p_class = probabilities(logits, temperature=1.0)
    labels = (p_class.cumsum(1) < rng.random((n, 1))).sum(1)
    return logits, labels


def test_logits_times_2_5_need_temperature_2_5():
    logits, labels = honest_cases(20_000)
    assert fit_temperature(2.5 * logits, labels) == pytest.approx(2.5, rel=0.03)


def test_honest_probabilities_have_little_calibration_error():
    logits, labels = honest_cases(20_000)
    p_class = probabilities(logits, temperature=1.0)
    assert expected_calibration_error(p_class, labels) < 0.015
    sharper = probabilities(logits, temperature=0.4)
    assert expected_calibration_error(sharper, labels) > 0.05


def test_calibration_error_by_hand():
    p_class = np.array([[0.8, 0.2], [0.8, 0.2], [0.6, 0.4], [0.6, 0.4]])
    labels = np.array([0, 0, 0, 1])
    assert expected_calibration_error(p_class, labels, bins=2) == pytest.approx(0.15)


def test_calibration_error_without_cases_is_nan():
    assert np.isnan(expected_calibration_error(np.zeros((0, 4)), np.zeros(0, int)))


def test_brier_score_by_hand():
    assert brier_score(np.array([[0.8, 0.2]]), np.array([0])) == pytest.approx(0.08)


def test_temperature_keeps_the_answer():
    logits, _ = honest_cases(100)
    warm = probabilities(logits, temperature=3.0)
    assert (warm.argmax(1) == logits.argmax(1)).all()
