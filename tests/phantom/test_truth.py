import numpy as np
import pytest

from neuroscope.phantom.truth import longest_mm


def test_the_longest_distance_in_a_box_is_its_diagonal():
    points = np.argwhere(np.ones((4, 5, 13), bool)).astype(float)

    assert longest_mm(points) == pytest.approx(13.0)  # 3, 4, 12


@pytest.mark.parametrize(("points", "expected"), [([[0, 0]], 0), ([[0, 0], [3, 4]], 5)])
def test_a_point_or_two_need_no_hull(points, expected):
    assert longest_mm(np.array(points, float)) == expected


def test_points_in_one_plane_are_measured():
    points = np.argwhere(np.ones((4, 5, 1), bool)).astype(float)

    assert longest_mm(points) == pytest.approx(5.0)


def test_truth_names_side_volumes_and_center(left_glioma):
    truth = left_glioma.truth

    assert truth["side"] == "left"
    assert truth["center_mm"][0] < 0
    assert truth["core_ml"] == pytest.approx(20, abs=truth["voxel_ml"])
    assert truth["volumes_ml"]["ED"] == pytest.approx(30, abs=truth["voxel_ml"])
    assert truth["longest_diameter_mm"] >= truth["longest_axial_diameter_mm"]


def test_a_glioma_on_the_left_pushes_the_midline_to_the_right(left_glioma):
    assert 0.1 < left_glioma.truth["midline_shift_mm"] < 15


def test_a_healthy_head_has_no_lesion_and_no_shift(healthy):
    assert healthy.truth["side"] is None
    assert healthy.truth["center_mm"] is None
    assert healthy.truth["midline_shift_mm"] == 0
    assert set(healthy.truth["volumes_ml"].values()) == {0}
