from collections.abc import Callable

import pytest

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.records.annotation import Annotation
from neuroscope.store import audit
from neuroscope.store.annotations import create
from neuroscope.store.assignments import assign, list_assignments, submit, withdraw
from neuroscope.store.database import Store


def test_a_reader_gets_a_series_once(store: Store, volume: str) -> None:
    first = assign(store, volume, "70fa", reader="ann", blind=True, actor="lead")
    again = assign(store, volume, "70fa", reader="ann", blind=True, actor="other")
    assert again == first
    assert (first.assigned_by, first.submitted, first.annotations) == ("lead", None, None)
    with pytest.raises(ConflictError, match="already, blind"):
        assign(store, volume, "70fa", reader="ann", blind=False, actor="lead")


def test_a_reading_is_submitted_once(store: Store, volume: str) -> None:
    assign(store, volume, "70fa", reader="ann", blind=True, actor="lead")
    first = submit(store, volume, "70fa", reader="ann")
    assert first.submitted is not None
    assert first.annotations == 0
    assert submit(store, volume, "70fa", reader="ann") == first
    actions = [(event.action, event.actor) for event in audit.events(store)]
    assert actions == [("assignment.create", "lead"), ("review.submit", "ann")]


def test_an_assignment_can_be_withdrawn_until_it_is_submitted(store: Store, volume: str) -> None:
    assign(store, volume, "70fa", reader="ann", blind=True, actor="lead")
    withdraw(store, volume, "70fa", reader="ann", actor="lead")
    assert list_assignments(store) == ()
    assign(store, volume, "70fa", reader="ann", blind=False, actor="lead")
    submit(store, volume, "70fa", reader="ann")
    with pytest.raises(ConflictError, match="submitted"):
        withdraw(store, volume, "70fa", reader="ann", actor="lead")


def test_what_is_not_assigned_cannot_be_submitted_or_withdrawn(store: Store, volume: str) -> None:
    with pytest.raises(NotFoundError, match="Assign it first"):
        submit(store, volume, "70fa", reader="ann")
    with pytest.raises(NotFoundError):
        withdraw(store, volume, "70fa", reader="ann", actor="lead")
    with pytest.raises(NotFoundError, match="series"):
        assign(store, volume, "other", reader="ann", blind=True, actor="lead")


def test_assignments_are_listed_by_reader_study_and_state(
    store: Store, volume: str, pictures: str
) -> None:
    for reader in ("ann", "bob"):
        assign(store, volume, "70fa", reader=reader, blind=True, actor="lead")
    assign(store, pictures, "5e71e5", reader="ann", blind=True, actor="lead")
    submit(store, volume, "70fa", reader="ann")

    def listed(**chosen: object) -> list[tuple[str, str]]:
        return [(one.study_id, one.reader) for one in list_assignments(store, **chosen)]

    assert listed() == [(volume, "ann"), (volume, "bob"), (pictures, "ann")]
    assert listed(reader="ann") == [(volume, "ann"), (pictures, "ann")]
    assert listed(reader="ann", is_open=True) == [(pictures, "ann")]
    assert listed(is_open=False) == [(volume, "ann")]
    assert listed(study_id=volume, series_id="70fa") == [(volume, "ann"), (volume, "bob")]


def test_how_much_others_drew_is_not_told_before_ones_own_is_in(
    store: Store, volume: str, contour: Callable[..., Annotation]
) -> None:
    create(store, volume, contour("a", author="bob"))
    for reader in ("ann", "bob"):
        assign(store, volume, "70fa", reader=reader, blind=True, actor="lead")
    submit(store, volume, "70fa", reader="bob")

    def counts(asked_by: str | None) -> list[int | None]:
        return [one.annotations for one in list_assignments(store, asked_by=asked_by)]

    assert counts("ann") == [None, None]
    assert counts("bob") == counts(None) == [None, 1]
    submit(store, volume, "70fa", reader="ann")
    assert counts("ann") == [0, 1]


def test_a_blind_reader_cannot_take_her_own_reading_back(store: Store, volume: str) -> None:
    assign(store, volume, "70fa", reader="ann", blind=True, actor="ann")
    with pytest.raises(ConflictError, match="would see what others drew"):
        withdraw(store, volume, "70fa", reader="ann", actor="ann")
    withdraw(store, volume, "70fa", reader="ann", actor="lead")
    assign(store, volume, "70fa", reader="ann", blind=False, actor="ann")
    withdraw(store, volume, "70fa", reader="ann", actor="ann")
