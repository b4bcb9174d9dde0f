import numpy as np
import pytest

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.scanner.acquire import BRIGHTEST, acquire

GRID = Grid((40, 40, 40), (1.0, 1.0, 1.0), (-20.0, -20.0, -20.0))


def test_an_even_image_keeps_its_level_and_gets_noise():
    seen = acquire(
        np.ones(GRID.shape, np.float32), GRID, planes=1, scale=400, rng=np.random.default_rng(0)
    )

    assert 280 < seen.mean() < 560
    assert 3 < np.diff(seen, axis=0).std() / np.sqrt(2) < 14


def test_air_has_the_floor_of_a_magnitude_image():
    seen = acquire(
        np.zeros(GRID.shape, np.float32), GRID, planes=1, scale=400, rng=np.random.default_rng(0)
    )

    # Rayleigh: mean is sqrt(pi / (4 - pi)) = 1.91 standard deviations.
    assert seen.mean() / seen.std() == pytest.approx(1.91, rel=0.05)


def test_four_planes_become_one_slice_with_their_mean():
    image = np.zeros(GRID.shape, np.float32)
    image[:, :, 20:22] = 1

    seen = acquire(image, GRID, planes=4, scale=1000, rng=np.random.default_rng(3))

    assert seen.shape == (40, 40, 10)
    assert seen[:, :, 5].mean() == pytest.approx(500, rel=0.35)


def test_gray_values_are_whole_and_fit_12_bits():
    seen = acquire(
        np.full(GRID.shape, 50, np.float32), GRID, planes=1, scale=400, rng=np.random.default_rng(0)
    )

    assert seen.max() <= BRIGHTEST
    assert np.array_equal(seen, np.rint(seen))
