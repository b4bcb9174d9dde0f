import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.attribution import Attribution


@pytest.mark.parametrize("values", [np.zeros(3), np.full((2, 2), np.nan), np.zeros((1, 2, 2))])
def test_a_map_is_a_finite_picture(values):
    with pytest.raises(BadInputError):
        Attribution(values.astype(np.float32), "rise", 0)


def test_a_map_cannot_be_written_to():
    found = Attribution(np.zeros((2, 2), np.float32), "rise", 0, notes={"a": 1.0})
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 0] = 1
    with pytest.raises(TypeError):
        found.notes["a"] = 2.0
