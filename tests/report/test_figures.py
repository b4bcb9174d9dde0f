"""Pictures: the right colors at the right places, on a scale that never moves."""

import io

import numpy as np
import pytest
from PIL import Image

from neuroscope.errors import GeometryMismatchError
from neuroscope.records.heatmap import Heatmap
from neuroscope.report.figures import (
    display_window,
    draw_pair,
    evidence_picture,
    gray_picture,
    outline,
    overlay,
    png_bytes,
)

GRAY = np.full((4, 4, 3), 100, np.uint8)


def test_evidence_for_the_class_turns_orange_and_against_it_blue():
    evidence = np.zeros((4, 4), np.float32)
    evidence[0, 0], evidence[3, 3] = 1.0, -1.0
    drawn = overlay(GRAY, evidence, scale=1.0)
    red, _, blue = drawn[0, 0]
    assert red > 150 > blue
    red, _, blue = drawn[3, 3]
    assert blue > 150 > red


def test_a_place_without_evidence_keeps_its_gray():
    evidence = np.zeros((4, 4), np.float32)
    evidence[0, 0] = 1.0
    assert (overlay(GRAY, evidence, scale=1.0)[1:] == 100).all()


def test_the_color_of_a_place_does_not_depend_on_other_places():
    weak = np.zeros((4, 4), np.float32)
    weak[0, 0] = 0.3
    with_peak = weak.copy()
    with_peak[2, 2] = 50.0
    one, two = overlay(GRAY, weak, scale=1.0), overlay(GRAY, with_peak, scale=1.0)
    assert (one[0, 0] == two[0, 0]).all()


def test_outline_is_white_on_the_edge_and_leaves_the_inside():
    evidence = np.zeros((7, 7), np.float32)
    evidence[1:6, 1:6] = 1
    drawn = outline(np.full((7, 7, 3), 100, np.uint8), evidence, threshold=0.5)
    assert (drawn[1, 1:6] == 255).all()
    assert (drawn[3, 3] == 100).all()
    assert (drawn[0] == 100).all()


def test_window_ignores_the_black_air_and_survives_nan():
    pixels = np.zeros((100, 100), np.float32)
    pixels[40:60, 40:60] = np.linspace(50, 150, 400).reshape(20, 20)
    pixels[0, 0] = np.nan
    low, high = display_window(pixels)
    assert low == 0
    assert 145 < high < 150


def test_an_empty_picture_is_black():
    pixels = np.zeros((5, 5), np.int16)
    assert (gray_picture(pixels, display_window(pixels)) == 0).all()


def test_overlay_file_has_the_size_of_the_slice_and_no_alpha():
    pixels = np.zeros((30, 20), np.uint8)
    heatmap = Heatmap(
        values=np.ones((30, 20), np.float32),
        method="evidence",
        target="glioma",
        scale=1.0,
        threshold=0.2,
    )
    picture = Image.open(io.BytesIO(png_bytes(evidence_picture(pixels, heatmap))))
    assert (picture.size, picture.mode) == ((20, 30), "RGB")


def test_a_map_that_failed_a_test_has_neither_color_nor_outline():
    evidence = np.array([[0.9, 0.0, -0.9, 0.1]] * 4)
    drawn = overlay(GRAY, evidence, scale=1.0, is_trusted=False)
    assert (drawn[..., 0] == drawn[..., 2]).all()
    assert (drawn[0, 0] != drawn[0, 2]).any()
    pair = draw_pair(
        np.full((10, 10), 9, np.float32),
        np.ones((10, 10)),
        window=(0.0, 18.0),
        scale=1.0,
        threshold=0.5,
        is_trusted=False,
    )
    assert (pair.explained < 255).all()


def test_a_map_of_another_shape_is_refused():
    heatmap = Heatmap(
        values=np.ones((3, 3), np.float32),
        method="evidence",
        target="glioma",
        scale=1.0,
        threshold=0.2,
    )
    with pytest.raises(GeometryMismatchError):
        evidence_picture(np.zeros((30, 20)), heatmap)


def test_print_pictures_are_square_and_respect_the_pixel_size():
    pixels = np.full((10, 10), 9, np.float32)
    pair = draw_pair(
        pixels,
        np.zeros((10, 10)),
        window=(0.0, 9.0),
        scale=1.0,
        threshold=1.0,
        pixel_size=(1.0, 2.0),
        long_side=100,
    )
    assert pair.plain.shape == pair.explained.shape == (100, 100, 3)
    bright_rows = (pair.plain[:, 50, 0] > 0).sum()
    assert bright_rows == 50  # half as high as wide
