import copy

import pytest

from neuroscope import errors
from neuroscope.errors import (
    GeometryMismatchError,
    MissingExtraError,
    NeuroscopeError,
    extra,
)


def test_an_error_says_what_is_wrong_and_how_to_mend_it():
    error = NeuroscopeError("The disk is full.", fix="Free some space.")
    assert (error.problem, error.fix) == ("The disk is full.", "Free some space.")
    assert str(error) == "The disk is full. Free some space."


@pytest.mark.parametrize(
    "name", [name for name in vars(errors) if name.endswith("Error") and name != "NeuroscopeError"]
)
def test_every_error_belongs_to_the_family(name):
    error = getattr(errors, name)("What.", fix="How.")
    assert isinstance(error, NeuroscopeError)


def test_what_a_file_can_be_blamed_for_is_bad_input():
    for kind in (errors.UnreadableFileError, errors.TooLargeError, errors.GeometryMismatchError):
        assert issubclass(kind, errors.BadInputError)


def test_a_missing_extra_names_the_command_that_installs_it():
    with pytest.raises(MissingExtraError) as caught, extra("train"):
        import a_package_that_nobody_has  # noqa: F401
    assert "'a_package_that_nobody_has'" in caught.value.problem
    assert "make setup" in caught.value.fix
    assert "-e '.[train]'" in caught.value.fix  # by name PyPI would give another project's package


def test_extra_leaves_other_errors_alone():
    with pytest.raises(ZeroDivisionError), extra("train"):
        raise ZeroDivisionError


def test_an_error_crosses_to_another_process_whole():
    sent = GeometryMismatchError("The grids differ.", fix="Resample.")
    came = copy.copy(sent)  # goes through `__reduce__`, as pickling does

    assert type(came) is GeometryMismatchError
    assert (came.problem, came.fix, str(came)) == (sent.problem, sent.fix, str(sent))
