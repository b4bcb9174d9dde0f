"""Two pictures are laid on each other and compared place by place."""

import numpy as np
import pytest
from scipy import ndimage
from tests.reliability.dataset.conftest import head

from neuroscope.reliability.dataset.confirm import HOPELESS, match, spectrum_of
from neuroscope.reliability.dataset.looks import SIDE, look_at


def test_a_picture_agrees_with_itself_everywhere():
    band = look_at(head(1)).band
    found = match(band, band)
    assert (found.overall, found.local) == pytest.approx((1.0, 1.0), abs=1e-3)
    assert found.shift == pytest.approx((0.0, 0.0), abs=0.05)


def test_a_shift_by_parts_of_a_pixel_is_measured():
    band = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(SIDE, SIDE)), 2)
    moved = ndimage.shift(band, (1.4, -2.25), order=5, mode="grid-wrap")
    found = match(band / band.std(), moved / moved.std())
    assert found.shift == pytest.approx((-1.4, 2.25), abs=0.15)
    assert found.overall > 0.98


def test_one_changed_corner_shows_locally_and_hardly_overall():
    band = np.asarray(look_at(head(1)).band, np.float32)
    changed = band.copy()
    changed[40:90, 40:90] = np.asarray(look_at(head(2)).band, np.float32)[40:90, 40:90]
    found = match(band, changed)
    assert found.overall > HOPELESS
    assert found.local < 0.5


def test_different_heads_are_not_even_compared_place_by_place():
    found = match(look_at(head(1)).band, look_at(head(2)).band)
    assert found.overall < HOPELESS
    assert found.local == 0.0


def test_a_flat_picture_matches_nothing():
    flat = look_at(np.full((50, 50), 7, np.uint8)).band
    assert match(flat, look_at(head(1)).band).overall < 0.01
    assert match(flat, flat).overall < 0.01


def test_spectra_that_are_known_change_nothing():
    first, second = (look_at(head(number)).band for number in (1, 2))
    for a, b in ((first, first), (first, second), (first[:, ::-1], first)):
        assert match(a, b, spectra=(spectrum_of(a), spectrum_of(b))) == match(a, b)
