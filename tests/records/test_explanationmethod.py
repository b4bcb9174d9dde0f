import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.explanationmethod import METHOD_OF, METHODS, method_named


def test_names_are_unique_and_every_method_says_what_it_means():
    assert len(METHOD_OF) == len(METHODS) == 11
    assert all(method.meaning.endswith(".") for method in METHODS)
    assert [m.name for m in METHODS if m.is_control] == ["edges", "center"]


def test_an_unknown_method_is_refused_with_the_names_that_are_known():
    with pytest.raises(BadInputError, match="gradcam") as refused:
        method_named("lime")
    assert "lime" in refused.value.problem
