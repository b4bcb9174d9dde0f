from collections.abc import Callable, Mapping

import pytest

from neuroscope.records.imported import ImportedStudy
from neuroscope.store.assignments import assign, submit
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import set_label
from neuroscope.store.studies import save_study
from neuroscope.workflow.label_agreement import agree_on_labels

SERIES = "5e71e5"


def answer(store: Store, study_id: str, index: int, said: Mapping[str, str | None]) -> None:
    for reader, label in said.items():
        set_label(store, study_id, SERIES, slice_index=index, label=label, reader=reader)


@pytest.fixture
def answered(store: Store, picture_study: Callable[..., ImportedStudy]) -> str:
    """Four pictures that ann and bob answered, agreeing on three; cid answered one like ann."""
    study_id = save_study(store, picture_study(5)).study_id
    for index, (ann, bob) in enumerate(
        [("glioma", "glioma"), ("glioma", "meningioma"), ("notumor",) * 2, ("notumor",) * 2]
    ):
        answer(store, study_id, index, {"ann": ann, "bob": bob})
    answer(store, study_id, 0, {"cid": "glioma"})
    answer(store, study_id, 4, {"ann": "pituitary"})  # nobody else has said
    return study_id


def test_three_of_four_equal_answers_have_a_known_kappa(store: Store, answered: str) -> None:
    found = agree_on_labels(store, reader="eve")
    assert found is not None
    pair = ("ann", "bob")
    assert found.same[pair] == 0.75
    # By chance: 2/4 * 1/4 (glioma) + 2/4 * 2/4 (no tumor) = 0.375
    assert found.kappa[pair].value == pytest.approx((0.75 - 0.375) / (1 - 0.375))
    assert (found.kappa[pair].n, found.kappa[pair].units) == (4, 1)
    assert found.same["ann", "cid"] == 1
    assert 0 < found.alpha.value < 1


def test_an_answer_that_was_taken_back_does_not_count(store: Store, answered: str) -> None:
    answer(store, answered, 1, {"bob": None})
    found = agree_on_labels(store, reader="eve")
    assert found is not None
    assert found.same["ann", "bob"] == 1
    assert found.alpha.value == pytest.approx(1)


def test_blind_readings_count_once_they_are_handed_in_and_not_for_those_who_read_blind(
    store: Store, answered: str
) -> None:
    assign(store, answered, SERIES, reader="bob", blind=True, actor="lead")
    found = agree_on_labels(store, reader="eve")
    assert found is not None
    assert set(found.kappa) == {("ann", "cid")}
    assert agree_on_labels(store, reader="bob") is None
    submit(store, answered, SERIES, reader="bob")
    seen = agree_on_labels(store, reader="bob")
    assert seen is not None
    assert ("ann", "bob") in seen.kappa


def test_without_two_answers_there_is_no_agreement(store: Store) -> None:
    assert agree_on_labels(store, reader="ann") is None
