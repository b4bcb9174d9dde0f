"""From nested probabilities to labels."""

import numpy as np
import pytest

from neuroscope.models.region_labels import labels_of

VOXEL_ML = 0.001


def masks() -> dict[str, np.ndarray]:
    whole = np.zeros((30, 30, 30), np.float32)
    whole[5:20, 5:20, 5:20] = 1
    core = np.zeros_like(whole)
    core[8:16, 8:16, 8:16] = 1
    enhancing = core.copy()
    enhancing[10:14, 10:14, 10:14] = 0
    return {"WT": whole, "TC": core, "ET": enhancing}


@pytest.mark.parametrize("rule", ["glioma", "metastases", "other"])
def test_perfect_masks_come_back_unchanged(rule):
    given = masks()
    labels = labels_of(given, VOXEL_ML, rule=rule)

    np.testing.assert_array_equal(labels > 0, given["WT"] > 0)
    np.testing.assert_array_equal((labels == 1) | (labels == 3), given["TC"] > 0)
    np.testing.assert_array_equal(labels == 3, given["ET"] > 0)


def test_regions_are_nested_even_if_the_probabilities_are_not():
    given = masks()
    given["ET"][0:3, 0:3, 0:3] = 1  # outside of the whole tumor
    labels = labels_of(given, VOXEL_ML)

    assert not labels[0:3, 0:3, 0:3].any()


def test_a_small_sure_metastasis_beside_a_large_one_is_kept():
    given = masks()
    for name in given:
        given[name][25:28, 25:28, 25:28] = 0.95  # 27 voxels, 0.027 ml
    for rule in ("metastases", "glioma", "other"):
        assert labels_of(given, VOXEL_ML, rule=rule)[26, 26, 26] > 0


def test_a_tiny_doubtful_part_is_dropped():
    given = masks()
    given["WT"][25:27, 25:27, 25:27] = 0.6
    assert not labels_of(given, VOXEL_ML, rule="glioma")[25:27, 25:27, 25:27].any()


def test_a_speck_of_enhancement_in_a_glioma_counts_as_core():
    given = masks()
    given["ET"][:] = 0
    given["ET"][10:12, 10:12, 10:12] = 1  # 0.008 ml
    assert not (labels_of(given, VOXEL_ML, rule="glioma") == 3).any()
    assert (labels_of(given, VOXEL_ML, rule="other") == 3).sum() == 8


def test_thresholds_are_taken_by_region():
    given = masks()
    given["TC"] *= 0.4
    assert not (labels_of(given, VOXEL_ML) == 1).any()
    assert (labels_of(given, VOXEL_ML, thresholds={"TC": 0.3}) == 1).any()
