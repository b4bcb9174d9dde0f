import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import locate
from neuroscope.phantom.case import make_case
from neuroscope.phantom.diameters import longest_mm
from neuroscope.phantom.displacement import displacement_of
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.lesion import Wish, moved_mm


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


@pytest.mark.parametrize(
    ("kind", "seed"), [("glioblastoma", 17), ("metastases", 54), ("abscess", 16)]
)
def test_the_shift_is_the_displacement_field_at_the_septum(kind, seed):
    """Follow the midline column by column in the displacement field that is written.

    Of seeds whose lesion lies near the midline: the same 30 ml under the cortex move the septum
    by less than the 0.1 mm that is asked.
    """
    wish = Wish(side="left", core_ml=30, number=1)
    case = make_case(kind, seed=seed, spacing_mm=1.5, sequences=("t1",), wish=wish)
    x, y, z = (axis.astype(float) for axis in laid_at_septum(case))
    vectors = displacement_of(case)[..., 0]
    left = (x[:-1] < 0) & (x[1:] >= 0)
    part = (-x[:-1] / np.where(left, x[1:] - x[:-1], 1))[left]
    at_midline = vectors[:-1][left] * (1 - part) + vectors[1:][left] * part
    near = (y > -25) & (y < 28) & (z > 2) & (z < 26)
    shift = -at_midline[near[:-1][left]]

    assert shift[np.abs(shift).argmax()] == pytest.approx(case.truth["midline_shift_mm"], abs=0.1)
    assert abs(case.truth["midline_shift_mm"]) > 0.5


def laid_at_septum(case):
    """Give the template x of the tissue now at each voxel, and y and z of what was there before."""
    affine, shape = case.segmentation.affine, case.segmentation.labels.shape
    grid = Grid(shape, tuple(np.diag(affine)[:3].tolist()), tuple(affine[:3, 3].tolist()))
    person = case.subject.person
    _, y, z = locate(person, grid).template_mm
    return locate(person, grid, moved_mm(person, case.lesions, grid)).template_mm[0], y, z
