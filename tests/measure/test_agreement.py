import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure.agreement import (
    MISSED_HD95_MM,
    RULES,
    agreement,
    dice,
    hd95_mm,
    lesion_wise,
    surface_dice,
)

ONE = np.ones(3)


def cube(low, high, size=30) -> np.ndarray:
    mask = np.zeros((size,) * 3, bool)
    mask[low:high, low:high, low:high] = True
    return mask


def test_a_shifted_cube_has_known_scores():
    first, second = cube(5, 15), np.roll(cube(5, 15), 2, axis=0)
    assert dice(first, second) == pytest.approx(0.8)
    assert hd95_mm(first, second, ONE) == 2
    assert hd95_mm(first, second, np.array([3.0, 1, 1])) == 6
    assert surface_dice(first, second, ONE, 2.0) == 1
    assert surface_dice(first, second, ONE, 0.5) < 0.8


@pytest.mark.parametrize(("mask", "truth", "expected"), [(0, 0, (1, 0, 1)), (1, 0, (0, 374, 0))])
def test_empty_masks_score_as_brats_says(mask, truth, expected):
    pair = [cube(5, 8) & bool(value) for value in (mask, truth)]
    assert (dice(*pair), hd95_mm(*pair, ONE), surface_dice(*pair, ONE, 1.0)) == expected


def test_a_missed_and_a_false_lesion_count_zero():
    truth = cube(3, 8, 60) | cube(40, 46, 60)
    mask = cube(3, 8, 60) | cube(22, 28, 60)
    score = lesion_wise(mask, truth, ONE, RULES["GLI"])
    assert (score.found, score.missed, score.false) == (1, 1, 1)
    assert score.dice == pytest.approx(1 / 3)
    assert score.hd95_mm == pytest.approx(2 * MISSED_HD95_MM / 3)


def test_gliomas_join_near_lesions_and_metastases_less():
    truth = np.zeros((40, 20, 20), bool)
    truth[5:10, 5:10, 5:10] = truth[14:19, 5:10, 5:10] = True  # 4 empty voxels between
    mask = truth.copy()
    mask[14:19] = False
    joined = lesion_wise(mask, truth, ONE, RULES["GLI"])
    apart = lesion_wise(mask, truth, ONE, RULES["MET"])
    assert (joined.found, joined.missed) == (1, 0)
    assert (apart.found, apart.missed) == (1, 1)
    assert joined.dice == pytest.approx(2 / 3)
    assert apart.dice == pytest.approx(0.5)


def test_a_small_lesion_is_judged_for_metastases_only():
    truth, mask = cube(5, 8, 20), np.zeros((20, 20, 20), bool)  # 27 mm3, missed
    assert lesion_wise(mask, truth, ONE, RULES["GLI"]).dice == 1
    assert lesion_wise(mask, truth, ONE, RULES["MET"]).missed == 1
    assert lesion_wise(truth, truth, ONE, RULES["GLI"]).false == 0  # found, though not judged


def test_a_speck_beside_the_lesion_belongs_to_it():
    truth, mask = cube(5, 12), cube(5, 12)
    mask[13, 8, 8] = True  # within three voxels
    assert lesion_wise(mask, truth, ONE, RULES["GLI"]).false == 0
    mask[13, 8, 8], mask[25, 8, 8] = False, True
    assert lesion_wise(mask, truth, ONE, RULES["GLI"]).false == 1


def test_a_case_is_compared_by_region(labeled):
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[5:25, 5:25, 5:25], labels[8:20, 8:20, 8:20], labels[10:18, 10:18, 10:18] = 2, 3, 1
    other = labels.copy()
    other[5:25, 5:25, 5:15] = 0
    whole, core, enhancing = agreement(labeled(other), labeled(labels))
    assert [one.region for one in (whole, core, enhancing)] == ["WT", "TC", "ET"]
    assert whole.dice == pytest.approx(2 / 3)
    assert whole.volume_ml == pytest.approx(4.0)
    assert whole.reference_ml == pytest.approx(8.0)
    perfect = agreement(labeled(labels), labeled(labels))
    assert all(one.dice == one.surface_dice == one.lesions.dice == 1 for one in perfect)
    empty = agreement(labeled(np.zeros((9, 9, 9))), labeled(np.zeros((9, 9, 9))))
    assert [one.dice for one in empty] == [1, 1, 1]


def test_another_grid_is_refused(labeled):
    labels = np.zeros((8, 8, 8))
    with pytest.raises(GeometryMismatchError, match="another grid"):
        agreement(labeled(labels), labeled(labels, np.diag([1.0, 1, 2, 1])))
