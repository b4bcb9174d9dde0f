import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure.regions import cut, regions_of
from neuroscope.measure.volumetry import (
    check_grid,
    half_slice_ml,
    label_volumes,
    ratios,
    volumes,
)


@pytest.mark.parametrize("radius_mm", [10.0, 15.0, 25.0])
@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (0.5, 0.3, 0.1), (0.2, 0.45, 0.4)])
def test_a_ball_measures_its_volume_within_one_percent(ellipsoid, radius_mm, shift):
    region = cut(*ellipsoid([radius_mm] * 3, shift=shift))
    assert region.ml == pytest.approx(4 / 3 * np.pi * radius_mm**3 / 1000, rel=0.01)


@pytest.mark.parametrize("shift", np.linspace(-0.5, 0.5, 9).tolist())
def test_the_interval_of_thick_slices_holds_the_truth(ellipsoid, labeled, shift):
    inside, affine = ellipsoid((10, 10, 10), (1.0, 1.0, 6.5), shift=(0.1, 0.3, shift))
    (whole, *_) = volumes(regions_of(labeled(3 * inside, affine)), "s")
    low, high = whole.interval
    assert low <= 4 / 3 * np.pi <= high
    assert (whole.name, whole.unit, whole.source) == ("WT volume", "ml", "s")


def test_half_of_the_largest_section():
    mask = np.zeros((10, 10, 5), bool)
    mask[2:6, 2:6, 1:4] = mask[1:7, 2:6, 2] = True
    region = cut(mask, np.diag([1.0, 1.0, 5.0, 1.0]))
    assert half_slice_ml(region) == pytest.approx(24 * 5 / 2 / 1000)
    assert half_slice_ml(cut(np.zeros((3, 3, 3), bool), np.eye(4))) == 0


def test_probabilities_widen_the_interval(labeled):
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[5:15, 5:15, 5:15] = 3
    p = np.zeros(labels.shape, np.float32)
    p[3:17, 3:17, 3:17] = 0.1
    p[7:13, 7:13, 7:13] = 0.99
    regions = regions_of(labeled(labels))
    (whole, *_) = volumes(regions, "s", p_region={"WT": p, "TC": p, "ET": p})
    assert whole.value == pytest.approx(1.0)
    assert whole.interval == pytest.approx((6**3 / 1000, 14**3 / 1000))  # half a slice is less
    assert "probability" in whole.how


def test_edema_takes_its_interval_from_what_the_core_leaves(labeled):
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[2:18, 2:18, 2:18], labels[5:15, 5:15, 5:15] = 2, 3
    outer, inner = (labels > 0).astype(np.float32), (labels == 3).astype(np.float32)
    found = volumes(regions_of(labeled(labels)), "s", p_region={"WT": outer, "TC": inner})
    edema = next(value for value in found if value.name == "ED volume")
    assert edema.value == pytest.approx((16**3 - 10**3) / 1000)
    assert edema.interval[0] <= edema.value <= edema.interval[1]


def test_probabilities_on_another_grid_are_refused(labeled):
    segmentation = labeled(np.zeros((4, 4, 4)))
    with pytest.raises(GeometryMismatchError, match=r"\(4, 4, 3\)"):
        check_grid(segmentation, {"WT": np.zeros((4, 4, 3))})


def test_ratios_leave_out_what_has_no_whole(labeled):
    labels = np.zeros((12, 12, 12), np.uint8)
    labels[2:4, 2:4, 2:10] = 2
    labels[6:8, 2:4, 2:10] = 1
    found = {value.name: value for value in ratios(volumes(regions_of(labeled(labels)), "s"), "s")}
    assert found["TC / WT"].value == pytest.approx(0.5)
    assert found["NCR / TC"].value == 1
    assert found["TC / WT"].interval[0] < 0.5 < found["TC / WT"].interval[1] <= 1
    nothing = volumes(regions_of(labeled(np.zeros((5, 5, 5)))), "s")
    assert ratios(nothing, "s") == ()
    assert [value.value for value in nothing] == [0.0] * 5


def test_every_label_has_a_volume_by_its_name(labeled):
    labels = np.zeros((10, 10, 10), np.uint8)
    labels[:5] = 2
    values = {value.name: value.value for value in label_volumes(labeled(labels), "s")}
    assert values == {"label 1 volume": 0.0, "label 2 volume": 0.5, "label 3 volume": 0.0}


def test_validated_volumes_bound_the_regions_and_what_is_left_between_them(labeled):
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[4:16, 4:16, 4:16] = 2
    labels[7:13, 7:13, 7:13] = 3
    regions = regions_of(labeled(labels))
    limits = {"WT": (1.0, 3.0), "TC": (0.1, 0.4), "ET": (0.1, 0.4)}
    found = {value.name: value for value in volumes(regions, "x", validated=limits)}

    low, high = found["WT volume"].interval
    assert (low, high) == (1.0, 3.0)
    low, high = found["ED volume"].interval
    assert low == pytest.approx(0.6)
    assert high == pytest.approx(2.9)
    assert "validation" in found["WT volume"].how
