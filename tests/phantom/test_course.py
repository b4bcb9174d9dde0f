import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.course import (
    CEILING,
    LAW_NAMES,
    LAWS,
    Course,
    amount,
    resolve_law,
    usual_course,
)


def core(law, day, **wishes) -> float:
    return amount(Course(law=law, **wishes), day).core


def test_every_law_has_a_function():
    assert set(LAWS) == set(LAW_NAMES)


@pytest.mark.parametrize("law", [name for name in LAW_NAMES if name != "resection"])
def test_every_course_begins_with_the_first_volume(law):
    assert core(law, 0) == pytest.approx(1)


def test_an_exponential_course_doubles_in_its_doubling_time():
    assert core("exponential", 40, doubling_days=40) == pytest.approx(2)
    assert core("shrink", 40, doubling_days=40) == pytest.approx(0.5)


def test_a_gompertz_course_begins_at_its_rate_and_levels_off():
    rate = np.log(2) / 40
    assert np.log(core("gompertz", 0.01, doubling_days=40)) / 0.01 == pytest.approx(rate, rel=1e-3)
    assert core("gompertz", 1e5, doubling_days=40) == pytest.approx(CEILING)


def test_pseudo_progression_swells_by_more_than_two_fifths_and_goes_below_where_it_began():
    assert core("pseudo-progression", 60) > 1.4
    assert core("pseudo-progression", 240) < 0.75


def test_surgery_takes_the_tumor_and_it_comes_back_later():
    course = Course(law="resection", doubling_days=50, event_day=30)
    before, after, late = (amount(course, day) for day in (29, 31, 300))

    assert before.core == pytest.approx(2 ** (29 / 50))
    assert (before.cavity, before.regrown) == (0, 0)
    assert (after.core, after.regrown) == (0, 0)
    assert 0.9 * before.core < after.cavity < before.core * 2 ** (1 / 50)
    assert late.cavity < after.cavity
    assert late.regrown > 0


def test_what_surgery_leaves_goes_on_growing():
    course = Course(law="resection", doubling_days=50, event_day=0, residual=0.2)

    assert amount(course, 0).regrown == pytest.approx(0.2)
    assert amount(course, 50).regrown == pytest.approx(0.4)
    assert amount(course, 0).cavity < 0.8


def test_the_usual_surgery_comes_between_the_first_two_visits():
    assert usual_course("resection", "glioblastoma", (0, 60, 120)).event_day == 30
    assert usual_course("new-lesion", "glioblastoma", (0, 60, 120)).event_day == 90


def test_nonsense_is_refused():
    with pytest.raises(BadInputError, match="doubling time of 0 days"):
        Course(doubling_days=0)
    with pytest.raises(BadInputError, match="leave a part of 1"):
        Course(law="resection", residual=1)
    with pytest.raises(BadInputError, match=r"no course named .*linear.*exponential"):
        resolve_law("linear")
