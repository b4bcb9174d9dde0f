import numpy as np
import pytest

from neuroscope.phantom.fields import Grid, cube, draw_noise, on_grid, resample

FINE = cube((10, -20, 5), 20, 1.0)


def test_noise_is_the_same_at_the_same_place_whatever_the_grid():
    noise = draw_noise(np.random.default_rng(1), 9)
    coarse = Grid((21, 21, 21), (2.0, 2.0, 2.0), FINE.origin)

    np.testing.assert_allclose(
        on_grid(noise, coarse), on_grid(noise, FINE)[::2, ::2, ::2], atol=1e-5
    )


def test_noise_has_mean_0_and_variance_1():
    noise = draw_noise(np.random.default_rng(2), 6)
    field = on_grid(noise, Grid((60, 60, 60), (4.0, 4.0, 4.0), (-118.0, -118.0, -118.0)))

    assert field.mean() == pytest.approx(0, abs=0.02)
    assert field.std() == pytest.approx(1, abs=0.03)


def test_a_linear_field_is_resampled_exactly():
    x = FINE.points_mm()[0]
    target = Grid((5, 4, 3), (1.3, 2.1, 0.7), (1.0, -25.0, 2.0))

    np.testing.assert_allclose(
        resample(x, FINE, target, outside=0.0), target.points_mm()[0], atol=1e-4
    )


def test_a_crop_keeps_its_place():
    box = FINE.box_around((0, -30, 0), (6, -21, 9))

    np.testing.assert_array_equal(FINE.crop(box).points_mm(), FINE.points_mm()[(slice(None), *box)])


def test_a_box_beside_the_grid_is_empty():
    assert FINE.crop(FINE.box_around((500, 500, 500), (510, 510, 510))).shape == (0, 0, 0)
