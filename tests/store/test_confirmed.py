"""Confirmed answers stand beside the sets that were given for them."""

from collections.abc import Callable
from typing import Any

import pytest

from neuroscope.records.doubt import Doubt
from neuroscope.records.prediction import ModelRef
from neuroscope.store.confirmed import confirmed_answers
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import set_label

SERIES = "5e71e5"
DOUBT = Doubt(
    sets={"80": ("glioma",), "90": ("glioma",), "95": ("glioma", "notumor")}, p_fits={"glioma": 0.4}
)
Stored = Callable[..., str]


def say(
    store: Store, study: str, label: str, *, index: int | None = 0, reader: str = "ann"
) -> None:
    set_label(store, study, SERIES, slice_index=index, label=label, reader=reader)


@pytest.fixture
def study(store: Store, pictures: str, analyzed_as: Stored) -> str:
    analyzed_as(store, pictures, SERIES, 3, doubt=DOUBT)
    return pictures


def test_an_answer_comes_with_the_sets_of_its_picture(store: Store, study: str) -> None:
    say(store, study, "meningioma")
    found = confirmed_answers(store)
    (answer,) = found.answers
    assert answer.label == "meningioma"
    assert answer.sets == DOUBT.sets
    assert (found.disputed, found.without_sets) == (0, 0)


def test_a_patient_counts_once_by_the_first_answer(store: Store, study: str) -> None:
    say(store, study, "meningioma", index=1)
    say(store, study, "glioma", index=0)
    assert [one.label for one in confirmed_answers(store).answers] == ["meningioma"]


def test_a_picture_that_readers_name_differently_is_left_out(store: Store, study: str) -> None:
    say(store, study, "glioma")
    say(store, study, "notumor", reader="ben")
    found = confirmed_answers(store)
    assert (found.answers, found.disputed) == ((), 1)


def test_readers_who_agree_count_once(store: Store, study: str) -> None:
    say(store, study, "glioma")
    say(store, study, "glioma", reader="ben")
    assert len(confirmed_answers(store).answers) == 1


@pytest.mark.parametrize("more", [{}, {"is_trial": True, "doubt": DOUBT}])
def test_answers_without_sets_are_counted_apart(
    store: Store, pictures: str, analyzed_as: Stored, more: dict[str, Any]
) -> None:
    analyzed_as(store, pictures, SERIES, 3, **more)
    say(store, pictures, "glioma")
    found = confirmed_answers(store)
    assert (found.answers, found.without_sets) == ((), 1)


def test_what_another_version_said_does_not_count(
    store: Store, study: str, analyzed_as: Stored
) -> None:
    say(store, study, "glioma")
    analyzed_as(store, study, SERIES, 3, model=ModelRef("evidence", "2", "b" * 64))
    assert confirmed_answers(store).without_sets == 1
