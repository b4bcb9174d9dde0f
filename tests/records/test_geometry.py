import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.errors import GeometryError
from neuroscope.records.geometry import (
    axis_codes,
    checked_affine,
    closest_axes,
    diagonal,
    shear_deg,
    spacing_mm,
    transform,
)

spacings = st.tuples(*[st.floats(0.1, 10)] * 3)
offsets = st.tuples(*[st.floats(-500, 500)] * 3)
angles = st.tuples(*[st.floats(-np.pi, np.pi)] * 3)


def _rotation(x, y, z):
    turn = np.eye(3)
    for axis, angle in enumerate((x, y, z)):
        one = np.eye(3)
        a, b = [n for n in range(3) if n != axis]
        one[a, a] = one[b, b] = np.cos(angle)
        one[a, b], one[b, a] = -np.sin(angle), np.sin(angle)
        turn = turn @ one
    return turn


def _affine(angles, spacing, offset):
    affine = np.eye(4)
    affine[:3, :3] = _rotation(*angles) * spacing
    affine[:3, 3] = offset
    return affine


@given(angles, spacings, offsets)
def test_spacing_survives_any_rotation_and_nothing_is_sheared(angles, spacing, offset):
    affine = checked_affine(_affine(angles, spacing, offset))
    assert spacing_mm(affine) == pytest.approx(spacing)
    assert shear_deg(affine) == pytest.approx(0, abs=1e-4)


@given(angles, spacings, offsets, st.tuples(*[st.floats(-100, 100)] * 3))
def test_there_and_back_is_the_same_place(angles, spacing, offset, index):
    affine = checked_affine(_affine(angles, spacing, offset))
    back = transform(np.linalg.inv(affine), transform(affine, np.array(index)))
    np.testing.assert_allclose(back, index, atol=1e-6)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("signs", list(itertools.product((1, -1), repeat=3)))
def test_all_48_orientations_are_named(order, signs):
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    for voxel, (world, sign) in enumerate(zip(order, signs, strict=True)):
        affine[world, voxel] = sign * (1 + voxel)
    letters = (("L", "R"), ("P", "A"), ("I", "S"))
    expected = "".join(letters[w][s > 0] for w, s in zip(order, signs, strict=True))
    assert axis_codes(checked_affine(affine)) == expected
    assert closest_axes(checked_affine(affine)) == order


def test_shear_is_the_angle_that_is_missing():
    affine = np.eye(4)
    affine[0, 1] = np.tan(np.radians(7))
    assert shear_deg(checked_affine(affine)) == pytest.approx(7)


def test_an_affine_is_copied_and_read_only():
    given_affine = np.eye(4)
    affine = checked_affine(given_affine)
    given_affine[0, 3] = 5
    assert affine[0, 3] == 0
    with pytest.raises(ValueError, match="read-only"):
        affine[0, 0] = 2


def _with(row, column, value):
    affine = np.eye(4)
    affine[row, column] = value
    return affine


@pytest.mark.parametrize(
    ("affine", "said"),
    [
        (np.eye(3), r"shape \(3, 3\)"),
        (_with(0, 0, np.nan), "not finite"),
        (_with(3, 0, 1), "last row"),
        (_with(0, 0, 0), "singular"),
        (np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "singular"),
    ],
)
def test_an_affine_that_makes_no_sense_is_refused(affine, said):
    with pytest.raises(GeometryError, match=said):
        checked_affine(affine)


def test_a_diagonal_grid_points_to_right_anterior_superior():
    affine = diagonal((1.0, 2.0, 3.0))
    assert axis_codes(affine) == "RAS"
    assert spacing_mm(affine) == (1, 2, 3)
