import gc
import weakref

import numpy as np
import pytest

from neuroscope.preprocess.foreground import (
    background,
    foreground,
    gray_range,
    head_center_mm,
    looks_like_ct,
)
from neuroscope.records.geometry import diagonal
from neuroscope.records.volume import Volume

GRID = diagonal((2.0, 2.0, 2.0))
X, Y, Z = np.mgrid[:40, :44, :36] - np.array([20, 22, 18])[:, None, None, None]
BALL = np.sqrt(X**2 + Y**2 + Z**2) < 14
HOLE = np.sqrt(X**2 + Y**2 + Z**2) < 4


def ball(fill: float, tissue: float = 100.0, noise: float = 0.0) -> Volume:
    rng = np.random.default_rng(0)
    texture = rng.normal(0, 5, BALL.shape)
    values = np.where(BALL, tissue + texture, fill + noise * np.abs(rng.normal(size=BALL.shape)))
    return Volume(values.astype(np.float32), GRID)


@pytest.mark.parametrize("fill", [0.0, -3.8, 25.0])
def test_a_masked_background_is_known_by_its_one_value(fill):
    volume = ball(fill)

    assert background(volume) == pytest.approx(fill)
    np.testing.assert_array_equal(foreground(volume), BALL)


def test_noisy_air_is_told_from_tissue():
    volume = ball(0.0, noise=2.0)

    assert background(volume) is None
    assert (foreground(volume) ^ BALL).mean() < 0.01


def test_quiet_air_in_whole_numbers_is_no_mask():
    rng = np.random.default_rng(0)
    air = rng.choice([0, 1, 2], BALL.shape, p=[0.2, 0.6, 0.2])
    volume = Volume(np.where(BALL, 400, air).astype(np.int16), GRID)

    assert background(volume) is None
    np.testing.assert_array_equal(foreground(volume), BALL)


def test_dark_fluid_inside_belongs_to_the_head():
    values = np.where(HOLE, 1.0, ball(0.0, noise=2.0).voxels)

    assert foreground(Volume(values.astype(np.float32), GRID))[HOLE].all()


def test_hounsfield_units_are_known_by_their_air():
    ct = ball(-1000.0, tissue=35.0, noise=3.0)

    assert looks_like_ct(ct)
    assert not looks_like_ct(ball(-3.8))
    assert (foreground(ct) ^ BALL).mean() < 0.01
    assert gray_range(ct, BALL) == (-150.0, 250.0)


def test_a_few_hot_voxels_do_not_set_the_range_of_grays():
    values = np.array(ball(0.0).voxels)
    values[20, 22, 18] = 1e6

    assert gray_range(Volume(values, GRID), BALL)[1] < 150


def test_a_constant_volume_has_no_foreground():
    assert not foreground(Volume(np.full((8, 8, 8), 3, np.int16), GRID)).any()


def test_the_middle_of_a_constant_volume_is_its_own():
    flat = Volume(np.full((9, 9, 9), 3, np.int16), np.diag([2.0, 2.0, 2.0, 1.0]))
    np.testing.assert_allclose(head_center_mm(flat), [8, 8, 8])


def test_the_head_of_a_volume_is_found_once_and_forgotten_with_it():
    volume = ball(0.0)
    head = foreground(volume)
    assert foreground(volume) is head
    with pytest.raises(ValueError, match="read-only"):
        head[0, 0, 0] = True
    same = ball(0.0)
    assert foreground(same) is not head
    np.testing.assert_array_equal(foreground(same), head)
    kept = weakref.ref(volume)
    del volume
    gc.collect()
    assert kept() is None
