"""Benchmark: plant a shortcut, let a network learn it, and see whether annotations take it away.

A network is trained on slices whose corner tag names the class. Then it is retrained twice with the
same slices, steps and constraint: by classification alone (the control), and with the tumors of
sixty slices marked "look here" and their corners "ignore this". On slices whose tags say nothing,
the answer must change less often when the tag is swapped, and be right no less often. A certificate
is asked for on further slices of that kind; it must be given for the right reason, and only then.
"""

import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.learn.reasons.certificate import certify
from neuroscope.learn.reasons.controls import train_controls
from neuroscope.learn.reasons.planted_slices import (
    TOY_SIZE,
    PlantedSlices,
    real_slices,
    swapped,
    toy_slices,
)
from neuroscope.learn.reasons.retrain import retrain
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import Answer, EvidenceNetwork, EvidenceShape
from neuroscope.records.certificate import Verdict
from neuroscope.records.progress import Progress, ignore
from neuroscope.statistics import RESAMPLES, balanced_accuracy

Pictures = Literal["toy", "real"]

TOY_SHAPE = EvidenceShape(
    widths=(16, 24, 32), deepened=0, merges=0, neck=32, pooling="mean", input_size=TOY_SIZE
)
REAL_SHAPE = EvidenceShape(widths=(16, 24, 32, 48), deepened=1, merges=0, neck=32, input_size=80)
BATCH = 64
CERTIFIED = 100_000  # toy slices of seeds from here on serve certificates


@dataclass(frozen=True, kw_only=True)
class PlantedConfig:
    """All that decides one round of the benchmark, besides the seed."""

    pictures: Pictures = "toy"
    shape: EvidenceShape = TOY_SHAPE
    bias: float = 0.97  # share of training slices whose tag names their class
    train: int = 1200  # toy slices; of the real ones at most 200 of each set and class
    test: int = 400
    held_out: int = 240  # toy slices for the certificate; of the real ones as many as are tested
    resamples: int = RESAMPLES  # of the intervals of the certificate
    epochs: int = 8
    annotated: int = 60
    replay: int = 600
    retraining: RetrainConfig = field(
        default_factory=lambda: RetrainConfig(
            steps=150, annotated_batch=60, replay_batch=192, learning_rate=3e-3, fast=False
        )
    )


REAL = PlantedConfig(
    pictures="real",
    shape=REAL_SHAPE,
    epochs=12,
    retraining=RetrainConfig(
        tier="full",  # trained from nothing on tagged slices: its early features know the tags only
        steps=120,
        annotated_batch=40,
        replay_batch=64,
        learning_rate=1e-3,
        swap_ignored=True,  # else the bounds protect what the tag alone had earned
    ),
)


@dataclass(frozen=True, slots=True)
class PlantedScores:
    """A network on slices whose tags say nothing."""

    accuracy: float  # balanced
    flips: float  # share of answers that change with the tag
    energy: float  # share of positive evidence for the true class on the marked tumor
    tag_energy: float  # share of it in the corner


@dataclass(frozen=True, slots=True)
class Round:
    """What one seed gave."""

    seed: int
    before: PlantedScores
    control: PlantedScores
    after: PlantedScores
    status: str
    kept_step: int
    kkt: float
    cpu_seconds: float  # of the retraining with annotations alone
    verdict: Verdict  # of the certificate, on other slices than those tested
    reasons: tuple[str, ...]
    evidence_before: float | None  # evidence energy on the slices of the certificate
    evidence_after: float | None

    @property
    def halved(self) -> bool:
        """Tell whether answers change at most half as often as with the control."""
        return self.after.flips <= 0.5 * self.control.flips

    @property
    def no_worse(self) -> bool:
        """Tell whether the answers are right at least as often as with the control."""
        return self.after.accuracy >= self.control.accuracy

    @property
    def promoted_rightly(self) -> bool:
        """Tell whether the certificate was given, and the slices it did not see bear it out."""
        return self.verdict == "promote" and self.halved and self.no_worse


def planted_benchmark(
    config: PlantedConfig,
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4),
    progress: Progress = ignore,
    *,
    data: Path | None = None,
) -> Iterator[Round]:
    """Run the rounds one after the other; each has slices, network and marks of its own."""
    for number, seed in enumerate(seeds):
        yield planted_round(config, seed, data=data)
        progress((number + 1) / len(seeds))


def planted_round(config: PlantedConfig, seed: int, *, data: Path | None = None) -> Round:
    """Train on tagged slices, retrain with and without marks, and test on random tags."""
    train, test, apart = _pictures(config, seed, data)
    network = shortcut_network(config, train, seed)
    annotated, replay = marked_slices(config, train, seed)
    settings = replace(config.retraining, seed=seed)
    begun = time.process_time()
    after = retrain(network, annotated, replay, settings)
    spent = time.process_time() - begun
    controls = train_controls(network, annotated, replay, settings, seed=seed)
    certificate = certify(
        network,
        after,
        annotated=annotated,
        replay=replay,
        held_out=with_marks(config, apart),
        answers=apart.cases,
        config=settings,
        seed=seed,
        controls=controls,
        resamples=config.resamples,
    )
    evidence = certificate.row("evidence_energy")
    return Round(
        seed=seed,
        before=planted_scores(network, test, seed),
        control=planted_scores(controls.classification.network, test, seed),
        after=planted_scores(after.network, test, seed),
        status=after.status,
        kept_step=after.step,
        kkt=after.kkt.residual,
        cpu_seconds=round(spent, 1),
        verdict=certificate.verdict,
        reasons=certificate.reasons,
        evidence_before=evidence.before.value,
        evidence_after=evidence.after.value,
    )


def shortcut_network(config: PlantedConfig, train: PlantedSlices, seed: int) -> EvidenceNetwork:
    """Train a network on tagged slices, as anyone would who does not know of the tags."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = EvidenceNetwork(config.shape)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    draw = torch.Generator().manual_seed(seed)
    images = torch.from_numpy(train.cases.images)[:, None].float() / 255
    labels = torch.from_numpy(train.cases.labels)
    network.train()
    for _ in range(config.epochs):
        order = torch.randperm(len(labels), generator=draw)
        for rows in torch.split(order[: len(order) // BATCH * BATCH], BATCH):
            loss = torch.nn.functional.cross_entropy(network(images[rows]).logits, labels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return network.eval()


def marked_slices(
    config: PlantedConfig, train: PlantedSlices, seed: int
) -> tuple[Annotated, Cases]:
    """Mark tumors and corners of some training slices; replay those, and others of every class."""
    rng = np.random.default_rng(seed)
    outlined = np.flatnonzero(train.has_outline)
    few = train.select(rng.permutation(outlined)[: config.annotated])
    labels = train.cases.labels
    each = config.replay // len(np.unique(labels))
    rows = [rng.permutation(np.flatnonzero(labels == c))[:each] for c in np.unique(labels)]
    others = train.cases.select(np.concatenate(rows))
    replay = Cases(
        np.concatenate([few.cases.images, others.images]),
        np.concatenate([few.cases.labels, others.labels]),
        np.concatenate([few.cases.units, others.units]),
    )
    return with_marks(config, few), replay


def with_marks(config: PlantedConfig, slices: PlantedSlices) -> Annotated:
    """Mark the tumors as evidence and the corners as none."""
    corners = np.broadcast_to(slices.corner, slices.tumors.shape).astype(np.float32)
    masks = cell_masks(
        torch.from_numpy(slices.tumors), torch.from_numpy(corners), cells=_places(config)
    )
    return Annotated(slices.cases, masks)


def planted_scores(network: nn.Module, test: PlantedSlices, seed: int) -> PlantedScores:
    """Score a network on slices whose tags say nothing."""
    answer = _answer(network, test.cases.images)
    turned = _answer(network, swapped(test, np.random.default_rng(seed)))
    predicted = np.asarray(answer.logits.argmax(1).numpy(), np.int64)
    labels = test.cases.labels
    maps = answer.evidence[torch.arange(len(test)), torch.from_numpy(labels)].relu()
    corners = np.broadcast_to(test.corner, test.tumors.shape).astype(np.float32)
    cells = maps.shape[-1]
    wanted = cell_masks(torch.from_numpy(test.tumors), torch.zeros(corners.shape), cells=cells)
    tags = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(corners)[:, None], cells)[:, 0]
    total = maps.sum((1, 2)) + 1e-9
    seen = torch.from_numpy(test.has_outline & (labels != NO_TUMOR))
    on_tumor = ((maps * wanted.evidence).sum((1, 2)) / total)[seen]
    on_tag = (maps * (tags > 0)).sum((1, 2)) / total
    return PlantedScores(
        accuracy=round(balanced_accuracy(predicted, labels), 4),
        flips=round(float((turned.logits.argmax(1).numpy() != predicted).mean()), 4),
        energy=round(float(on_tumor.mean()), 4),
        tag_energy=round(float(on_tag.mean()), 4),
    )


def summary(rounds: list[Round], config: PlantedConfig) -> dict[str, Any]:
    """Give what `--json` prints."""
    flips = [float(np.mean([getattr(r, of).flips for r in rounds])) for of in ("control", "after")]
    right = [
        float(np.mean([getattr(r, of).accuracy for r in rounds])) for of in ("control", "after")
    ]
    return {
        "benchmark": f"planted-shortcut-{config.pictures}",
        "config": asdict(config),
        "rounds": [
            {
                **asdict(found),
                "halved": found.halved,
                "no_worse": found.no_worse,
                "promoted_rightly": found.promoted_rightly,
            }
            for found in rounds
        ],
        "verdicts": {
            verdict: sum(found.verdict == verdict for found in rounds)
            for verdict in get_args(Verdict)
        },
        "promoted_rightly": sum(found.promoted_rightly for found in rounds),
        "mean_flips": {"control": round(flips[0], 4), "after": round(flips[1], 4)},
        "mean_accuracy": {"control": round(right[0], 4), "after": round(right[1], 4)},
        "reached": flips[1] <= 0.5 * flips[0] and right[1] >= right[0],
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}",
    }


def _pictures(
    config: PlantedConfig, seed: int, data: Path | None
) -> tuple[PlantedSlices, PlantedSlices, PlantedSlices]:
    """Draw slices to train on, to test on, and to certify on; tags of the latter say nothing."""
    if config.pictures == "toy":
        return (
            toy_slices(config.train, bias=config.bias, seed=2 * seed),
            toy_slices(config.test, bias=0.0, seed=2 * seed + 1),
            toy_slices(config.held_out, bias=0.0, seed=CERTIFIED + seed),
        )
    if data is None:
        raise BadInputError(
            "Real slices are needed to plant a tag into.",
            fix="Set NEUROSCOPE_DATA, or name the folder with --data.",
        )
    size = config.shape.input_size
    return (
        real_slices(data, "train", size=size, most=200, bias=config.bias, seed=seed),
        real_slices(data, "test", size=size, most=60, bias=0.0, seed=seed),
        real_slices(data, "val", size=size, most=60, bias=0.0, seed=seed),
    )


@torch.no_grad()
def _answer(network: nn.Module, images: NDArray[np.uint8]) -> Answer:
    parts = []
    for start in range(0, len(images), BATCH):
        pixels = torch.from_numpy(images[start : start + BATCH])[:, None].float() / 255
        parts.append(network(pixels))
    return Answer(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _places(config: PlantedConfig) -> int:
    return config.shape.input_size // int(EvidenceNetwork.centers.jump)
