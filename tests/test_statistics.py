"""Intervals by unit, checked where the truth is known."""

import numpy as np
import pytest

from neuroscope.statistics import (
    association_by_unit,
    balanced_accuracy,
    bootstrap_by_unit,
    compare_by_unit,
    holm,
    mcnemar,
    mean_by_unit,
    permutation_by_unit,
    share_of,
)


def mean_of(values, rows):
    return float(values[rows].mean())


def paired_cohort(rng, *, patients, slices, gain, spread):
    """Two networks on the same slices; the gain differs from patient to patient."""
    skill = rng.normal(0, 1, patients)
    gains = rng.normal(gain, spread, patients)
    first = np.repeat(skill + gains, slices) + rng.normal(0, 0.1, patients * slices)
    second = np.repeat(skill, slices) + rng.normal(0, 0.1, patients * slices)
    return first, second, np.repeat(np.arange(patients), slices)


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
    names = {"patient": np.repeat(np.arange(40), 20), "slice": np.arange(800)}
    trials = {"patient": 1000, "slice": 150}
    hits = dict.fromkeys(names, 0)
    for trial in range(1000):
        accuracy = rng.beta(8, 2, 40)
        right = (rng.random((40, 20)) < accuracy[:, None]).ravel().astype(float)
        for name in [name for name in names if trial < trials[name]]:
            found = bootstrap_by_unit(
                lambda rows, r=right: float(r[rows].mean()), names[name], resamples=200, seed=trial
            )
            hits[name] += found.low <= 0.8 <= found.high
    assert 0.91 <= hits["patient"] / 1000 <= 0.97
    assert hits["slice"] / 150 < 0.85, "slices of a patient are no evidence of their own"


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


def test_a_difference_is_judged_by_the_patients_it_rests_on():
    rng = np.random.default_rng(0)
    first, second, units = paired_cohort(rng, patients=30, slices=8, gain=0.5, spread=0.5)
    found = compare_by_unit(mean_of, first, second, units, resamples=400)
    assert found.difference.value == pytest.approx(found.first.value - found.second.value)
    assert found.difference.low > 0
    assert found.p < 0.01
    assert found.verdict() == "first higher"
    turned = compare_by_unit(mean_of, second, first, units, resamples=400)
    assert turned.verdict() == "second higher"
    assert turned.p == found.p
    assert found.verdict(p_adjusted=0.2) == "no difference shown"


def test_below_twenty_patients_no_verdict_is_given():
    rng = np.random.default_rng(0)
    first, second, units = paired_cohort(rng, patients=19, slices=9, gain=3.0, spread=0.1)
    found = compare_by_unit(mean_of, first, second, units, resamples=100)
    assert found.difference.low > 2, "the interval is given all the same"
    assert found.verdict() == "insufficient"
    assert not found.difference.is_sufficient


def test_pairs_need_two_of_each():
    with pytest.raises(ValueError, match="cannot be pairs"):
        compare_by_unit(mean_of, np.zeros(3), np.zeros(4), np.arange(3))


def test_p_of_few_units_is_counted_over_every_exchange():
    differences = np.array([1.0, 2.0, 3.0])
    signs = np.array([[s >> k & 1 for k in range(3)] for s in range(8)]) * -2 + 1
    exact = np.mean(np.abs(signs @ differences) >= 6 - 1e-12)
    p = permutation_by_unit(
        lambda swapped: float(np.where(swapped, -differences, differences).sum()), np.arange(3)
    )
    assert p == pytest.approx(exact) == pytest.approx(0.25)


def test_without_a_number_there_is_no_p():
    assert np.isnan(permutation_by_unit(lambda swapped: float("nan"), np.arange(30)))
    found = compare_by_unit(mean_of, np.full(30, np.nan), np.zeros(30), np.arange(30), resamples=20)
    assert found.verdict() == "insufficient"


def test_exchanging_patients_keeps_its_level_where_exchanging_slices_does_not():
    rng = np.random.default_rng(2)
    small = {"patient": 0, "slice": 0}
    trials = 250
    for trial in range(trials):
        first, second, units = paired_cohort(rng, patients=24, slices=8, gain=0.0, spread=0.5)
        differences = first - second
        for name, names in (("patient", units), ("slice", np.arange(len(units)))):
            p = permutation_by_unit(
                lambda swapped, d=differences: float(np.where(swapped, -d, d).mean()),
                names,
                resamples=150,
                seed=trial,
            )
            small[name] += p <= 0.05
    assert small["patient"] / trials < 0.09  # 5 %, and 3 standard errors of 250 trials
    assert small["slice"] / trials > 0.3


def test_labels_dealt_out_by_patient_find_an_association_and_invent_none():
    rng = np.random.default_rng(5)
    units = np.repeat(np.arange(40), 10)
    labels = np.repeat(rng.integers(0, 2, 40), 10)
    noise = np.repeat(rng.normal(0, 1, 40), 10)

    def gap(values):
        return lambda given: float(abs(values[given == 1].mean() - values[given == 0].mean()))

    assert association_by_unit(gap(noise + 2 * labels), labels, units, resamples=200) < 0.01
    p_values = []
    for seed in range(60):
        noise = np.repeat(np.random.default_rng(seed).normal(0, 1, 40), 10)
        p_values.append(association_by_unit(gap(noise), labels, units, resamples=99, seed=seed))
    assert np.mean(np.array(p_values) <= 0.05) < 0.14
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.12)


def test_holm_agrees_with_its_definition_and_skips_what_was_no_test():
    found = holm([0.04, float("nan"), 0.01, 0.03])
    assert found == pytest.approx([0.06, float("nan"), 0.03, 0.06], nan_ok=True)
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).shape == (0,)


def test_holm_holds_the_chance_of_any_false_alarm():
    rng = np.random.default_rng(3)
    alarms = np.mean([(holm(rng.random(6)) <= 0.05).any() for _ in range(2000)])
    plain = np.mean([(rng.random(6) <= 0.05).any() for _ in range(2000)])
    assert alarms < 0.066
    assert plain > 0.2


def test_the_interval_of_a_share_is_wilsons():
    found = share_of(8, 10)
    assert (found.low, found.high) == (
        pytest.approx(0.4902, abs=1e-4),
        pytest.approx(0.9433, abs=1e-4),
    )
    assert share_of(20, 20).high == 1.0
    assert not share_of(5, 19).is_sufficient
    assert np.isnan(share_of(0, 0).value)
    with pytest.raises(ValueError, match="3 of 2"):
        share_of(3, 2)


def test_mcnemar_counts_where_answers_differ():
    first = np.array([True] * 9 + [False] * 1 + [True] * 50)
    second = np.array([False] * 9 + [True] * 1 + [True] * 50)
    assert mcnemar(first, second) == pytest.approx(2 * (1 + 10) / 2**10)
    assert mcnemar(second, first) == mcnemar(first, second)
    assert mcnemar(first, first) == 1.0
    with pytest.raises(ValueError, match="more than once"):
        mcnemar(first, second, np.repeat(np.arange(30), 2))
