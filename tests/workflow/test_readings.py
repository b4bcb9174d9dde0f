from collections.abc import Callable, Mapping

import numpy as np
import pytest

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.records.annotation import Annotation
from neuroscope.store.annotations import create
from neuroscope.store.assignments import assign, submit
from neuroscope.store.database import Store
from neuroscope.workflow.readings import (
    consensus,
    disagreement,
    disputes,
    farthest,
    mean_dice,
    series_agreement,
    store_agreement,
)

Draw = Callable[..., Annotation]


def hand_in(store: Store, study_id: str, drawn: Mapping[str, Annotation | None]) -> None:
    """Let readers read a series blind, draw one thing or nothing, and hand in."""
    series_id = next(one.series_id for one in drawn.values() if one is not None)
    for reader, annotation in drawn.items():
        assign(store, study_id, series_id, reader=reader, blind=True, actor="lead")
        if annotation is not None:
            create(store, study_id, annotation)
        submit(store, study_id, series_id, reader=reader)


@pytest.fixture
def read_volume(store: Store, volume: str, square: Draw) -> str:
    """Three readings of a volume: two squares, one 2 mm to the right, and nothing."""
    drawn = {
        "ann": square("a-1", author="ann"),
        "bob": square("b-1", author="bob", right=12.0),
        "cid": None,
    }
    hand_in(store, volume, drawn)
    return volume


def test_squares_two_mm_apart_have_known_scores(store: Store, read_volume: str) -> None:
    found = series_agreement(store, read_volume, "70fa", kind="tumor", reader="eve")
    assert (found.readers, found.waiting, found.in_pixels) == (("ann", "bob", "cid"), 0, False)
    (case,) = found.cases
    score = {pair.readers: pair for pair in case.pairs}
    assert score["ann", "bob"].dice == pytest.approx(0.8)
    assert score["ann", "bob"].hd95_mm == pytest.approx(2.0)
    assert score["ann", "cid"].dice == 0
    assert score["ann", "cid"].one_sided
    assert 0 < case.kappa < 0.8
    assert mean_dice(case) == pytest.approx(0.8 / 3)
    assert farthest(case) == ("ann", "cid")


def test_of_other_kinds_of_marks_nobody_drew_any(store: Store, read_volume: str) -> None:
    found = series_agreement(store, read_volume, "70fa", kind="evidence", reader="eve")
    (case,) = found.cases
    assert [pair.dice for pair in case.pairs] == [1.0, 1.0, 1.0]


def test_a_blind_reader_learns_nothing_before_handing_in(
    store: Store, read_volume: str, square: Draw
) -> None:
    assign(store, read_volume, "70fa", reader="dan", blind=True, actor="lead")
    for ask in (series_agreement, consensus, disagreement):
        more = {} if ask is series_agreement else {"slice_index": None}
        with pytest.raises(ConflictError, match="blind"):
            ask(store, read_volume, "70fa", kind="tumor", reader="dan", **more)  # type: ignore[operator]
    assert store_agreement(store, kind="tumor", reader="dan").series == 0
    assert store_agreement(store, kind="tumor", reader="dan").hidden == 1
    assert disputes(store, kind="tumor", reader="dan") == ((), 1)

    create(store, read_volume, square("d-1", author="dan", right=30.0))
    waiting = series_agreement(store, read_volume, "70fa", kind="tumor", reader="ann")
    assert (waiting.readers, waiting.waiting) == (("ann", "bob", "cid"), 1)
    submit(store, read_volume, "70fa", reader="dan")
    seen = series_agreement(store, read_volume, "70fa", kind="tumor", reader="dan")
    assert seen.readers == ("ann", "bob", "cid", "dan")


def test_the_consensus_of_two_lies_where_both_drew(store: Store, volume: str, square: Draw) -> None:
    for reader, right in (("ann", 10.0), ("bob", 10.0), ("cid", 14.0)):
        create(store, volume, square(f"{reader}-1", author=reader, right=right))
    joined, reading = consensus(store, volume, "70fa", kind="tumor", slice_index=None, reader="ann")
    assert joined.mask.shape == (48, 56, 12)
    where = np.argwhere(joined.mask)
    assert where.min(0).tolist() == [10, 20, 6]
    assert where.max(0).tolist() == [19, 29, 6]
    assert joined.sensitivity["ann"] > joined.sensitivity["cid"]
    assert set(reading.masks) == {"ann", "bob", "cid"}
    apart = disagreement(store, volume, "70fa", kind="tumor", slice_index=None, reader="ann")
    assert apart[11, 25, 6] == pytest.approx(2 / 3)
    assert apart[15, 25, 6] == 0


def test_each_picture_is_a_case_of_those_who_looked_at_it(
    store: Store, pictures: str, square: Draw
) -> None:
    hand_in(
        store,
        pictures,
        {
            "ann": square("a-1", author="ann", slice_index=1),
            "bob": square("b-1", author="bob", right=15.0, slice_index=1),
        },
    )
    create(store, pictures, square("c-1", author="cid", slice_index=2))  # was not asked
    found = series_agreement(store, pictures, "5e71e5", kind="tumor", reader="eve")
    assert found.in_pixels
    by_index = {case.slice_index: [pair.readers for pair in case.pairs] for case in found.cases}
    two = ("ann", "bob")
    assert by_index == {0: [two], 1: [two], 2: [two, ("ann", "cid"), ("bob", "cid")]}
    dice = {case.slice_index: case.pairs[0].dice for case in found.cases}
    assert dice == {0: 1.0, 1: pytest.approx(0.5), 2: 1.0}
    with pytest.raises(NotFoundError, match="Fewer than two"):
        consensus(store, pictures, "5e71e5", kind="tumor", slice_index=None, reader="eve")


def test_over_the_store_cases_are_gathered_and_the_worst_comes_first(
    store: Store, read_volume: str, pictures: str, square: Draw
) -> None:
    hand_in(
        store,
        pictures,
        {
            "ann": square("p-1", author="ann", slice_index=1),
            "bob": square("q-1", author="bob", right=11.0, slice_index=1),
        },
    )
    found = store_agreement(store, kind="tumor", reader="eve")
    assert (found.series, found.hidden) == (2, 0)
    assert found.whole is not None
    assert found.kappa is not None
    assert (found.whole.dice.n, found.whole.dice.units) == (6, 2)
    pair = found.by_pair["ann", "bob"]
    assert pair.dice.value == pytest.approx((0.8 + 1 + 0.9 + 1) / 4)
    assert found.weights["cid"] == 0
    argued, _ = disputes(store, kind="tumor", reader="eve")
    assert [(case.study_id, case.slice_index) for case in argued] == [
        (read_volume, None),
        (pictures, 1),
    ]
