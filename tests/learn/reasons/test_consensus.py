"""Marks of several readers become one target, and their agreement its weight in the loss."""

import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.learn.reasons.consensus import DISAGREED, join_readers
from neuroscope.learn.reasons.losses import reasons_loss
from neuroscope.learn.reasons.raster import SliceMarks

SIDE = 40
NONE = np.zeros((SIDE, SIDE), np.float32)


def box(top, left, rows=10, columns=8, side=SIDE) -> np.ndarray:
    cover = np.zeros((side, side), np.float32)
    cover[top : top + rows, left : left + columns] = 1
    return cover


def marks(evidence=NONE, not_evidence=NONE, tumor=NONE, only_this=False) -> SliceMarks:
    return SliceMarks(evidence, not_evidence, tumor, only_this)


def test_one_reader_is_taken_at_the_word():
    soft = marks(box(8, 20) * np.float32(0.3))
    alone = join_readers({"a": soft}, {"a": 0.7})
    assert alone.marks is soft
    assert alone.weight == 0.7
    assert join_readers({"new": soft}).weight == 1


def test_most_readers_outvote_one_and_the_weight_is_their_mean_dice():
    same, other = marks(box(8, 20)), marks(box(8, 24))  # Dice .5
    joined = join_readers({"a": same, "b": same, "c": other})
    assert joined.weight == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert np.array_equal(joined.marks.evidence > 0.5, box(8, 20) > 0)


def test_who_marked_what_to_ignore_has_not_said_there_is_no_evidence():
    joined = join_readers({"a": marks(box(8, 20)), "b": marks(NONE, box(30, 2))}, {"a": 0.8})
    assert np.array_equal(joined.marks.evidence, box(8, 20))
    assert np.array_equal(joined.marks.not_evidence, box(30, 2))
    assert joined.weight == pytest.approx(0.9)  # no two used one kind: .8 and 1
    assert joined.marks.cautions == ()


def test_where_readers_say_the_opposite_nothing_is_said():
    joined = join_readers({"a": marks(box(8, 20)), "b": marks(NONE, box(13, 20))})
    assert np.array_equal(joined.marks.evidence, box(8, 20, rows=5))
    assert np.array_equal(joined.marks.not_evidence, box(18, 20, rows=5))
    assert joined.marks.cautions == (DISAGREED,)


def test_nothing_else_matters_only_if_all_say_so():
    ticked, plain = marks(box(8, 20), only_this=True), marks(box(8, 20))
    assert not join_readers({"a": ticked, "b": plain}).marks.only_this
    assert join_readers({"a": ticked, "b": ticked}).marks.only_this


def test_the_weight_enters_the_loss():
    agreed = join_readers({"a": marks(box(8, 20)), "b": marks(box(8, 20))})
    torn = join_readers({"a": marks(box(8, 20)), "b": marks(box(8, 24))})
    apart = join_readers({"a": marks(box(8, 20)), "b": marks(box(8, 30))})
    assert (agreed.weight, torn.weight, apart.weight) == (1, 0.5, 0)

    def loss(*chosen) -> float:
        evidence = torch.from_numpy(np.stack([item.marks.evidence for item in chosen]))
        cells = cell_masks(
            evidence,
            torch.zeros_like(evidence),
            cells=SIDE // 4,
            weight=torch.tensor([item.weight for item in chosen]),
        )
        maps = torch.linspace(-1, 1, 4 * 100).reshape(1, 4, 10, 10).repeat(len(chosen), 1, 1, 1)
        labels = torch.full((len(chosen),), 2)
        return float(reasons_loss("energy", maps, labels, cells))

    mixed = (loss(agreed) + 0.5 * loss(torn)) / 1.5
    assert loss(agreed) != pytest.approx(loss(torn), abs=1e-3)
    assert loss(agreed, torn) == pytest.approx(mixed, abs=1e-6)
    assert loss(agreed, apart) == pytest.approx(loss(agreed), abs=1e-6)  # no trust, no part


def test_nobody_or_other_pixels_are_refused():
    with pytest.raises(BadInputError):
        join_readers({})
    nothing = np.zeros((20, 20), np.float32)
    small = SliceMarks(box(2, 2, side=20), nothing, nothing)
    with pytest.raises(GeometryMismatchError):
        join_readers({"a": marks(box(8, 10)), "b": small})
