import numpy as np
import pytest

from neuroscope.records.arrays import read_only


def test_a_read_only_view_refuses_writing_and_copies_nothing():
    array = np.zeros(3)
    view = read_only(array)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    assert np.shares_memory(array, view)
    assert array.flags.writeable
