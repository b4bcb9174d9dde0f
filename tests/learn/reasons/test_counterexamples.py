"""A counterexample differs from its slice where readers said to ignore, and nowhere else."""

from dataclasses import replace

import numpy as np
import torch

from neuroscope.learn.reasons.counterexamples import (
    counterexamples,
    with_counterexamples,
    without_ignored,
)
from neuroscope.learn.reasons.retrain import retrain
from neuroscope.learn.reasons.run import RetrainConfig


def test_only_the_ignored_part_comes_from_another_slice(marked, replayed):
    given, donors = marked(6), replayed(9, seed=7)
    made = counterexamples(given, donors, 3, seed=0)
    assert len(made) == 18
    assert made.cases.labels.tolist() == np.repeat(given.cases.labels, 3).tolist()
    assert made.cases.units.tolist() == np.repeat(given.cases.units, 3).tolist()
    ignored = np.zeros((32, 32), bool)
    ignored[:4, :16] = True
    for number, image in enumerate(made.cases.images):
        own = given.cases.images[number // 3]
        assert np.array_equal(image[~ignored], own[~ignored])
        same = (image[ignored] == donors.images[:, ignored]).all(1)
        assert (donors.labels[same] != made.cases.labels[number]).all()
        assert same.any()


def test_half_ignored_pixels_are_mixed(marked, replayed):
    given, donors = marked(1), replayed(3, seed=7)
    given.masks.not_evidence[:] = 0.5
    made = counterexamples(given, donors, 1, seed=0)
    own = given.cases.images[0].astype(float)
    mixed = [np.round((own + donor) / 2) for donor in donors.images.astype(float)]
    assert any(np.abs(made.cases.images[0] - wanted).max() <= 1 for wanted in mixed)


def test_the_same_seed_draws_the_same_donors(marked, replayed):
    given, donors = marked(6), replayed(9, seed=7)
    first, again, other = (counterexamples(given, donors, 2, seed=s).cases for s in (1, 1, 2))
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)


def test_without_ignored_parts_or_other_classes_there_are_none(marked, replayed):
    given, donors = marked(6), replayed(9)
    alike = donors.select(np.flatnonzero(donors.labels == 0))
    of_other_classes = int((given.cases.labels != 0).sum())
    assert len(counterexamples(given, alike, 2, seed=0)) == 2 * of_other_classes
    given.masks.not_evidence.zero_()
    assert len(counterexamples(given, donors, 2, seed=0)) == 0


def test_slices_come_first_and_counterexamples_are_told_apart(marked, replayed):
    given = marked(4)
    whole, is_made = with_counterexamples(given, replayed(9), 2, seed=0)
    assert np.array_equal(whole.cases.images[:4], given.cases.images)
    assert is_made.tolist() == [0] * 4 + [1] * 8
    assert torch.equal(whole.masks.evidence[4], given.masks.evidence[0])


def test_replay_loses_what_the_marks_agree_to_ignore_and_nothing_else(marked, replayed):
    replay, annotated = replayed(9), marked(6)
    found = without_ignored(replay, annotated, seed=1)
    ignored = annotated.masks.not_evidence[0].repeat_interleave(4, 0).repeat_interleave(4, 1) > 0
    place = ignored.numpy()
    assert np.array_equal(found.images[:, ~place], replay.images[:, ~place])
    assert not np.array_equal(found.images[:, place], replay.images[:, place])
    for image in found.images:  # what came instead is another slice's
        assert any(np.array_equal(image[place], other[place]) for other in replay.images)
    assert np.array_equal(found.labels, replay.labels)
    again = without_ignored(replay, annotated, seed=1)
    assert np.array_equal(found.images, again.images)


def test_marks_that_agree_on_no_place_leave_replay_alone(marked, replayed):
    replay, annotated = replayed(9), marked(6)
    annotated.masks.not_evidence.zero_()
    assert without_ignored(replay, annotated, seed=1) is replay
    for row in range(6):
        annotated.masks.not_evidence[row, row, row] = 1
    assert without_ignored(replay, annotated, seed=1) is replay


def test_the_bound_on_swapped_replay_does_not_protect_the_shortcut(network, marked, replayed):
    config = RetrainConfig(
        steps=1, annotated_batch=6, replay_batch=9, look_every=1, fast=False, learning_rate=1e-6
    )
    plain = retrain(network, marked(9), replayed(12), config)
    swapped = retrain(network, marked(9), replayed(12), replace(config, swap_ignored=True))
    before, after = (sum(run.history[0].class_losses) for run in (plain, swapped))
    assert after > before  # the network reads the ignored rows: without them it loses more
    control = replace(config, loss="none")
    alike = [
        retrain(network, marked(9), replayed(12), replace(control, swap_ignored=swap))
        for swap in (False, True)
    ]
    assert alike[0].weights_sha256 == alike[1].weights_sha256
