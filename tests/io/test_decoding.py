import logging
import warnings

import pytest

from neuroscope.errors import TooLargeError, UnreadableFileError
from neuroscope.io.decoding import decoding


@pytest.mark.parametrize("error", [ValueError, KeyError, EOFError, RecursionError, OSError])
def test_whatever_a_decoder_raises_becomes_an_unreadable_file(error):
    with pytest.raises(UnreadableFileError, match="truncated or damaged"), decoding("PNG"):
        raise error("Jane Doe")


def test_the_words_of_a_decoder_reach_neither_the_message_nor_the_log(caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UnreadableFileError) as caught, decoding("PNG"):
        raise ValueError("Jane Doe")
    assert "Jane" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert "Jane" not in caplog.text


def test_a_forbidden_file_says_whose_right_is_missing():
    with pytest.raises(UnreadableFileError, match="may not be read"), decoding("PNG"):
        raise PermissionError(13, "denied", "/home/jane")


def test_running_out_of_memory_is_too_large():
    with pytest.raises(TooLargeError, match="more memory"), decoding("PNG"):
        raise MemoryError


def test_our_own_errors_pass_unchanged():
    with pytest.raises(TooLargeError, match="mine"), decoding("PNG"):
        raise TooLargeError("mine", fix="yours")


def test_warnings_of_a_decoder_are_silent():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with decoding("PNG"):
            warnings.warn("Jane Doe", stacklevel=1)
    assert told == []
