import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.attribution import METHOD_OF, METHODS, Attribution, method_named


def test_names_are_unique_and_every_method_says_what_it_means():
    assert len(METHOD_OF) == len(METHODS) == 11
    assert all(method.meaning.endswith(".") for method in METHODS)
    assert [m.name for m in METHODS if m.is_control] == ["edges", "center"]


def test_an_unknown_method_is_refused_with_the_names_that_are_known():
    with pytest.raises(BadInputError, match="gradcam") as refused:
        method_named("lime")
    assert "lime" in refused.value.problem


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
