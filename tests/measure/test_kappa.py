"""Coefficients of agreement against tables whose values were published."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.measure.kappa import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    label_agreement,
)

# Fleiss 1971, table 1: 30 subjects, 6 readers, 5 diagnoses; kappa .430.
FLEISS_1971 = np.array(
    [
        [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
        [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3],
        [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1],
        [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
    ]
)  # fmt: skip
# Krippendorff 2011, example C: 4 observers, 12 units, values 1 to 5 with gaps.
NAN = np.nan
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)


def test_the_table_of_fleiss_gives_his_kappa():
    assert fleiss_kappa(FLEISS_1971) == pytest.approx(0.430, abs=5e-4)


def test_the_example_of_krippendorff_gives_his_alphas():
    assert krippendorff_alpha(KRIPPENDORFF, level="nominal") == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(KRIPPENDORFF, level="ordinal") == pytest.approx(0.815, abs=5e-4)
    assert krippendorff_alpha(KRIPPENDORFF, level="interval") == pytest.approx(0.849, abs=5e-4)


def test_cohen_by_hand():
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreed .7, by chance .5
    first = np.repeat(["yes", "yes", "no", "no"], [20, 5, 10, 15])
    second = np.repeat(["yes", "no", "yes", "no"], [20, 5, 10, 15])
    assert cohen_kappa(first, second) == pytest.approx(0.4)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_cohen_agrees_with_scikit_learn(weights):
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(2)
    first = rng.integers(0, 4, 80)
    second = np.clip(first + rng.integers(-1, 2, 80), 0, 3)
    expected = cohen_kappa_score(first, second, weights=None if weights == "none" else weights)
    assert cohen_kappa(first, second, weights=weights) == pytest.approx(expected, abs=1e-12)


def test_two_readers_of_few_labels_who_differ_by_ranks():
    # a neighbor's label is a smaller miss than the far one, in ranks but not in names
    near = np.array([[1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 2]], float)
    far = np.array([[1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 1]], float)
    assert krippendorff_alpha(near) > krippendorff_alpha(far)
    assert krippendorff_alpha(near * 100) == pytest.approx(krippendorff_alpha(near))


def test_full_agreement_is_1_and_no_variety_is_unknown():
    labels = np.array([0.0, 1, 2, 1])
    assert cohen_kappa(labels, labels) == 1
    assert krippendorff_alpha(np.stack([labels] * 3)) == 1
    assert fleiss_kappa([[3, 0], [0, 3]]) == 1
    assert np.isnan(cohen_kappa([1, 1], [1, 1]))
    assert np.isnan(fleiss_kappa([[3, 0], [3, 0]]))
    assert np.isnan(krippendorff_alpha([[1, 1], [1, 1]]))


def test_a_subject_one_reader_saw_changes_nothing():
    lonely = np.array([[5.0], [NAN], [NAN], [NAN]])
    assert krippendorff_alpha(np.hstack([KRIPPENDORFF, lonely])) == krippendorff_alpha(KRIPPENDORFF)


def test_intervals_draw_patients():
    rng = np.random.default_rng(0)
    truth = np.repeat(rng.integers(0, 3, 12), 10)
    ratings = np.stack([truth, truth, truth]).astype(float)
    ratings[2, ::10] = (ratings[2, ::10] + 1) % 3
    patients = np.repeat(np.arange(12), 10)
    for name, rows in (("alpha", ratings), ("fleiss", ratings), ("cohen", ratings[[0, 2]])):
        found = label_agreement(rows, patients, coefficient=name, resamples=60)
        assert (found.n, found.units) == (120, 12)
        assert found.low <= found.value <= found.high < 1
        assert found.value > 0.8


@pytest.mark.parametrize(
    "call",
    [
        lambda: fleiss_kappa([[3, 0], [1, 1]]),
        lambda: fleiss_kappa([[1, 0], [0, 1]]),
        lambda: cohen_kappa([1, 2], [1]),
        lambda: cohen_kappa([], []),
        lambda: krippendorff_alpha([1, 2, 3]),
        lambda: label_agreement(KRIPPENDORFF, np.arange(12), coefficient="fleiss"),
        lambda: label_agreement(np.ones((3, 4)), np.arange(4), coefficient="cohen"),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(BadInputError):
        call()
