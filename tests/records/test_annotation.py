from datetime import UTC, datetime

import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.geometry import transform

TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float64)
NOTHING = np.zeros((0, 3))


def _annotation(points=TRIANGLE, *, kind="tumor", shape="contour", **options):
    return Annotation("a", "s", kind, shape, points, "a person", **options)


def _square(side=10.0, *, at=(0.0, 0.0), z=0.0):
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * side + at
    return np.column_stack([corners, np.full(4, z)])


def _mask(voxels, **options):
    return _annotation(NOTHING, shape="mask", mask=voxels, mask_affine=np.eye(4), **options)


def test_a_contour_of_three_points_and_a_stroke_of_one_are_enough():
    assert _annotation().version == 1
    assert _annotation(TRIANGLE[:1], shape="stroke", radius_mm=2.0).radius_mm == 2.0


def test_an_empty_shape_is_refused():
    with pytest.raises(BadInputError, match="contour of 2 points"):
        _annotation(TRIANGLE[:2])
    with pytest.raises(BadInputError, match="stroke of 0 points"):
        _annotation(TRIANGLE[:0], shape="stroke", radius_mm=2.0)
    with pytest.raises(BadInputError, match="marks no voxel"):
        _mask(np.zeros((2, 2, 2), bool))
    with pytest.raises(BadInputError, match="without its voxels"):
        _annotation(NOTHING, shape="mask")


def test_a_contour_without_area_is_refused():
    line = np.array([[0, 0, 0], [1, 1, 0], [2, 2, 0], [1, 1, 0]], np.float64)
    with pytest.raises(BadInputError, match="encloses nothing"):
        _annotation(line)
    with pytest.raises(BadInputError, match="encloses nothing"):
        _annotation(np.zeros((3, 3)))


def test_points_of_another_shape_and_a_brush_without_radius_are_refused():
    with pytest.raises(BadInputError, match=r"\(n, 3\)"):
        _annotation(TRIANGLE[:, :2])
    with pytest.raises(BadInputError, match="radius of 0"):
        _annotation(shape="stroke")
    with pytest.raises(BadInputError, match="radius of nan"):
        _annotation(shape="stroke", radius_mm=float("nan"))


def test_points_that_are_not_finite_are_refused():
    with pytest.raises(BadInputError, match="1 of 3 points are not finite"):
        _annotation(np.array([[0, 0, 0], [1, np.nan, 0], [0, 1, 0]]))


def test_a_crossing_is_refused_with_its_place_in_mm():
    bow = np.array([[30, -12, 7], [34, -8, 7], [34, -12, 7], [30, -8, 7]], np.float64)
    with pytest.raises(
        BadInputError, match=r"crosses itself at \(32\.0, -10\.0, 7\.0\) mm"
    ) as told:
        _annotation(bow)
    assert "two contours" in told.value.fix


def test_a_crossing_on_an_oblique_plane_is_found():
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    bow = np.array([[0, 0, 0], [2, 2, 0], [2, 0, 0], [0, 2, 0]]) @ turn.T
    with pytest.raises(BadInputError, match="crosses itself"):
        _annotation(bow)
    assert len(_annotation(_square() @ turn.T).points_mm) == 4


def test_a_contour_that_leaves_its_plane_is_refused_but_rounding_is_not():
    bent = _square()
    bent[2, 2] = 1.0
    with pytest.raises(BadInputError, match="does not lie in one plane"):
        _annotation(bent)
    rounded = _square()
    rounded[2, 2] = 0.01
    assert _annotation(rounded).shape == "contour"


def test_holes_lie_inside_in_the_same_plane_and_apart():
    hole = _square(2.0, at=(4.0, 4.0))
    assert len(_annotation(_square(), holes_mm=(hole,)).rings_mm) == 2
    with pytest.raises(BadInputError, match="outside the contour"):
        _annotation(_square(), holes_mm=(_square(2.0, at=(14.0, 4.0)),))
    with pytest.raises(BadInputError, match="inside another hole"):
        _annotation(_square(), holes_mm=(hole, _square(1.0, at=(4.5, 4.5))))
    with pytest.raises(BadInputError, match="crosses itself"):
        _annotation(_square(), holes_mm=(_square(4.0, at=(8.0, 4.0)),))
    with pytest.raises(BadInputError, match="one plane"):
        _annotation(_square(), holes_mm=(_square(2.0, at=(4.0, 4.0), z=1.0),))
    with pytest.raises(BadInputError, match="encloses nothing"):
        _annotation(_square(), holes_mm=(_square(),))
    with pytest.raises(BadInputError, match="Only a contour"):
        _annotation(shape="stroke", radius_mm=1.0, holes_mm=(hole,))


def test_a_mask_holds_voxels_and_no_points():
    voxels = np.zeros((2, 3, 4), bool)
    voxels[1, 2, 3] = True
    drawn = _mask(voxels, kind="evidence")
    assert drawn.mask is not None
    assert drawn.mask.sum() == 1
    with pytest.raises(BadInputError, match="3 points"):
        _annotation(shape="mask", mask=voxels, mask_affine=np.eye(4))
    with pytest.raises(BadInputError, match="comes with a mask"):
        _annotation(mask=voxels, mask_affine=np.eye(4))
    with pytest.raises(GeometryError, match="singular"):
        _annotation(NOTHING, shape="mask", mask=voxels, mask_affine=np.diag([1.0, 1.0, 0.0, 1.0]))
    with pytest.raises(GeometryError, match="three axes"):
        _mask(voxels[0])


def test_times_have_a_zone_and_versions_and_slices_count():
    assert _annotation(created=datetime(2026, 11, 21, tzinfo=UTC)).created is not None
    with pytest.raises(BadInputError, match="time zone"):
        _annotation(created=datetime(2026, 11, 21))
    with pytest.raises(BadInputError, match="version"):
        _annotation(version=0)
    with pytest.raises(BadInputError, match="slice -1"):
        _annotation(slice_index=-1)


def test_points_and_masks_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        _annotation().points_mm[0] = 1
    drawn = _mask(np.ones((1, 1, 1), bool))
    with pytest.raises(ValueError, match="read-only"):
        drawn.mask[0] = False


def test_a_plain_picture_counts_columns_first():
    assert transform(PLAIN_AFFINE, [3, 7, 0]).tolist() == [7, 3, 0]
