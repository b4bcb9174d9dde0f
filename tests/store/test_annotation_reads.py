from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import NotFoundError
from neuroscope.records.annotation import Annotation
from neuroscope.records.prediction import ModelRef
from neuroscope.store import audit
from neuroscope.store.annotation_reads import (
    list_annotations,
    read_all,
    read_annotation,
    read_submitted,
    read_versions,
)
from neuroscope.store.annotations import create, delete, edit
from neuroscope.store.assignments import assign, submit
from neuroscope.store.database import Store
from neuroscope.store.registration import ensure_shipped

Draw = Callable[..., Annotation]


def seen(store: Store, study: str, reader: str) -> list[str]:
    found = list_annotations(store, study, "70fa", reader=reader)
    return [one.current.annotation.id for one in found]


def test_a_blind_reader_sees_others_after_submitting(
    store: Store, volume: str, contour: Draw
) -> None:
    for reader in ("ann", "bob"):
        assign(store, volume, "70fa", reader=reader, blind=True, actor="lead")
    create(store, volume, contour("of-ann"))
    create(store, volume, contour("of-bob", author="bob"))
    assert (seen(store, volume, "ann"), seen(store, volume, "bob")) == (["of-ann"], ["of-bob"])
    for read in (read_annotation, read_versions):
        with pytest.raises(NotFoundError, match="blind"):
            read(store, volume, "70fa", "of-bob", reader="ann")

    submit(store, volume, "70fa", reader="ann")
    assert seen(store, volume, "ann") == ["of-ann", "of-bob"]
    assert seen(store, volume, "bob") == ["of-bob"]


def test_a_reader_who_is_not_blind_sees_all(store: Store, volume: str, contour: Draw) -> None:
    assign(store, volume, "70fa", reader="ann", blind=False, actor="lead")
    create(store, volume, contour("of-bob", author="bob"))
    assert seen(store, volume, "ann") == seen(store, volume, "stranger") == ["of-bob"]


def test_what_was_submitted_does_not_change_any_more(
    store: Store, volume: str, contour: Draw
) -> None:
    for reader in ("ann", "bob", "cyd"):
        assign(store, volume, "70fa", reader=reader, blind=True, actor="lead")
    create(store, volume, contour("first"))
    create(store, volume, contour("second"))
    create(store, volume, contour("dropped"))
    edit(store, volume, contour("first", by_mm=2.0), parent=1)
    delete(store, volume, "70fa", "dropped", parent=1, actor="ann")
    submit(store, volume, "70fa", reader="ann")
    submit(store, volume, "70fa", reader="bob")  # nothing to mark
    edit(store, volume, contour("first", by_mm=9.0), parent=2)
    delete(store, volume, "70fa", "second", parent=1, actor="ann")
    create(store, volume, contour("late"))

    submitted = read_submitted(store, volume, "70fa")
    assert list(submitted) == ["ann", "bob"]
    assert submitted["bob"] == ()
    assert [(one.id, one.version) for one in submitted["ann"]] == [("first", 2), ("second", 1)]
    np.testing.assert_array_equal(submitted["ann"][0].points_mm[0], [12.0, 12.0, 24.0])


def test_training_reads_what_counts_and_the_head_that_led_to_it(
    store: Store, volume: str, pictures: str, contour: Draw, stroke: Draw
) -> None:
    create(store, volume, contour("kept"))
    edit(store, volume, contour("kept", by_mm=1.0), parent=1)
    create(store, volume, contour("gone"))
    delete(store, volume, "70fa", "gone", parent=1, actor="ann")
    create(store, pictures, stroke())
    assign(store, volume, "70fa", reader="bob", blind=True, actor="lead")
    create(store, volume, contour("blind", author="bob"))
    found, head = read_all(store)
    assert {(one.study_id, one.annotation.id, one.annotation.version) for one in found} == {
        (volume, "kept", 2),
        (pictures, "s-1", 1),
    }
    assert head == audit.head_of(store)[1]


def test_a_drawing_against_an_older_model_is_stale(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    create(store, volume, replace(contour("free"), model=None))

    def stale() -> dict[str, bool]:
        found = list_annotations(store, volume, "70fa", reader="ann")
        return {one.current.annotation.id: one.is_stale for one in found}

    assert not any(stale().values())  # no model is known
    ensure_shipped(store, ModelRef("evidence", "1", "a" * 64))
    assert not any(stale().values())
    ensure_shipped(store, ModelRef("evidence", "2", "b" * 64))
    assert stale() == {"a-1": True, "free": False}


def test_a_series_that_is_not_there_has_no_list(store: Store, volume: str) -> None:
    with pytest.raises(NotFoundError, match="no such series"):
        list_annotations(store, volume, "other", reader="ann")
