import numpy as np
import pytest

from neuroscope.measure.regions import (
    axial_axis,
    box_of,
    cut,
    labels_of,
    mask_of,
    parts_of,
    regions_of,
)
from neuroscope.records.segmentation import Segmentation, Tissue


def test_regions_nest_as_brats_defines_them(labeled):
    labels = np.zeros((6, 6, 6), np.uint8)
    labels[1, 1, 1], labels[2, 1, 1], labels[3, 1, 1] = 1, 2, 3
    counts = {code: int(r.inside.sum()) for code, r in regions_of(labeled(labels)).items()}
    assert counts == {"WT": 3, "TC": 2, "ET": 1, "NCR": 1, "ED": 1}


def test_a_resection_cavity_is_no_tumor_and_other_codes_are_known():
    tissues = {
        1: Tissue("", "NETC"),
        2: Tissue("", "SNFH"),
        3: Tissue("", "ET"),
        4: Tissue("", "RC"),
    }
    segmentation = Segmentation(
        np.arange(5, dtype=np.uint8).reshape(5, 1, 1), np.eye(4), tissues, "x"
    )
    assert labels_of(segmentation, "WT") == (1, 2, 3)
    assert labels_of(segmentation, "TC") == (1, 3)
    assert labels_of(segmentation, "NCR") == (1,)


def test_a_cut_region_lies_where_it_was():
    affine = np.array([[-2.0, 0, 0, 90], [0, 1, 0, -120], [0, 0, 3, -70], [0, 0, 0, 1]])
    mask = np.zeros((9, 10, 11), bool)
    mask[4:6, 7, 3:9] = True
    region = cut(mask, affine)
    index = np.argwhere(region.inside)
    np.testing.assert_array_equal(index + region.corner, np.argwhere(mask))
    np.testing.assert_allclose(region.to_mm(index)[0], [82, -113, -61])
    assert region.ml == pytest.approx(12 * 6 / 1000)


def test_parts_touch_at_corners_and_come_largest_first():
    mask = np.zeros((12, 12, 12), bool)
    mask[1, 1, 1] = mask[2, 2, 2] = True
    mask[6:9, 6:9, 6:9] = True
    sizes = [int(part.inside.sum()) for part in parts_of(cut(mask, np.eye(4)))]
    assert sizes == [27, 2]


def test_an_empty_mask_has_a_box_and_no_parts():
    nothing = np.zeros((4, 5, 6), bool)
    assert box_of(nothing) == (slice(0, 1),) * 3
    region = cut(nothing, np.eye(4))
    assert region.is_empty
    assert parts_of(region) == ()
    assert not mask_of(nothing.astype(np.uint8), (1,)).any()


def test_the_axial_axis_is_the_one_nearest_to_up():
    affine = np.array([[0, 0, 1.0, 0], [1, 0.2, 0, 0], [0.2, -1.0, 0, 0], [0, 0, 0, 1]])
    assert axial_axis(affine) == 1
