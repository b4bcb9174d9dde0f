import numpy as np
import pytest
from scipy import ndimage

from neuroscope.phantom.fields import Grid, blur, blur_gain, cube, draw_noise, on_grid, resample

FINE = cube((10, -20, 5), 20, 1.0)


def test_noise_is_the_same_at_the_same_place_whatever_the_grid():
    noise = draw_noise(np.random.default_rng(1), 9)
    coarse = Grid((21, 21, 21), (2.0, 2.0, 2.0), FINE.origin)

    np.testing.assert_allclose(
        on_grid(noise, coarse), on_grid(noise, FINE)[::2, ::2, ::2], atol=1e-5
    )


def test_noise_far_beside_space_is_nothing_and_at_its_border_it_is_whole():
    noise = draw_noise(np.random.default_rng(4), 11.0)
    wide = Grid((150, 3, 3), (2.0, 2.0, 2.0), (-149.0, 0.0, 0.0))
    border, far = wide.crop((slice(0, 4), slice(0, 3), slice(0, 3))), cube((900, 0, 0), 4, 2)
    np.testing.assert_allclose(on_grid(noise, border), on_grid(noise, wide)[:4], atol=1e-5)
    assert (on_grid(noise, far) == 0).all()


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


@pytest.mark.parametrize("sigma_mm", [0.1, 0.5, 1.2, 4.0])
@pytest.mark.parametrize("shape", [(9, 12, 7), (30, 4, 25)])
def test_blur_is_the_gaussian_filter_of_scipy(sigma_mm: float, shape: tuple[int, int, int]):
    field = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    spacing = (1.0, 0.8, 2.0)

    expected = ndimage.gaussian_filter(field, [sigma_mm / s for s in spacing], truncate=3.0)

    np.testing.assert_allclose(blur(field, sigma_mm, spacing), expected, atol=2e-6)


def test_blur_leaves_the_stated_part_of_white_noise():
    noise = np.random.default_rng(0).standard_normal((60, 60, 60), dtype=np.float32)
    spacing = (1.0, 1.0, 1.5)

    smooth = blur(noise, 0.6, spacing)[3:-3, 3:-3, 3:-3]

    assert smooth.std() == pytest.approx(blur_gain(0.6, spacing), rel=0.01)


def test_a_thickened_grid_keeps_the_place_of_its_slices():
    grid = Grid((4, 4, 6), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    thick = grid.thickened(3)

    assert thick.shape == (4, 4, 2)
    assert thick.spacing == (1.0, 1.0, 3.0)
    assert thick.origin == (0.0, 0.0, 1.0)  # the middle of planes 0, 1, 2
