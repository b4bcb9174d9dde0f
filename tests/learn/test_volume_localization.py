import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.learn.volume_localization import (
    THRESHOLDS,
    asymmetry,
    average_precision,
    best_threshold,
    brightness,
    centered_gaussian,
    dice,
    dices,
    hd95_mm,
    lesion_recall,
    score_volume,
)

SHAPE = (24, 20, 16)
ONE = (1.0, 1.0, 1.0)


def box(i, j, k, size=6):
    mask = np.zeros(SHAPE, bool)
    mask[i : i + size, j : j + size, k : k + size] = True
    return mask


def test_a_map_that_is_the_mask_scores_full_marks():
    truth = box(4, 4, 4)
    found = score_volume(truth.astype(np.float32), truth, ONE, threshold=0.5)
    assert (found.mass, found.rank, found.pointing, found.precision) == (1, 1, 1, 1)
    assert (found.dice, found.hd95_mm, found.lesion_recall, found.volume_error) == (1, 0, 1, 0)


def test_a_map_beside_the_mask_scores_nothing():
    found = score_volume(box(16, 12, 8).astype(np.float32), box(0, 0, 0), ONE, threshold=0.5)
    assert (found.mass, found.rank, found.pointing, found.dice, found.lesion_recall) == (0,) * 5


def test_half_of_the_mass_and_a_shift_are_measured():
    values = (box(4, 4, 4) | box(16, 4, 4)).astype(np.float32)
    found = score_volume(values, box(4, 4, 4), ONE, threshold=0.5)
    assert found.mass == pytest.approx(0.5)
    assert found.volume_error == pytest.approx(1.0)
    assert hd95_mm(box(4, 4, 4), box(7, 4, 4), (2.0, 1.0, 1.0)) == pytest.approx(6.0)


def test_the_peak_may_miss_by_5_mm():
    truth = box(4, 4, 4)
    for far, hit in ((5, 1.0), (6, 0.0)):
        values = np.zeros(SHAPE, np.float32)
        values[9 + far, 6, 6] = 1
        assert score_volume(values, truth, ONE, threshold=0.5).pointing == hit


def test_the_precision_is_that_of_scikit_learn():
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(0)
    truth = rng.random(3000) < 0.1
    values = np.maximum(rng.normal(0, 1, 3000) + truth, 0).round(2).astype(np.float32)  # ties
    expected = average_precision_score(truth, values)
    assert average_precision(values, truth) == pytest.approx(expected, abs=1e-9)
    assert average_precision(np.zeros(3000, np.float32), truth) == pytest.approx(truth.mean())


def test_every_lesion_counts_once_and_specks_do_not():
    truth = box(2, 2, 2) | box(14, 10, 8)
    truth[22, 18, 14] = True  # 0.001 ml
    assert lesion_recall(box(2, 2, 2), truth, ONE) == 0.5
    assert lesion_recall(truth, truth, ONE) == 1.0
    assert np.isnan(lesion_recall(truth, np.zeros(SHAPE, bool), ONE))


def test_overlaps_at_all_thresholds_are_those_of_each():
    values = np.random.default_rng(0).random(SHAPE).astype(np.float32)
    truth = box(4, 4, 4)
    found = dices(values, truth)
    for threshold, expected in zip(THRESHOLDS, found, strict=True):
        assert dice(values >= threshold, truth) == pytest.approx(expected)


def test_the_threshold_is_chosen_over_all_cases():
    cases = [np.zeros(len(THRESHOLDS)) for _ in range(3)]
    cases[0][5] = 1.0
    cases[1][9] = cases[2][9] = 0.8
    assert best_threshold(cases) == THRESHOLDS[9]


def test_baselines_know_nothing_of_a_network():
    brain = np.zeros(SHAPE, bool)
    brain[2:22, 2:18, 2:14] = True
    voxels = np.where(brain, 40.0, 0.0).astype(np.float32)
    lesion = box(14, 8, 6, size=4)
    voxels[lesion] = 100
    blob = centered_gaussian(brain, ONE)
    np.testing.assert_allclose(np.argwhere(blob == blob.max()).mean(0), [11.5, 9.5, 7.5])
    differs = asymmetry(voxels, brain, ONE, left_right=0)
    np.testing.assert_allclose(differs[2:22], differs[2:22][::-1], atol=1e-4)
    assert differs[lesion].mean() > 5 * differs[brain].mean() * 0.5
    bright = brightness(voxels, brain, ONE)
    assert lesion[np.unravel_index(bright.argmax(), SHAPE)]
    for values in (blob, differs, bright):
        assert not values[~brain].any()


def test_other_grids_are_refused():
    with pytest.raises(GeometryMismatchError, match="mask"):
        score_volume(np.zeros((2, 2, 2), np.float32), box(0, 0, 0), ONE, threshold=0.5)
