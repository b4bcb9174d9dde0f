import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroscope.preprocess.coverage import cell_means, overlap, ring_coverage, stroke_coverage
from neuroscope.records.outline import inside, signed_area

SHAPE = (40, 56)
seeds = st.integers(0, 10_000)


def _star(seed, *, middle=(20.0, 26.0), reach=(3.0, 17.0)):
    rng = np.random.default_rng(seed)
    corners = int(rng.integers(5, 40))
    angle = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.9, corners)) / corners
    length = rng.uniform(*reach, corners)
    return np.column_stack([np.sin(angle), np.cos(angle)]) * length[:, None] + middle


def _rectangle(top, left, bottom, right):
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]], np.float64)


def _share(low, high, number):
    pixel = np.arange(number)
    return np.clip(np.minimum(high, pixel + 0.5) - np.maximum(low, pixel - 0.5), 0, 1)


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_the_sum_is_the_area_by_the_shoelace_rule(seed):
    ring = _star(seed)
    assert ring_coverage([ring], SHAPE).sum() == pytest.approx(abs(signed_area(ring)), rel=1e-9)
    assert ring_coverage([ring[::-1]], SHAPE) == pytest.approx(ring_coverage([ring], SHAPE))


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_holes_are_left_out_whichever_way_they_run(seed):
    ring = _star(seed, reach=(8.0, 17.0))
    hole = _star(seed + 1, reach=(1.0, 5.0))
    area = abs(signed_area(ring)) - abs(signed_area(hole))
    cover = ring_coverage([ring, hole], SHAPE)
    assert cover.sum() == pytest.approx(area, rel=1e-9)
    assert ring_coverage([ring, hole[::-1]], SHAPE) == pytest.approx(cover)


def test_touching_itself_leaves_the_area_exact():
    two = np.array([[0, 0], [9.7, 10.2], [20, 0.3], [19, 30], [9.7, 10.2], [1, 31]], np.float64)
    assert ring_coverage([two], SHAPE).sum() == pytest.approx(abs(signed_area(two)), rel=1e-9)


@given(
    top=st.floats(-0.5, 20), left=st.floats(-0.5, 20), tall=st.floats(0.01, 19),
    wide=st.floats(0.01, 30),
)  # fmt: skip
def test_a_rectangle_at_any_place_covers_each_pixel_as_computed_by_hand(top, left, tall, wide):
    cover = ring_coverage([_rectangle(top, left, top + tall, left + wide)], SHAPE)
    expected = np.outer(_share(top, top + tall, SHAPE[0]), _share(left, left + wide, SHAPE[1]))
    assert np.abs(cover - expected).max() < 1e-9


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_every_pixel_agrees_with_many_samples(seed):
    ring = _star(seed)
    offset = (np.arange(8) + 0.5) / 8 - 0.5
    row = (np.arange(SHAPE[0])[:, None] + offset).ravel()
    column = (np.arange(SHAPE[1])[:, None] + offset).ravel()
    points = np.stack(np.meshgrid(row, column, indexing="ij"), -1)
    sampled = inside(points.reshape(-1, 2), ring).reshape(SHAPE[0], 8, SHAPE[1], 8).mean((1, 3))
    assert np.abs(ring_coverage([ring], SHAPE) - sampled).max() < 0.15
    assert np.abs(ring_coverage([ring], SHAPE) - sampled).mean() < 0.005


@given(seed=seeds, down=st.integers(-3, 3), across=st.integers(-6, 6))
def test_shifting_the_shape_rolls_the_picture(seed, down, across):
    ring = _star(seed, reach=(3.0, 15.0))
    moved = ring_coverage([ring + np.array([down, across])], SHAPE)
    assert np.roll(ring_coverage([ring], SHAPE), (down, across), (0, 1)) == pytest.approx(moved)


@given(seed=seeds)
def test_turning_the_shape_turns_the_picture(seed):
    ring = _star(seed)
    turned = np.column_stack([SHAPE[1] - 1 - ring[:, 1], ring[:, 0]])
    expected = np.rot90(ring_coverage([ring], SHAPE))
    assert ring_coverage([turned], SHAPE[::-1]) == pytest.approx(expected)


def test_what_lies_outside_is_left_out_on_every_side():
    cover = ring_coverage([_rectangle(-100.0, -100.0, 200.0, 300.0)], SHAPE)
    assert cover == pytest.approx(np.ones(SHAPE))
    for ring in (
        _rectangle(5.0, -9.0, 9.0, -2.0), _rectangle(5.0, 70.0, 9.0, 80.0),
        _rectangle(-9.0, 5.0, -3.0, 9.0), _rectangle(50.0, 5.0, 60.0, 9.0),
    ):  # fmt: skip
        assert ring_coverage([ring], SHAPE).max() == pytest.approx(0)
    half = ring_coverage([_rectangle(3.5, -20.0, 5.5, 1.5)], SHAPE)
    assert half.sum() == pytest.approx(4)
    assert half[4:6, :2] == pytest.approx(1)


def test_a_disc_and_a_line_of_a_brush_have_their_areas():
    step = np.diag([0.8, 0.5])
    disc = stroke_coverage(np.array([[20.3, 26.7]]), 5.0, step, SHAPE)
    assert disc.sum() * 0.4 == pytest.approx(np.pi * 25, rel=5e-3)
    line = stroke_coverage(np.array([[12.0, 20.0], [22.0, 20.0]]), 3.0, step, SHAPE)
    assert line.sum() * 0.4 == pytest.approx(np.pi * 9 + 8.0 * 6.0, rel=5e-3)


def test_a_brush_smaller_than_a_pixel_still_covers_its_area():
    cover = stroke_coverage(np.array([[20.0, 26.0]]), 0.2, np.eye(2), SHAPE)
    assert cover.sum() == pytest.approx(np.pi * 0.04, rel=0.05)
    assert (cover > 0).sum() == 1


def test_a_path_that_returns_on_itself_counts_once():
    there = np.array([[10.0, 10.0], [10.0, 30.0]])
    back = np.vstack([there, there[::-1]])
    once = stroke_coverage(there, 4.0, np.eye(2), SHAPE)
    assert stroke_coverage(back, 4.0, np.eye(2), SHAPE) == pytest.approx(once)


def test_a_brush_outside_covers_nothing_and_at_the_border_half():
    assert stroke_coverage(np.array([[-30.0, 5.0]]), 4.0, np.eye(2), SHAPE).max() == 0
    cut = stroke_coverage(np.array([[-0.5, 26.0]]), 6.0, np.eye(2), SHAPE)
    assert cut.sum() == pytest.approx(np.pi * 18, rel=5e-3)


def test_overlap_shares_every_pixel_out():
    shares = overlap(5, 20, scale=4.0, start=1.5)
    assert shares.sum(1) == pytest.approx(1)
    assert shares[1, 4:8] == pytest.approx(0.25)
    assert shares[1].sum() == pytest.approx(shares[1, 4:8].sum())
    flipped = overlap(20, 20, scale=-1.0, start=19.0)
    assert flipped == pytest.approx(np.eye(20)[::-1])


def test_cells_average_the_pixels_around_their_centers():
    cover = np.random.default_rng(2).uniform(size=(16, 24))
    expected = cover.reshape(4, 4, 6, 4).mean((1, 3))
    assert cell_means(cover, (4, 6), offset=1.5, jump=4.0) == pytest.approx(expected, abs=1e-6)


def test_shifting_by_a_cell_rolls_the_cells():
    ring = _star(7, middle=(60.0, 70.0), reach=(8.0, 30.0))
    cells = [
        cell_means(ring_coverage([at], (160, 160)), (40, 40), offset=1.5, jump=4.0)
        for at in (ring, ring + np.array([4.0, -8.0]))
    ]
    assert np.roll(cells[0], (1, -2), (0, 1)) == pytest.approx(cells[1], abs=1e-6)
    assert cells[0].sum() * 16 == pytest.approx(abs(signed_area(ring)), rel=5e-3)
