from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.records.annotation import Annotation
from neuroscope.store.annotations import create
from neuroscope.store.database import Store
from neuroscope.store.labeled_slices import NO_ANSWER
from neuroscope.store.marked_slices import ONLY_IGNORED, TUMOR_OF_NONE, MarkedSlice
from neuroscope.store.reader_labels import set_label
from neuroscope.store.training_material import read_material

Draw = Callable[..., Annotation]


def marked(store: Store) -> tuple[MarkedSlice, ...]:
    return read_material(store).marked


def say(store: Store, study_id: str, series_id: str, label: str) -> None:
    set_label(store, study_id, series_id, slice_index=None, label=label, reader="ann")


def test_a_contour_counts_on_the_slice_it_was_drawn_on(
    store: Store, volume: str, contour: Draw
) -> None:
    create(store, volume, contour())
    (one,) = marked(store)
    assert (one.axis, one.index, one.name, one.plane) == (2, 6, "axial 7", "axial")
    assert (one.label, one.left_out) == (None, NO_ANSWER)
    say(store, volume, "70fa", "glioma")
    (one,) = marked(store)
    assert (one.label, one.left_out, one.readers) == ("glioma", None, ("ann",))
    assert one.patient == "NS-BALL22"


def test_a_sagittal_contour_counts_on_its_sagittal_slice(
    store: Store, volume: str, contour: Draw
) -> None:
    points = np.array([[20.0, 12, 8], [20, 40, 8], [20, 30, 30]])
    create(store, volume, replace(contour(), points_mm=points))
    (one,) = marked(store)
    assert (one.axis, one.index, one.plane) == (0, 20, "sagittal")


def test_a_mask_counts_on_some_of_its_slices_and_wherever_else_is_drawn(
    store: Store, volume: str, mask: Draw, contour: Draw
) -> None:
    tall = np.zeros((6, 6, 12), bool)
    tall[1:5, 2:5, :] = True
    tall[:, :, 4] = False  # a slice that the mask leaves out
    affine = np.diag([1.0, 1.0, 4.0, 1.0])
    affine[:3, 3] = [20, 25, 0]
    create(store, volume, replace(mask(), mask=tall, mask_affine=affine))
    alone = [one.index for one in marked(store)]
    assert len(alone) == 8
    assert 4 not in alone
    create(store, volume, contour(by_mm=1.0))  # on slice 6
    found = {one.index: {v.annotation.id for v in one.drawn} for one in marked(store)}
    assert found[6] == {"a-1", "m-1"}
    assert found[alone[0]] == {"m-1"}


def test_marks_that_contradict_the_answer_are_left_out(
    store: Store, volume: str, mask: Draw
) -> None:
    create(store, volume, mask())  # of a tumor
    say(store, volume, "70fa", "notumor")
    assert {one.left_out for one in marked(store)} == {TUMOR_OF_NONE}


def test_only_what_to_ignore_does_not_tell_whether_a_tumor_is_on_a_slice(
    store: Store, volume: str, contour: Draw, pictures: str, stroke: Draw
) -> None:
    create(store, volume, replace(contour(), kind="not_evidence"))
    create(store, pictures, stroke())  # "ignore this" on a picture, whose label is its own
    say(store, volume, "70fa", "glioma")
    say(store, pictures, "5e71e5", "glioma")
    found = {one.study_id: one for one in marked(store)}
    assert found[volume].left_out == ONLY_IGNORED
    assert found[pictures].label == "glioma"
    say(store, volume, "70fa", "notumor")
    assert {one.study_id: one.label for one in marked(store)}[volume] == "notumor"


def test_notes_count_for_nothing(store: Store, pictures: str, stroke: Draw) -> None:
    create(store, pictures, replace(stroke(), kind="note", reason="See here."))
    assert marked(store) == ()


def test_marks_of_a_model_that_is_active_no_more_are_stale(
    store: Store, volume: str, contour: Draw
) -> None:
    from neuroscope.store.registration import note_shipped

    create(store, volume, contour())  # drawn against version 1 of the evidence network
    assert not marked(store)[0].is_stale  # nothing is known of what is active
    note_shipped(store)
    assert marked(store)[0].is_stale


@pytest.mark.parametrize("only", [None, ("a-1",), ()])
def test_annotations_can_be_chosen(
    store: Store, volume: str, contour: Draw, only: tuple[str, ...] | None
) -> None:
    create(store, volume, contour())
    create(store, volume, contour("a-2", by_mm=2.0))
    found = read_material(store, only).marked
    chosen = [version.annotation.id for one in found for version in one.drawn]
    assert sorted(chosen) == (["a-1", "a-2"] if only is None else list(only))
