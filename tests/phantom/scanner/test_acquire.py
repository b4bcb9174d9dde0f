import numpy as np
import pytest

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.scanner.acquire import BRIGHTEST, acquire
from neuroscope.phantom.scanner.options import Scan
from neuroscope.phantom.scanner.slices import usual_slices

GRID = Grid((40, 40, 40), (1.0, 1.0, 1.0), (-20.0, -20.0, -20.0))
ONES = np.ones(GRID.shape, np.float32)


def seen_of(image, *, planes=1, scale=400, seed=0, **others):
    slices = usual_slices(GRID, planes)
    return acquire(image, slices, scale=scale, rng=np.random.default_rng(seed), **others)


def test_an_even_image_keeps_its_level_and_gets_noise():
    seen = seen_of(ONES)

    assert 280 < seen.mean() < 560
    assert 3 < np.diff(seen, axis=0).std() / np.sqrt(2) < 14


def test_air_has_the_floor_of_a_magnitude_image():
    seen = seen_of(0 * ONES)

    # Rayleigh: mean is sqrt(pi / (4 - pi)) = 1.91 standard deviations.
    assert seen.mean() / seen.std() == pytest.approx(1.91, rel=0.05)


def test_four_planes_become_one_slice_with_their_mean():
    image = np.zeros(GRID.shape, np.float32)
    image[:, :, 20:22] = 1

    seen = seen_of(image, planes=4, scale=1000, seed=3)

    assert seen.shape == (40, 40, 10)
    assert seen[:, :, 5].mean() == pytest.approx(500, rel=0.35)


def test_gray_values_are_whole_and_fit_12_bits():
    seen = seen_of(50 * ONES)

    assert seen.max() <= BRIGHTEST
    assert np.array_equal(seen, np.rint(seen))


def test_the_painted_image_is_left_as_it_was():
    image = ONES.copy()
    seen_of(image)

    np.testing.assert_array_equal(image, ONES)


def noise_of(**others) -> float:
    return float(np.diff(seen_of(ONES, **others), axis=0).std() / np.sqrt(2))


def test_noise_is_what_was_asked_for_whatever_voxel_and_field():
    for noisier in (1.0, 2.0):
        found = noise_of(scan=Scan(noise=0.04, bias=0.0), noisier=noisier)
        assert found == pytest.approx(0.04 * 450, rel=0.05)


def test_drawn_noise_follows_voxel_and_field():
    quiet, loud = (noise_of(scan=Scan(bias=0.0), noisier=n) for n in (1.0, 2.0))

    assert loud == pytest.approx(2 * quiet, rel=0.05)


def test_an_even_coil_shades_nothing():
    shaded, even = (seen_of(ONES, scan=Scan(bias=bias, noise=0.0)).std() for bias in (0.3, 0.0))

    assert even < 1
    assert shaded > 10
