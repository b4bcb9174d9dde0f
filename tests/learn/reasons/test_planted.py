"""The planted shortcut is where it is said to be, and the benchmark counts what it says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.cases import Annotated
from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.learn.reasons.certificate import certify
from neuroscope.learn.reasons.controls import train_controls, with_other_masks
from neuroscope.learn.reasons.planted import (
    REAL,
    PlantedConfig,
    PlantedScores,
    Round,
    marked_slices,
    planted_benchmark,
    planted_scores,
    shortcut_network,
    summary,
    with_marks,
)
from neuroscope.learn.reasons.planted_slices import toy_slices
from neuroscope.learn.reasons.retrain import retrain
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.records.certificate import Verdict

SMALL = PlantedConfig(
    shape=EvidenceShape(
        widths=(4, 6, 8), deepened=0, merges=0, neck=4, pooling="mean", input_size=48
    ),
    train=90,
    test=30,
    held_out=24,
    resamples=40,
    epochs=1,
    annotated=12,
    replay=30,
    retraining=replace(
        PlantedConfig().retraining, steps=4, annotated_batch=6, replay_batch=9, look_every=2
    ),
)


class CornerReader(torch.nn.Module):
    """Answers by how many bright pixels the corner has: a shortcut and nothing else."""

    def forward(self, image: torch.Tensor):
        from neuroscope.models.evidence import Answer

        bright = (image[:, 0, 2:4, 2:8] > 0.45).float().sum((1, 2))
        logits = torch.stack([-(bright - level).abs() for level in (4, 12, 3, 99)], 1)
        evidence = torch.zeros(len(image), 4, 12, 12)
        evidence[..., 0, 0] = logits - logits.mean(1, keepdim=True)
        return Answer(logits, evidence, torch.zeros(len(image), 1))


def test_a_network_that_reads_the_corner_alone_is_found_out():
    test = toy_slices(120, bias=0.0, seed=3)
    found = planted_scores(CornerReader(), test, 0)
    assert found.flips > 0.9
    assert found.tag_energy == 1
    assert found.energy == 0
    assert found.accuracy < 0.55
    told = planted_scores(CornerReader(), toy_slices(120, bias=1.0, seed=3), 0)
    assert told.accuracy > 0.9


def test_marks_lie_on_the_tumor_and_on_the_corner():
    train = toy_slices(90, bias=0.97, seed=1)
    annotated, replay = marked_slices(SMALL, train, 0)
    assert len(annotated) == 12
    assert len(replay) == 12 + 30
    assert annotated.masks.not_evidence[:, 0, 0].min() == 1
    assert annotated.masks.not_evidence[:, 4:, 4:].max() == 0
    assert (annotated.masks.evidence.amax((1, 2)) == 1).all()


def test_slices_of_a_seed_are_always_the_same():
    first, again, other = (toy_slices(6, bias=0.5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.cases.images, again.cases.images)
    assert not np.array_equal(first.cases.images, other.cases.images)


def test_the_benchmark_runs_and_sums_up():
    rounds = list(planted_benchmark(SMALL, (0, 1)))
    assert [found.seed for found in rounds] == [0, 1]
    text = summary(rounds, SMALL)
    assert text["benchmark"] == "planted-shortcut-toy"
    assert len(text["rounds"]) == 2
    assert text["reached"] in (True, False)
    assert sum(text["verdicts"].values()) == 2


def test_reached_means_half_the_flips_and_no_less_often_right():
    def scores(accuracy: float, flips: float) -> PlantedScores:
        return PlantedScores(accuracy, flips, 0.5, 0.1)

    def found(after: PlantedScores, verdict: Verdict = "promote") -> Round:
        control = scores(0.7, 0.4)
        training = ("feasible", 10, 0.0, 1.0)
        return Round(0, control, control, after, *training, verdict, (), 0.2, 0.5)

    assert summary([found(scores(0.7, 0.2))], SMALL)["reached"]
    assert not summary([found(scores(0.69, 0.2))], SMALL)["reached"]
    assert not summary([found(scores(0.7, 0.21))], SMALL)["reached"]
    assert found(scores(0.7, 0.2)).halved
    assert not found(scores(0.6, 0.2)).no_worse
    assert found(scores(0.7, 0.2)).promoted_rightly
    assert not found(scores(0.7, 0.3)).promoted_rightly
    assert not found(scores(0.7, 0.2), "refuse").promoted_rightly


def test_real_slices_need_the_data():
    with pytest.raises(BadInputError, match="Real slices"):
        next(planted_benchmark(REAL, (0,)))


@pytest.mark.slow
def test_a_network_learns_the_shortcut_and_annotations_take_it_away():
    found = next(planted_benchmark(PlantedConfig(), (0,)))
    assert found.before.flips > 0.3
    assert found.promoted_rightly


@pytest.mark.slow
@pytest.mark.parametrize("noise", ["wrong", "shifted", "incomplete"])
def test_noise_in_the_marks_is_refused(noise: str):
    config = PlantedConfig()
    train = toy_slices(config.train, bias=config.bias, seed=2)
    network = shortcut_network(config, train, 1)
    annotated, replay = marked_slices(config, train, 1)
    held_out = toy_slices(config.held_out, bias=0.0, seed=99)
    settings = replace(config.retraining, seed=1)
    noisy = noisy_marks(annotated, noise)
    found = certify(
        network,
        retrain(network, noisy, replay, settings),
        annotated=noisy,
        replay=replay,
        held_out=with_marks(config, held_out),
        answers=held_out.cases,
        config=settings,
        controls=train_controls(network, annotated, replay, settings),
    )
    assert found.verdict == "refuse"


def noisy_marks(annotated: Annotated, noise: str) -> Annotated:
    """Another patient's marks, all marks half a head aside, or without what shall be ignored."""
    masks = annotated.masks
    if noise == "wrong":
        return with_other_masks(annotated, seed=9)
    if noise == "shifted":
        moved = (torch.roll(part, 6, dims=2) for part in (masks.evidence, masks.not_evidence))
        return Annotated(annotated.cases, CellMasks(*moved, masks.unknown_weight, masks.weight))
    bare = torch.zeros_like(masks.not_evidence)
    return Annotated(annotated.cases, replace(masks, not_evidence=bare))


def test_the_same_seed_gives_the_same_network():
    train = toy_slices(90, bias=0.97, seed=1)
    first, again = (shortcut_network(SMALL, train, 0) for _ in range(2))
    assert isinstance(first, EvidenceNetwork)
    assert torch.equal(first.head.weight, again.head.weight)
