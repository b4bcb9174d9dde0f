from collections.abc import Callable

from neuroscope.records.annotation import Annotation
from neuroscope.store.annotations import create
from neuroscope.store.assignments import assign, submit
from neuroscope.store.audit import head_of
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import set_label
from neuroscope.store.studies import delete_study
from neuroscope.store.training_material import read_material

Draw = Callable[..., Annotation]


def test_an_empty_store_has_nothing(store: Store) -> None:
    found = read_material(store)
    assert (found.marked, found.labeled) == ((), ())
    assert found.head == head_of(store)[1]


def test_the_marked_slices_of_a_volume_are_labeled_too(
    store: Store, volume: str, contour: Draw, pictures: str
) -> None:
    create(store, volume, contour())
    set_label(store, volume, "70fa", slice_index=None, label="glioma", reader="ann")
    set_label(store, pictures, "5e71e5", slice_index=None, label="notumor", reader="ann")
    labeled = {
        (one.study_id, one.axis, one.index, one.label) for one in read_material(store).labeled
    }
    assert labeled == {
        (volume, 2, 6, "glioma"),
        *((pictures, None, index, "notumor") for index in range(3)),
    }


def test_blind_readings_wait_until_they_are_handed_in(
    store: Store, pictures: str, stroke: Draw
) -> None:
    assign(store, pictures, "5e71e5", reader="ann", blind=True, actor="lead")
    create(store, pictures, stroke())
    assert read_material(store).marked == ()
    submit(store, pictures, "5e71e5", reader="ann")
    assert len(read_material(store).marked) == 1


def test_what_was_deleted_is_gone(store: Store, pictures: str, stroke: Draw) -> None:
    create(store, pictures, stroke())
    set_label(store, pictures, "5e71e5", slice_index=None, label="glioma", reader="ann")
    delete_study(store, pictures)
    assert read_material(store).labeled == ()
