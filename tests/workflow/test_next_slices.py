from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.learn.reasons.candidates import QueueConfig
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.store.annotations import create, delete
from neuroscope.store.assignments import assign
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study
from neuroscope.workflow.next_slices import NextSlices, next_slices

Draw = Callable[..., Annotation]
MANY = QueueConfig(number=50, per_patient=50)


def indices(found: NextSlices) -> set[int]:
    return {one.slice.index for one in found.slices}


def test_what_is_annotated_is_not_asked_for_again(
    store: Store, volume: str, analyzed_as: Callable[..., str], square: Draw
) -> None:
    analyzed_as(store, volume, "70fa", 12, axis=2)
    assert indices(next_slices(store, reader="ann", config=MANY)) == set(range(12))
    create(store, volume, square("a-1", author="ann", mm=24.0))
    found = next_slices(store, reader="ann", config=MANY)
    assert indices(found) == set(range(12)) - {6}
    assert (found.candidates, found.annotated, found.unlike) == (11, 1, 0)
    delete(store, volume, "70fa", "a-1", parent=1, actor="ann")
    assert 6 in indices(next_slices(store, reader="ann", config=MANY))


def test_a_mask_and_a_contour_in_another_plane_mark_all_slices_they_touch(
    store: Store, volume: str, analyzed_as: Callable[..., str]
) -> None:
    analyzed_as(store, volume, "70fa", 12, axis=2)
    affine = np.diag([1.0, 1.0, 4.0, 1.0])
    affine[:3, 3] = [20, 25, 8]
    box = np.ones((3, 4, 2), bool)
    nothing = np.zeros((0, 3))
    mask = Annotation("m-1", "70fa", "tumor", "mask", nothing, "ann", mask=box, mask_affine=affine)
    create(store, volume, mask)
    coronal = np.array([[10, 30, 32.5], [30, 30, 32.5], [18, 30, 41]], np.float64)
    create(store, volume, Annotation("c-1", "70fa", "tumor", "contour", coronal, "ann"))
    found = next_slices(store, reader="ann", config=MANY)
    assert indices(found) == {0, 1, 4, 5, 6, 7, 11}


def test_a_blind_reader_does_not_learn_what_others_annotated(
    store: Store, pictures: str, analyzed_as: Callable[..., str], square: Draw
) -> None:
    analyzed_as(store, pictures, "5e71e5", 3)
    create(store, pictures, square("b-1", author="bob", slice_index=1))
    assert indices(next_slices(store, reader="ann", config=MANY)) == {0, 2}
    assign(store, pictures, "5e71e5", reader="ann", blind=True, actor="lead")
    assert indices(next_slices(store, reader="ann", config=MANY)) == {0, 1, 2}


def test_every_item_says_where_it_is_and_why(
    store: Store, volume: str, analyzed_as: Callable[..., str]
) -> None:
    analysis_id = analyzed_as(store, volume, "70fa", 12, axis=2)
    config = QueueConfig(number=10, per_patient=10)
    found = next_slices(store, reader="ann", config=config)
    assert [one.rule for one in found.slices].count("random") == 1
    assert all(one.reason for one in found.slices)
    for one in found.slices:
        assert one.position_mm == (23.5, 27.5, 4.0 * one.slice.index)
        assert (one.slice.analysis_id, one.series.axis) == (analysis_id, 2)
    again = next_slices(store, reader="ann", config=config)
    assert [one.slice for one in again.slices] == [one.slice for one in found.slices]


def test_of_one_patient_two_slices_are_asked_for_at_most(
    store: Store, volume: str, pictures: str, analyzed_as: Callable[..., str]
) -> None:
    analyzed_as(store, volume, "70fa", 12, axis=2, seed=1)
    analyzed_as(store, pictures, "5e71e5", 3, seed=2)
    found = next_slices(store, reader="ann", config=QueueConfig(number=10))
    studies = [one.slice.study_id for one in found.slices]
    assert {study: studies.count(study) for study in studies} == {volume: 2, pictures: 2}


@pytest.mark.parametrize("analyzed", [False, True])
def test_nothing_to_choose_from_gives_an_empty_queue(
    store: Store,
    analyzed_as: Callable[..., str],
    picture_study: Callable[..., ImportedStudy],
    square: Draw,
    analyzed: bool,
) -> None:
    study_id = save_study(store, picture_study(1)).study_id
    if analyzed:
        analyzed_as(store, study_id, "5e71e5", 1)
        create(store, study_id, square("a-1", author="ann", slice_index=0))
    found = next_slices(store, reader="ann", config=MANY)
    assert (found.slices, found.candidates, found.annotated) == ((), 0, int(analyzed))
