"""Intervals by unit, checked where the truth is known."""

import numpy as np
import pytest

from neuroscope.statistics import balanced_accuracy, bootstrap_by_unit, mean_by_unit


def test_a_constant_has_no_spread():
    units = np.array(["a", "a", "b", "c"])
    found = bootstrap_by_unit(lambda rows: 0.5 + 0 * len(rows), units, resamples=50)
    assert (found.value, found.low, found.high, found.n, found.units) == (0.5, 0.5, 0.5, 4, 3)


def test_slices_of_one_patient_do_not_count_as_many():
    rng = np.random.default_rng(0)
    per_patient = rng.random(30)
    values = np.repeat(per_patient, 20)
    units = np.repeat(np.arange(30), 20).astype(str)
    by_patient = bootstrap_by_unit(lambda rows: float(values[rows].mean()), units, resamples=500)
    each = np.arange(600).astype(str)
    by_slice = bootstrap_by_unit(lambda rows: float(values[rows].mean()), each, resamples=500)
    assert by_patient.high - by_patient.low > 3 * (by_slice.high - by_slice.low)
    standard_error = per_patient.std() / np.sqrt(30)
    assert by_patient.high - by_patient.low == pytest.approx(2 * 1.96 * standard_error, rel=0.15)


@pytest.mark.slow
def test_intervals_by_patient_cover_and_intervals_by_slice_do_not():
    rng = np.random.default_rng(1)
    hits = {"patient": 0, "slice": 0}
    trials = 200
    for _ in range(trials):
        accuracy = rng.beta(8, 2, 40)
        right = (rng.random((40, 20)) < accuracy[:, None]).ravel().astype(float)
        for name, units in (("patient", np.repeat(np.arange(40), 20)), ("slice", np.arange(800))):
            found = bootstrap_by_unit(
                lambda rows, r=right: float(r[rows].mean()), units.astype(str), resamples=200
            )
            hits[name] += found.low <= 0.8 <= found.high
    assert 0.88 <= hits["patient"] / trials <= 0.98
    assert hits["slice"] / trials < 0.85


def test_strata_keep_every_class_in_every_sample():
    labels = np.array([0, 0, 1, 1])
    units = np.array(["a", "b", "c", "d"])
    seen = []
    bootstrap_by_unit(
        lambda rows: float(seen.append(set(labels[rows])) or 0), units, strata=labels, resamples=40
    )
    assert all(classes == {0, 1} for classes in seen)


def test_same_seed_same_interval():
    values = np.random.default_rng(0).random(50)
    units = np.arange(50).astype(str)
    first, second = (
        bootstrap_by_unit(lambda rows: float(values[rows].mean()), units, resamples=60, seed=4)
        for _ in range(2)
    )
    assert first == second


def test_balanced_accuracy_ignores_how_many_there_are():
    labels = np.array([0] * 90 + [1] * 10)
    assert balanced_accuracy(np.zeros(100, np.int64), labels) == pytest.approx(0.5)


def test_a_mean_counts_every_value_as_a_unit_of_its_own():
    values = np.random.default_rng(3).gamma(2.0, size=60)
    found = mean_by_unit(values)
    assert found.value == pytest.approx(values.sum() / 60)
    assert (found.n, found.units) == (60, 60)
    error = values.std() / np.sqrt(60)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert found.low < found.value < found.high
    assert mean_by_unit(values) == found, "the same values, the same interval"


def test_the_mean_of_two_values_has_them_as_ends():
    found = mean_by_unit(np.array([0.25, 0.75]))
    assert (found.value, found.low, found.high, found.n, found.units) == (0.5, 0.25, 0.75, 2, 2)
