import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.records.outline import crossing, inside, plane_through, signed_area

SQUARE = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], np.float64)


def _star(seed, corners):
    """A ring seen whole from its middle never crosses itself."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.9, corners)) / corners
    reach = rng.uniform(2.0, 10.0, corners)
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


@given(seed=st.integers(0, 10_000), corners=st.integers(5, 60))
def test_a_star_does_not_cross_and_two_swapped_corners_of_a_circle_do(seed, corners):
    assert crossing([_star(seed, corners)]) is None
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    swapped = circle.copy()
    first = seed % (corners - 1)
    swapped[[first, first + 1]] = circle[[first + 1, first]]
    place = crossing([swapped])
    assert place is not None
    assert np.linalg.norm(place) < 1


def test_a_crossing_through_a_shared_corner_is_found():
    ring = np.array([[0, 0], [1, 1], [2, 2], [2, 0], [1, 1], [0, 2]], np.float64)
    place = crossing([ring])
    assert place is not None
    assert place.tolist() == [1, 1]


def test_a_corner_that_passes_through_a_line_is_found():
    ring = np.array([[0, 0], [4, 0], [4, 4], [2, 4], [2, 0], [2, -2], [0, -2]], np.float64)
    place = crossing([ring])
    assert place is not None
    assert place.tolist() == [2, 0]


def test_touching_is_no_crossing():
    two_that_meet = np.array([[0, 0], [1, 1], [2, 0], [2, 2], [1, 1], [0, 2]], np.float64)
    assert crossing([two_that_meet]) is None
    corner_on_a_line = np.array([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]], np.float64)
    assert crossing([corner_on_a_line]) is None
    keyhole = np.array(
        [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0], [1, 1], [1, 3], [3, 3], [3, 1], [1, 1]], np.float64
    )
    assert crossing([keyhole]) is None
    assert signed_area(keyhole) == pytest.approx(12)
    assert crossing([SQUARE, SQUARE / 4]) is None


def test_a_corner_on_a_line_is_a_touch_at_any_angle():
    for angle in np.linspace(0.1, 6.2, 40):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        ring = np.array([[0, 0], [4, 0], [4, 4], [2.3, 0], [0, 4]]) @ turn.T + [71.3, -22.9]
        assert crossing([ring]) is None


def test_rings_that_cross_each_other_are_found():
    place = crossing([SQUARE, SQUARE + np.array([2.0, 1.0])])
    assert place is not None
    assert sorted(place.tolist()) in ([1, 4], [2, 4])


def test_doubled_points_do_no_harm():
    assert crossing([np.repeat(SQUARE, 2, 0)]) is None
    assert crossing([np.vstack([SQUARE, SQUARE[:1]])]) is None


def test_area_counts_counterclockwise_as_positive():
    assert signed_area(SQUARE) == 16
    assert signed_area(SQUARE[::-1]) == -16


def test_inside_is_even_odd():
    bow = np.array([[0, 0], [4, 4], [4, 0], [0, 4]], np.float64)
    points = np.array([[3.5, 2.0], [0.5, 2.0], [2.0, 3.5], [2.0, 0.5]])
    assert inside(points, bow).tolist() == [True, True, False, False]


def test_a_plane_gives_back_its_points():
    rng = np.random.default_rng(5)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    points = np.column_stack([rng.normal(size=(8, 2)) * 20, np.full(8, 3.0)]) @ turn.T
    flat = plane_through(points)
    assert flat.lift(flat.project(points)) == pytest.approx(points)
    assert flat.height(points) == pytest.approx(np.zeros(8), abs=1e-9)
    assert np.linalg.det(flat.axes) == pytest.approx(1)
