from collections.abc import Callable

import pytest

from neuroscope.errors import NotFoundError
from neuroscope.records.annotation import Annotation
from neuroscope.store.annotations import create, delete
from neuroscope.store.assignments import assign, submit
from neuroscope.store.database import Store
from neuroscope.store.series_readings import (
    list_read_series,
    read_series_readings,
    versions_of_readings,
)

Draw = Callable[..., Annotation]


def names(store: Store, volume: str) -> dict[str, list[str]]:
    found = read_series_readings(store, volume, "70fa", reader="eve")
    return {reader: [one.id for one in drawn] for reader, drawn in found.readers.items()}


def test_what_was_handed_in_counts_and_what_was_not_does_not(
    store: Store, volume: str, contour: Draw
) -> None:
    for reader in ("ann", "bob", "cid"):
        assign(store, volume, "70fa", reader=reader, blind=True, actor="lead")
    create(store, volume, contour("a-1", author="ann"))
    create(store, volume, contour("b-1", author="bob", by_mm=1.0))
    submit(store, volume, "70fa", reader="ann")
    submit(store, volume, "70fa", reader="cid")
    assert names(store, volume) == {"ann": ["a-1"], "cid": []}
    found = read_series_readings(store, volume, "70fa", reader="bob")
    assert (found.waiting, found.is_hidden) == (1, True)
    assert found.handed_in == {"ann", "cid"}
    assert not read_series_readings(store, volume, "70fa", reader="ann").is_hidden


def test_who_was_not_asked_counts_with_what_is_drawn_now(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour("a-1", author="ann"))
    create(store, volume, contour("b-1", author="bob", by_mm=1.0))
    create(store, volume, contour("b-2", author="bob", by_mm=3.0))
    delete(store, volume, "70fa", "b-1", parent=1, actor="bob")
    assert names(store, volume) == {"ann": ["a-1"], "bob": ["b-2"]}
    assert list_read_series(store) == ((volume, "70fa"),)


def test_the_versions_tell_when_a_reading_has_changed(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour("a-1", author="ann"))
    before = versions_of_readings(read_series_readings(store, volume, "70fa", reader=None))
    assert before == (("ann", False, (("a-1", 1),)),)
    assign(store, volume, "70fa", reader="ann", blind=False, actor="lead")
    submit(store, volume, "70fa", reader="ann")
    after = versions_of_readings(read_series_readings(store, volume, "70fa", reader=None))
    assert after == (("ann", True, (("a-1", 1),)),)


def test_a_series_that_is_not_there_has_no_readers(store: Store, volume: str) -> None:
    with pytest.raises(NotFoundError):
        read_series_readings(store, volume, "none", reader="ann")
