import pytest
from sqlalchemy import update

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.store.assignments import assign, submit
from neuroscope.store.audit import list_events
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import (
    ReaderLabel,
    list_labels,
    read_all_labels,
    read_handed_in,
    set_label,
)
from neuroscope.store.reading_tables import ReaderLabelRow
from neuroscope.store.studies import delete_study

SERIES = "5e71e5"


def say(store: Store, study_id: str, label: str | None, *, reader: str = "ann") -> ReaderLabel:
    return set_label(store, study_id, SERIES, slice_index=1, label=label, reader=reader)


def test_an_answer_is_kept_with_an_event_and_said_again_changes_nothing(
    store: Store, pictures: str
) -> None:
    first = say(store, pictures, "glioma")
    assert say(store, pictures, "glioma") == first
    say(store, pictures, "meningioma")
    events, total = list_events(store, object_id=f"{pictures}/{SERIES}/1/ann")
    assert total == 2
    assert (events[0].action, events[0].facts["label"]) == ("label.set", "meningioma")
    assert [one.label for one in list_labels(store, pictures, SERIES, reader="ann")] == [
        "meningioma"
    ]
    assert differences(store) == ()


def test_an_answer_that_is_taken_back_counts_no_more(store: Store, pictures: str) -> None:
    say(store, pictures, "glioma")
    say(store, pictures, None)
    assert list_labels(store, pictures, SERIES, reader="ann") == ()
    assert read_all_labels(store) == ()
    assert differences(store) == ()


def test_an_answer_changed_behind_the_back_of_the_trail_is_found(
    store: Store, pictures: str
) -> None:
    say(store, pictures, "glioma")
    with store.transaction() as session:
        session.execute(update(ReaderLabelRow).values(label="notumor"))
    assert differences(store) == (
        f"The label {pictures}/{SERIES}/1/ann differs from the trail in: label.",
    )


def test_a_blind_reader_sees_only_their_own_and_counts_once_handed_in(
    store: Store, pictures: str
) -> None:
    assign(store, pictures, SERIES, reader="bob", blind=True, actor="lead")
    say(store, pictures, "glioma")
    say(store, pictures, "pituitary", reader="bob")
    assert [one.reader for one in list_labels(store, pictures, SERIES, reader="bob")] == ["bob"]
    assert [one.reader for one in read_all_labels(store)] == ["ann"]
    submit(store, pictures, SERIES, reader="bob")
    assert [one.reader for one in read_all_labels(store)] == ["ann", "bob"]


def test_what_is_not_there_or_no_class_is_refused(store: Store, pictures: str, volume: str) -> None:
    with pytest.raises(BadInputError, match="abscess"):
        say(store, pictures, "abscess")
    with pytest.raises(NotFoundError):
        set_label(store, pictures, SERIES, slice_index=9, label="glioma", reader="ann")
    with pytest.raises(NotFoundError):
        set_label(store, pictures, "none", slice_index=None, label="glioma", reader="ann")
    with pytest.raises(BadInputError, match="volume"):
        set_label(store, volume, "70fa", slice_index=2, label="glioma", reader="ann")


def test_answers_go_with_their_study(store: Store, pictures: str) -> None:
    say(store, pictures, "glioma")
    delete_study(store, pictures, actor="ann")
    assert read_all_labels(store) == ()
    assert differences(store) == ()


def test_answers_are_frozen_when_a_reading_is_handed_in(store: Store, pictures: str) -> None:
    assign(store, pictures, SERIES, reader="bob", blind=True, actor="lead")
    say(store, pictures, "pituitary", reader="bob")
    submit(store, pictures, SERIES, reader="bob")
    assert not say(store, pictures, "pituitary", reader="bob").after_hand_in
    changed = say(store, pictures, "glioma", reader="bob")
    late = set_label(store, pictures, SERIES, slice_index=0, label="notumor", reader="bob")
    assert (changed.after_hand_in, late.after_hand_in) == (True, True)
    said = {one.slice_index: one.label for one in read_all_labels(store)}
    assert said == {0: "notumor", 1: "glioma"}
    assert [(one.slice_index, one.label) for one in read_handed_in(store)] == [(1, "pituitary")]
    events, _ = list_events(store, object_id=f"{pictures}/{SERIES}/1/bob")
    assert [event.facts.get("after_hand_in") for event in events] == [True, None]
    assert differences(store) == ()
    assert not say(store, pictures, "pituitary", reader="bob").after_hand_in
    assert differences(store) == ()


def test_answers_of_those_who_were_not_asked_count_as_they_are(store: Store, pictures: str) -> None:
    say(store, pictures, "glioma")
    say(store, pictures, "meningioma")
    assert [one.label for one in read_handed_in(store)] == ["meningioma"]
