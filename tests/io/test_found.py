import numpy as np
import pytest

from neuroscope.errors import TooLargeError
from neuroscope.io.found import LooseSeries, check_decoded
from neuroscope.records.volume import Slice, Volume
from neuroscope.settings import Limits


def test_a_series_weighs_what_its_pixels_take():
    assert LooseSeries(Volume(np.zeros((2, 3, 4), np.int16), np.eye(4)), "mr").decoded_bytes == 48
    slices = (Slice(np.zeros((2, 3), np.uint8), "a"), Slice(np.zeros((2, 3), np.uint8), "b"))
    assert LooseSeries(slices, "slice").decoded_bytes == 12


def test_more_decoded_bytes_than_the_limit_are_refused():
    check_decoded(100, limits=Limits(unpacked_bytes=100))
    with pytest.raises(TooLargeError, match="decode to more than"):
        check_decoded(101, limits=Limits(unpacked_bytes=100))
