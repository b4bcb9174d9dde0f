import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.annotation import Annotation

TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float64)


def _annotation(points=TRIANGLE, *, kind="tumor", shape="contour", **options):
    return Annotation("a", "s", kind, shape, points, "a person", **options)


def test_a_contour_of_three_points_and_a_stroke_of_one_are_enough():
    assert _annotation().version == 1
    assert _annotation(TRIANGLE[:1], shape="stroke", radius_mm=2.0).radius_mm == 2.0


def test_an_empty_shape_is_refused():
    with pytest.raises(BadInputError, match="contour of 2 points"):
        _annotation(TRIANGLE[:2])
    with pytest.raises(BadInputError, match="stroke of 0 points"):
        _annotation(TRIANGLE[:0], shape="stroke", radius_mm=2.0)


def test_points_in_a_plane_and_a_brush_without_radius_are_refused():
    with pytest.raises(BadInputError, match=r"\(n, 3\)"):
        _annotation(TRIANGLE[:, :2])
    with pytest.raises(BadInputError, match="radius of 0"):
        _annotation(shape="stroke")


def test_points_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        _annotation().points_mm[0] = 1
