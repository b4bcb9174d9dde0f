"""One preparation for training and inference: what it removes, what it keeps, where things land."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neuroscope.errors import NeuroscopeError
from neuroscope.preprocess.slice_input import map_on_pixels, prepare_slice


def head_picture(
    rows: int = 200, columns: int = 240, *, middle: tuple[float, float] = (100.0, 120.0)
) -> NDArray[np.float32]:
    """An ellipse of gray 100 with a bright disc on its left only."""
    r, c = np.mgrid[:rows, :columns].astype(np.float32)
    picture = np.zeros((rows, columns), np.float32)
    picture[((r - middle[0]) / 80) ** 2 + ((c - middle[1]) / 60) ** 2 <= 1] = 100
    picture[(r - middle[0] + 20) ** 2 + (c - middle[1] + 30) ** 2 <= 8**2] = 200
    return picture


def center_of_bright(image: NDArray[np.float32], above: float) -> NDArray[np.float64]:
    return np.argwhere(image > above).mean(0)


def test_left_stays_left_and_maps_back_to_the_original_pixels():
    prepared = prepare_slice(head_picture(), size=160)
    row, column = center_of_bright(prepared.image, 0.9)
    assert column < 80
    back = prepared.to_pixels @ np.array([row, column, 1.0])
    assert back[:2] == pytest.approx([80.0, 90.0], abs=0.6)


def test_mirrored_picture_gives_the_mirrored_slice():
    picture = head_picture(middle=(99.5, 119.5))
    image = prepare_slice(picture, size=96).image
    mirrored = prepare_slice(picture[:, ::-1], size=96).image
    assert np.abs(image - mirrored[:, ::-1]).max() < 0.02


@settings(max_examples=15, deadline=None)
@given(
    scale=st.floats(0.01, 50.0),
    lift=st.floats(-100.0, 100.0),
    pad=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_gray_scale_and_padding_do_not_matter(scale: float, lift: float, pad: tuple[int, int]):
    picture = head_picture()
    changed = np.pad(picture, ((pad[0], 0), (0, pad[1]))) * scale + lift
    known, seen = prepare_slice(picture, size=96), prepare_slice(changed, size=96)
    assert np.mean(np.abs(known.image - seen.image)) < 0.02


def test_text_beside_the_head_is_blanked():
    picture = head_picture()
    picture[5:15, 5:40] = 255
    prepared = prepare_slice(picture, size=160)
    assert prepared.image[~prepared.head].max() == 0
    plain = prepare_slice(head_picture(), size=160)
    assert np.abs(prepared.to_pixels - plain.to_pixels).max() < 1e-9


def test_a_flat_picture_is_used_whole_with_a_caution():
    prepared = prepare_slice(np.full((64, 64), 7.0))
    assert prepared.cautions
    assert prepared.head_fraction == 0
    assert not prepared.image.any()


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((64, 64, 3)),
        np.zeros((8, 64)),
        np.full((64, 64), np.nan),
        np.full((64, 64), np.inf),
    ],
)
def test_unusable_pixels_are_refused_with_a_remedy(pixels: NDArray[np.float64]):
    with pytest.raises(NeuroscopeError) as caught:
        prepare_slice(pixels)
    assert caught.value.fix


def test_arrays_of_a_prepared_slice_are_read_only():
    prepared = prepare_slice(head_picture())
    with pytest.raises(ValueError, match="read-only"):
        prepared.image[0, 0] = 1


def test_a_map_returns_to_the_place_it_speaks_of():
    prepared = prepare_slice(head_picture(), size=160)
    row, column = center_of_bright(prepared.image, 0.9)
    places = np.zeros((40, 40), np.float32)
    places[round((row - 1.5) / 4), round((column - 1.5) / 4)] = 1.0
    on_pixels = map_on_pixels(places, prepared.to_pixels, (200, 240), offset=1.5, jump=4.0)
    peak = np.unravel_index(int(on_pixels.argmax()), on_pixels.shape)
    assert np.abs(np.array(peak) - [80, 90]).max() <= 3  # half a place is 2.2 pixels here


def test_a_linear_map_is_carried_exactly():
    at = 1.5 + 4.0 * np.arange(40)
    places = (2.0 * at[:, None] - 3.0 * at[None, :]).astype(np.float32)
    on_pixels = map_on_pixels(places, np.eye(3), (160, 160), offset=1.5, jump=4.0)
    r, c = np.mgrid[:160, :160]
    inner = (slice(2, 157), slice(2, 157))
    assert np.abs(on_pixels - (2.0 * r - 3.0 * c))[inner].max() < 1e-3


def test_a_map_is_zero_outside_the_prepared_square():
    to_pixels = np.array([[1.0, 0, 20], [0, 1.0, 30], [0, 0, 1]])
    on_pixels = map_on_pixels(np.ones((2, 8, 8)), to_pixels, (80, 90), offset=1.5, jump=4.0)
    expected = np.zeros((80, 90))
    expected[20:52, 30:62] = 1
    assert np.abs(on_pixels - expected).max() < 1e-6
