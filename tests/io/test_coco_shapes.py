from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroscope.io.coco_shapes import (
    flat_list,
    from_flat,
    keyhole,
    stroke_area,
    stroke_polygons,
)
from neuroscope.records.outline import crossing, inside, signed_area


def _circle(radius, at=(0.0, 0.0), corners=24):
    angle = 2 * np.pi * np.arange(corners) / corners
    return radius * np.column_stack([np.sin(angle), np.cos(angle)]) + at


def test_coco_counts_x_first_from_the_corner_of_the_first_pixel():
    ring = np.array([[0.0, 0.0], [2.0, 5.0]])
    assert flat_list(ring) == [0.5, 0.5, 5.5, 2.5]
    assert from_flat(np.array(flat_list(ring))) == pytest.approx(ring)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), number=st.integers(0, 4))
def test_a_keyhole_has_the_area_that_is_left_and_crosses_nothing(seed, number):
    rng = np.random.default_rng(seed)
    outer = _circle(20.0, corners=int(rng.integers(8, 40)))
    turn = rng.uniform(0, 2 * np.pi)
    holes = [
        _circle(float(rng.uniform(1, 4)), (9 * np.cos(turn + n * 1.5), 9 * np.sin(turn + n * 1.5)))
        for n in range(number)
    ]
    joined = keyhole([outer, *holes])
    left = abs(signed_area(outer)) - sum(abs(signed_area(hole)) for hole in holes)
    assert abs(signed_area(joined)) == pytest.approx(left)
    assert crossing([joined]) is None
    middles = np.array([hole.mean(0) for hole in holes]).reshape(-1, 2)
    assert not inside(middles, joined).any()


def test_a_hole_behind_another_is_reached():
    outer = np.array([[0, 0], [0, 40], [10, 40], [10, 0]], np.float64)
    wall = np.array([[0.5, 10], [0.5, 12], [9.5, 12], [9.5, 10]], np.float64)
    far = np.array([[4, 20], [4, 30], [6, 30], [6, 20]], np.float64)
    joined = keyhole([outer, far, wall])
    assert abs(signed_area(joined)) == pytest.approx(400 - 18 - 20)
    assert crossing([joined]) is None


def test_polygons_of_a_brush_cover_it_and_no_more():
    step = np.diag([0.8, 0.5])
    path = np.array([[10.0, 10.0], [30.0, 20.0], [30.0, 60.0]])
    polygons = stroke_polygons(path, 4.0, step)
    rng = np.random.default_rng(1)
    points = rng.uniform([0, 0], [45, 80], (4000, 2))
    within = np.any([inside(points, ring) for ring in polygons], axis=0)
    mm, corners = points @ step.T, path @ step.T
    away = np.full(len(points), np.inf)
    for start, end in pairwise(corners):
        along = end - start
        share = np.clip((mm - start) @ along / (along @ along), 0, 1)
        away = np.minimum(away, np.linalg.norm(mm - start - share[:, None] * along, axis=1))
    assert within[away < 3.9].all()
    assert not within[away > 4.05].any()
    area = within.mean() * 45 * 80
    assert stroke_area(path, 4.0, step) == pytest.approx(area, rel=0.06)


def test_a_disc_of_a_brush_is_one_polygon():
    (disc,) = stroke_polygons(np.array([[5.0, 7.0]]), 3.0, np.eye(2))
    assert np.linalg.norm(disc - [5, 7], axis=1) == pytest.approx(3)
    assert stroke_area(np.array([[5.0, 7.0]]), 3.0, np.eye(2)) == pytest.approx(np.pi * 9, rel=0.02)
