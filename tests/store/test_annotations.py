"""Versions never change, and of two who draw at once nobody loses anything."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from neuroscope.errors import BadInputError, ConflictError, NotFoundError
from neuroscope.records.annotation import Annotation
from neuroscope.store import audit
from neuroscope.store.annotation_reads import list_annotations, read_annotation, read_versions
from neuroscope.store.annotations import EditConflictError, create, delete, edit
from neuroscope.store.assignments import assign, submit
from neuroscope.store.database import Store

Draw = Callable[..., Annotation]


def actions(store: Store) -> list[str]:
    return [event.action for event in audit.events(store)]


def test_a_drawing_comes_back_as_it_was(
    store: Store, volume: str, pictures: str, contour: Draw, stroke: Draw, mask: Draw
) -> None:
    hole = np.array([[14.0, 15.0, 24.0], [16.0, 15.0, 24.0], [15.0, 18.0, 24.0]])
    for study, drawn in (
        (volume, replace(contour(), holes_mm=(hole,), only_this=True)),
        (pictures, stroke()),
        (volume, mask()),
        (volume, replace(stroke("s-2"), series_id="70fa", slice_index=None, plane="sagittal")),
    ):
        create(store, study, drawn)
        found = read_annotation(store, study, drawn.series_id, drawn.id, reader="ann")
        kept = found.current.annotation
        np.testing.assert_array_equal(kept.points_mm, drawn.points_mm)
        for ring, expected in zip(kept.holes_mm, drawn.holes_mm, strict=True):
            np.testing.assert_array_equal(ring, expected)
        assert (kept.mask is None) == (drawn.mask is None)
        if kept.mask is not None:
            np.testing.assert_array_equal(kept.mask, drawn.mask)
            np.testing.assert_array_equal(kept.mask_affine, drawn.mask_affine)
        for name in ("kind", "shape", "author", "radius_mm", "reason", "slice_index", "only_this",
                     "model", "plane", "version", "deleted"):  # fmt: skip
            assert getattr(kept, name) == getattr(drawn, name), name
        assert kept.created is not None
        assert len(found.current.image_sha256) == 64
    assert audit.verify(store).is_whole


def test_an_edit_is_a_new_version_and_the_old_one_stays(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    second = edit(store, volume, contour(by_mm=3.0, author="bob"), parent=1)
    assert (second.annotation.version, second.head, second.owner) == (2, 2, "ann")
    first, again = read_versions(store, volume, "70fa", "a-1", reader="cyd")
    np.testing.assert_array_equal(first.annotation.points_mm, contour().points_mm)
    assert (first.annotation.author, again.annotation.author) == ("ann", "bob")
    assert (first.parent, again.parent) == (None, 1)
    assert actions(store) == ["annotation.create", "annotation.edit"]


def test_of_two_who_edit_at_once_both_are_kept_and_both_are_told(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    edit(store, volume, contour(by_mm=1.0, author="bob"), parent=1)
    with pytest.raises(EditConflictError, match="bob saved version 2") as told:
        edit(store, volume, contour(by_mm=2.0, author="cyd"), parent=1)
    assert told.value.current.annotation.author == "bob"
    assert told.value.yours.annotation.author == "cyd"
    assert (told.value.yours.annotation.version, told.value.yours.is_conflict) == (3, True)

    (seen,) = list_annotations(store, volume, "70fa", reader="bob")
    assert (seen.current.annotation.version, seen.conflicts) == (2, (3,))
    edit(store, volume, contour(by_mm=5.0, author="bob"), parent=2)  # without a look at it
    (seen,) = list_annotations(store, volume, "70fa", reader="bob")
    assert (seen.current.annotation.version, seen.conflicts) == (4, (3,))
    edit(store, volume, contour(by_mm=2.0, author="cyd"), parent=4, resolves=(3,))
    (seen,) = list_annotations(store, volume, "70fa", reader="bob")
    assert (seen.current.annotation.version, seen.conflicts) == (5, ())
    versions = read_versions(store, volume, "70fa", "a-1", reader="bob")
    assert [float(v.annotation.points_mm[0, 0]) for v in versions] == [10, 11, 12, 15, 12]
    assert actions(store)[2] == "annotation.conflict"


def test_two_threads_that_edit_at_once_lose_nothing(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    gate, outcomes = threading.Barrier(2), []

    def work(author: str, by_mm: float) -> None:
        gate.wait()
        try:
            outcomes.append(edit(store, volume, contour(by_mm=by_mm, author=author), parent=1))
        except EditConflictError as error:
            outcomes.append(error)

    workers = [threading.Thread(target=work, args=given) for given in (("bob", 1.0), ("cyd", 2.0))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(isinstance(outcome, EditConflictError) for outcome in outcomes) == [False, True]
    versions = read_versions(store, volume, "70fa", "a-1", reader="ann")
    assert {v.annotation.author for v in versions} == {"ann", "bob", "cyd"}
    assert [v.is_conflict for v in versions] == [False, False, True]
    assert audit.verify(store) == audit.Verification(3, audit.head_of(store)[1], None)


def test_what_is_sent_again_is_not_stored_again(store: Store, volume: str, contour: Draw) -> None:
    first = create(store, volume, contour())
    assert create(store, volume, contour()).annotation.created == first.annotation.created
    edit(store, volume, contour(by_mm=1.0), parent=1)
    assert edit(store, volume, contour(by_mm=1.0), parent=1).annotation.version == 2
    for _ in range(2):
        with pytest.raises(EditConflictError) as told:
            edit(store, volume, contour(by_mm=2.0, author="bob"), parent=1)
        assert told.value.yours.annotation.version == 3
    assert len(actions(store)) == 3


def test_an_id_belongs_to_one_annotation(store: Store, volume: str, contour: Draw) -> None:
    create(store, volume, contour())
    with pytest.raises(ConflictError, match="another annotation"):
        create(store, volume, contour(by_mm=1.0))


def test_a_deleted_annotation_keeps_its_versions_and_can_come_back(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    gone = delete(store, volume, "70fa", "a-1", parent=1, actor="bob")
    assert (gone.annotation.deleted, gone.annotation.author) == (True, "bob")
    assert list_annotations(store, volume, "70fa", reader="ann") == ()
    assert len(list_annotations(store, volume, "70fa", reader="ann", with_deleted=True)) == 1
    edit(store, volume, contour(), parent=2)
    (back,) = list_annotations(store, volume, "70fa", reader="ann")
    assert back.current.annotation.version == 3
    assert actions(store) == ["annotation.create", "annotation.delete", "annotation.edit"]


def test_who_deletes_what_was_edited_meanwhile_is_told(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    edit(store, volume, contour(by_mm=1.0), parent=1)
    with pytest.raises(EditConflictError):
        delete(store, volume, "70fa", "a-1", parent=1, actor="bob")
    (still,) = list_annotations(store, volume, "70fa", reader="ann")
    assert (still.current.annotation.version, still.conflicts) == (2, (3,))


@pytest.mark.parametrize(("parent", "resolves"), [(2, ()), (0, ()), (1, (1,)), (1, (9,))])
def test_versions_that_are_not_there_are_refused(
    store: Store, volume: str, contour: Draw, parent: int, resolves: tuple[int, ...]
) -> None:
    create(store, volume, contour())
    with pytest.raises(BadInputError, match="version"):
        edit(store, volume, contour(by_mm=1.0), parent=parent, resolves=resolves)


def test_a_conflict_is_no_version_to_go_on_from(store: Store, volume: str, contour: Draw) -> None:
    create(store, volume, contour())
    edit(store, volume, contour(by_mm=1.0), parent=1)
    with pytest.raises(EditConflictError):
        edit(store, volume, contour(by_mm=2.0, author="bob"), parent=1)
    with pytest.raises(BadInputError, match="no version 3 to edit"):
        edit(store, volume, contour(by_mm=4.0, author="bob"), parent=3)


def test_what_is_not_there_cannot_be_edited(
    store: Store, volume: str, pictures: str, contour: Draw
) -> None:
    create(store, volume, contour())
    for study, drawn in (
        (volume, contour("other")),
        (pictures, contour()),
        (volume, replace(contour(), series_id="5e71e5")),
    ):
        with pytest.raises(NotFoundError):
            edit(store, study, drawn, parent=1)


def test_nobody_changes_what_belongs_to_a_blind_reading(
    store: Store, volume: str, contour: Draw
) -> None:
    assign(store, volume, "70fa", reader="ann", blind=True, actor="lead")
    create(store, volume, contour())
    with pytest.raises(ConflictError, match="blind reading"):
        edit(store, volume, contour(by_mm=1.0, author="bob"), parent=1)
    edit(store, volume, contour(by_mm=1.0), parent=1)
    submit(store, volume, "70fa", reader="ann")
    assert edit(store, volume, contour(author="bob"), parent=2).annotation.version == 3


def test_the_database_refuses_to_change_a_version(store: Store, volume: str, contour: Draw) -> None:
    create(store, volume, contour())
    with pytest.raises(IntegrityError), store.transaction() as session:
        session.execute(text("UPDATE annotation_versions SET author = 'other'"))


def test_the_trail_holds_no_words_and_no_places_of_a_drawing(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    (event,) = audit.events(store)
    assert "Ring" not in event.payload
    assert "30.0" not in event.payload
    assert set(event.facts) == {"study_id", "series_id", "version", "kind", "sha256"}
