import numpy as np
import pytest

from neuroscope.reliability.passport.repeatability import (
    NoiseConfig,
    noisy_copies,
    repeatability,
)


def test_noise_stays_in_the_head_and_in_the_gray_range(image):
    picture, head = image
    copies = noisy_copies(picture, head)
    assert copies.shape == (3, 64, 64)
    assert (copies[:, ~head] == 0).all()
    assert copies.min() >= 0
    assert copies.max() <= 1
    spread = (copies - picture)[:, 30:56, 8:30].std()
    assert spread == pytest.approx(0.03, rel=0.1)
    assert not np.array_equal(copies[0], copies[1])
    np.testing.assert_array_equal(copies, noisy_copies(picture, head))


def test_a_steady_network_repeats_its_map(image, network):
    picture, head = image
    copies = noisy_copies(picture, head)
    found = repeatability(network.map(picture[None])[0], network.map(copies))
    assert found.soft_dice > 0.98


def test_a_network_that_feels_noise_does_not(image):
    """It amplifies the difference between neighboring pixels, which is nearly all noise."""
    picture, head = image

    def nervous(images):
        return np.diff(images, axis=2, append=0) * 1000

    found = repeatability(
        nervous(picture[None])[0], nervous(noisy_copies(picture, head, config=NoiseConfig())), head
    )
    steady = repeatability(picture, noisy_copies(picture, head), head)
    assert found.soft_dice < 0.8 < steady.soft_dice
    assert found.spearman < steady.spearman


def test_a_map_that_vanishes_is_not_repeated():
    one = np.ones((4, 4))
    assert repeatability(one, -one[None]).soft_dice == 0.0
