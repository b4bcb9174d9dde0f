"""Controls have the same budget, and marks that are not right."""

from dataclasses import replace

import numpy as np
import torch

from neuroscope.learn.reasons.controls import train_controls, with_other_masks
from neuroscope.learn.reasons.run import RetrainConfig

QUICK = RetrainConfig(steps=4, annotated_batch=6, replay_batch=9, look_every=2, fast=False)


def test_every_slice_gets_another_patients_marks_and_all_else_stays(marked):
    annotated = marked(12)
    wrong = with_other_masks(annotated, seed=0)
    assert wrong.cases is annotated.cases
    assert torch.equal(wrong.masks.weight, annotated.masks.weight)
    own = annotated.masks.evidence
    hit = (wrong.masks.evidence * own).sum((1, 2)) / own.sum((1, 2))
    assert (hit <= 0.5).all()
    assert (wrong.masks.evidence.amax((1, 2)) == 1).all()


def test_a_tag_that_lies_in_the_same_corner_everywhere_is_turned_away(marked):
    annotated = marked(12)
    wrong = with_other_masks(annotated, seed=0)
    same = annotated.masks.not_evidence
    assert torch.equal(same[0], same[1])
    hit = (wrong.masks.not_evidence * same).sum((1, 2)) / same.sum((1, 2))
    assert (hit <= 0.5).all()


def test_marks_of_one_patient_alone_are_turned_away(marked):
    annotated = marked(3)
    cases = replace(annotated.cases, units=np.array(["a", "a", "a"]))
    wrong = with_other_masks(replace(annotated, cases=cases), seed=0)
    own = annotated.masks.evidence
    assert ((wrong.masks.evidence * own).sum((1, 2)) <= 0.5 * own.sum((1, 2))).all()


def test_marks_are_drawn_the_same_for_the_same_seed_and_spread_over_patients(marked):
    annotated = marked(12)
    first, again, other = (with_other_masks(annotated, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.masks.evidence, again.masks.evidence)
    assert not torch.equal(first.masks.evidence, other.masks.evidence)


def test_controls_take_the_same_steps_and_neither_learns_the_marks(network, marked, replayed):
    told: list[float] = []
    found = train_controls(network, marked(12), replayed(24), QUICK, progress=told.append)
    assert found.classification.history[-1].step == 4
    assert found.other_masks.history[-1].step == 4
    assert found.classification.weights_sha256 != found.other_masks.weights_sha256
    assert told[-1] == 1
