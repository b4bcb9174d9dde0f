"""Scores of networks whose behavior is known beforehand."""

import numpy as np
import pytest
import torch
from torch import nn

from neuroscope.learn.reasons.held_out_scores import METRICS, answered, held_out_scores, map_scores
from neuroscope.learn.reasons.interventions import intervened
from neuroscope.models.evidence import Answer

CELLS = 8


class Reader(nn.Module):
    """Answers by the brightest of three places, and puts its evidence where it is told."""

    def __init__(self, rows: slice, columns: slice, places: tuple[tuple[int, int], ...]) -> None:
        super().__init__()
        self.where = (rows, columns)
        self.places = places

    def forward(self, image: torch.Tensor) -> Answer:
        seen = [image[:, 0, r : r + 4, c : c + 4].mean((1, 2)) for r, c in self.places]
        logits = torch.stack([seen[0], seen[1], torch.zeros(len(image)), seen[2]], 1) * 20
        evidence = torch.zeros(len(image), 4, CELLS, CELLS)
        centered = logits - logits.mean(1, keepdim=True)
        evidence[..., self.where[0], self.where[1]] = centered[..., None, None]
        return Answer(logits, evidence, torch.zeros(len(image), 1))


TUMORS = ((8, 20), (20, 8), (16, 16))  # the squares of the classes 0, 1 and 3
TAGS = ((0, 0), (0, 4), (0, 12))


def scores_of(network, marked, replayed):
    held_out = marked(12, seed=7)
    answers = replayed(9, seed=8)
    return held_out_scores(network, held_out, intervened(held_out, answers, seed=0), answers)


def test_a_network_that_reads_the_tumor_follows_it_alone(marked, replayed):
    found = scores_of(Reader(slice(0, 8), slice(0, 8), TUMORS), marked, replayed)
    assert (found.predicted == replayed(9, seed=8).labels).all()
    assert np.nanmean(found.by_slice["flip_rate"]) == 0
    assert np.nanmean(found.by_slice["answer_drop"]) > 0.3


def test_a_network_that_reads_the_tag_follows_it_when_it_is_swapped(marked, replayed):
    found = scores_of(Reader(slice(0, 1), slice(0, 4), TAGS), marked, replayed)
    assert (found.predicted == replayed(9, seed=8).labels).all()
    assert np.nanmean(found.by_slice["flip_rate_swapped"]) == 1
    assert np.nanmean(found.by_slice["evidence_energy"]) == pytest.approx(0, abs=1e-6)
    assert np.nanmean(found.by_slice["wrong_reason_rate"]) == 1
    assert np.nanmean(found.by_slice["ignored_share"]) == pytest.approx(1, abs=1e-6)
    assert np.nanmean(found.by_slice["pointing"]) == 0
    assert np.nanmean(found.by_slice["answer_drop"]) == pytest.approx(0, abs=1e-6)


def test_evidence_on_the_mark_is_counted_by_its_share(marked):
    held_out = marked(2, seed=7)  # classes 0 and 1, squares at places (2, 5) and (5, 2)
    evidence = torch.zeros(2, 4, CELLS, CELLS)
    evidence[0, 0, 2, 5] = 3.0
    evidence[0, 0, 7, 7] = 1.0
    evidence[0, 0, 0, 0] = -5.0
    evidence[1, 1, 7, 7] = 2.0
    logits = torch.tensor([[9.0, 0, 0, 0], [0, 9.0, 0, 0]])
    answer = Answer(logits, evidence, torch.zeros(2, 1))
    found = map_scores(answer, held_out, torch.tensor([0, 1]))
    assert found["evidence_energy"] == pytest.approx([0.75, 0], abs=1e-6)
    assert found["pointing"].tolist() == [1, 0]
    assert found["wrong_reason_rate"].tolist() == [0, 1]
    assert found["relevance_mass"][0] == pytest.approx(0.75, abs=1e-6)


def test_an_even_map_fills_the_mark_and_one_place_does_not(marked):
    held_out = marked(1, seed=7)
    even, one = torch.zeros(2, 1, 4, CELLS, CELLS)
    even[0, 0] = 1.0
    one[0, 0, 2, 5] = 1.0
    labels, logits = torch.tensor([0]), torch.tensor([[9.0, 0, 0, 0]])
    wide, narrow = (
        map_scores(Answer(logits, maps, torch.zeros(1, 1)), held_out, labels)["coverage"][0]
        for maps in (even, one)
    )
    assert wide == pytest.approx(1)
    assert narrow < 0.5


def test_no_score_moves_when_one_vector_is_added_to_all_class_weights(network, marked, replayed):
    """Raw class maps move at will under this change; no answer does, and no score may."""
    before = scores_of(network, marked, replayed)
    places = network.head.weight.shape[1:]
    with torch.no_grad():
        network.head.weight += torch.randn(1, *places, generator=torch.Generator().manual_seed(0))
    after = scores_of(network, marked, replayed)
    assert np.allclose(before.p_class, after.p_class, atol=1e-5)
    for metric in set(METRICS) - {"balanced_accuracy", "ece"}:
        moved, still = after.by_slice[metric], before.by_slice[metric]
        assert np.allclose(moved, still, atol=1e-5, equal_nan=True), metric


def test_no_slices_give_answers_of_the_right_shape(network):
    found = answered(network, np.zeros((0, 32, 32), np.uint8))
    assert found.logits.shape == (0, 4)
    assert found.evidence.shape == (0, 4, CELLS, CELLS)
