import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.study import ROLE_NAMES, ROLES, Series, Study


def test_every_role_has_a_name_for_people():
    assert set(ROLE_NAMES) == set(ROLES)


def test_an_unknown_role_is_refused():
    series = Series("a", "t1")
    object.__setattr__(series, "role", "t3")  # past the type checker that watches the tests
    with pytest.raises(BadInputError, match="'t3'"):
        series.__post_init__()


def test_the_acquisition_cannot_be_changed():
    series = Series("a", "t1", acquisition={"EchoTime": 3.0})
    with pytest.raises(TypeError):
        series.acquisition["EchoTime"] = 4.0


def test_a_study_without_series_or_with_two_of_one_id_is_refused():
    with pytest.raises(BadInputError, match="no series"):
        Study("s", "NS-ABCDEF", ())
    with pytest.raises(BadInputError, match="share an id"):
        Study("s", "NS-ABCDEF", (Series("a", "t1"), Series("a", "t2")))


def test_a_series_is_called_by_its_role_and_by_its_description_if_that_says_more():
    assert Series("a", "t1c").title == "T1 with contrast"
    assert Series("a", "t1c", "T1C").title == "T1 with contrast"
    assert Series("a", "t1c", "AX POST").title == "T1 with contrast, “AX POST”"
