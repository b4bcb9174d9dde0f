"""Marks arrive at the places that the network means."""

import pytest
import torch

from neuroscope.errors import GeometryMismatchError
from neuroscope.learn.reasons.cells import UNKNOWN_WEIGHT, cell_masks

SIDE, CELLS = 32, 8


def nothing(n: int = 1) -> torch.Tensor:
    return torch.zeros(n, SIDE, SIDE)


def box(top: int, left: int, height: int, width: int) -> torch.Tensor:
    plane = nothing()
    plane[0, top : top + height, left : left + width] = 1
    return plane


def test_a_mark_is_widened_by_one_cell_and_no_more():
    masks = cell_masks(box(8, 12, 4, 4), nothing(), cells=CELLS)
    expected = torch.zeros(1, CELLS, CELLS)
    expected[0, 1:4, 2:5] = 1
    assert torch.equal(masks.evidence, expected)


def test_half_a_cell_counts_half():
    masks = cell_masks(nothing(), box(8, 12, 4, 2), cells=CELLS)
    assert masks.not_evidence[0, 2, 3].item() == 0.5
    assert masks.not_evidence.sum().item() == 0.5


def test_what_is_evidence_is_not_ignored():
    masks = cell_masks(box(8, 12, 4, 4), box(0, 0, 32, 32), cells=CELLS)
    assert (masks.evidence * masks.not_evidence).sum().item() == 0
    assert torch.equal(masks.evidence + masks.not_evidence, torch.ones(1, CELLS, CELLS))


def test_a_tiny_lesion_keeps_its_largest_cell_as_a_whole():
    plane = nothing()
    plane[0, 11, 15:17] = 0.3  # 1.9 % of each of two cells
    plane[0, 10, 15] = 0.2
    masks = cell_masks(plane, nothing(), cells=CELLS)
    assert masks.evidence.max().item() == 1
    assert masks.evidence.sum().item() == 9  # one cell, widened


def test_a_lesion_of_five_percent_is_taken_as_it_is():
    masks = cell_masks(box(8, 12, 1, 1), nothing(), cells=CELLS)
    assert masks.evidence.max().item() == pytest.approx(1 / 16)


def test_only_this_makes_the_rest_count_fully():
    both = torch.cat([box(8, 12, 4, 4)] * 2)
    masks = cell_masks(both, nothing(2), cells=CELLS, only_this=torch.tensor([False, True]))
    assert masks.unknown_weight.tolist() == [UNKNOWN_WEIGHT, 1]


def test_with_ignored_places_alone_the_rest_does_not_count():
    masks = cell_masks(nothing(), box(0, 0, 8, 8), cells=CELLS)
    assert masks.unknown_weight.tolist() == [0]
    assert masks.weight.tolist() == [1]


def test_a_slice_without_marks_weighs_nothing_whatever_the_reader():
    both = torch.cat([box(8, 12, 4, 4), nothing()])
    masks = cell_masks(both, nothing(2), cells=CELLS, weight=torch.tensor([0.7, 0.9]))
    assert masks.weight.tolist() == pytest.approx([0.7, 0])


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_marks_and_averaging_them_commute(turns: int):
    plane = box(3, 9, 11, 6)
    turned = cell_masks(torch.rot90(plane, turns, (1, 2)), nothing(), cells=CELLS)
    straight = cell_masks(plane, nothing(), cells=CELLS)
    assert torch.equal(turned.evidence, torch.rot90(straight.evidence, turns, (1, 2)))


def test_marks_of_another_grid_are_refused():
    with pytest.raises(GeometryMismatchError, match="cells"):
        cell_masks(torch.zeros(1, 30, 30), torch.zeros(1, 30, 30), cells=CELLS)
    with pytest.raises(GeometryMismatchError, match="cells"):
        cell_masks(nothing(1), nothing(2), cells=CELLS)
