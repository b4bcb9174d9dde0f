"""What is done by shifting equals what scipy does, on masks of every kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from neuroscope.preprocess.morphology import (
    filled,
    grown_by_disk,
    grown_by_square,
    opened_by_cross,
    shrunk_by_square,
)

MASKS = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=24))


@given(MASKS, st.integers(1, 9))
def test_squares_grow_and_shrink_as_by_scipy(mask, radius):
    width = 2 * radius + 1
    np.testing.assert_array_equal(
        grown_by_square(mask, radius), ndimage.maximum_filter(mask, width)
    )
    np.testing.assert_array_equal(
        shrunk_by_square(mask, radius), ndimage.minimum_filter(mask, width)
    )


@given(MASKS, st.integers(1, 9))
def test_disks_reach_what_is_near_enough(mask, radius):
    if not mask.any():
        assert not grown_by_disk(mask, radius).any()
        return
    near = ndimage.distance_transform_edt(~mask) <= radius
    np.testing.assert_array_equal(grown_by_disk(mask, radius), near)


@given(MASKS)
def test_opening_and_filling_equal_those_of_scipy(mask):
    np.testing.assert_array_equal(opened_by_cross(mask), ndimage.binary_opening(mask))
    np.testing.assert_array_equal(filled(mask), ndimage.binary_fill_holes(mask))


@pytest.mark.parametrize("value", [True, False])
def test_a_mask_of_one_value_stays(value):
    mask = np.full((7, 9), value)
    assert (grown_by_square(mask, 3) == value).all()
    assert (grown_by_disk(mask, 3) == value).all()
    assert (filled(mask) == value).all()
