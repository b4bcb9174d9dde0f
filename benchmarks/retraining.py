"""Ask how long retraining the shipped network takes, and what a step costs with each loss.

Slices are random pixels with a random head and marks: the cost does not depend on what they show.
Processor seconds are given beside wall seconds, for a machine that has other work to do.
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from measuring import Answer, Row, row, write
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.learn.reasons.losses import LossName
from neuroscope.learn.reasons.objective import Material, Objective, batch_problem
from neuroscope.learn.reasons.retrain import retrain
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.learn.reasons.tiers import Features, cached, opened, trained_weights
from neuroscope.models.cards import SHIPPED
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.weights import load_network

ANNOTATED, REPLAY = 60, 600
REPEATS = 7
LOSSES: tuple[LossName, ...] = ("energy", "rrr_cam", "hint", "l1", "rrr_input")
THREADS = 2


def main() -> None:
    """Measure, and write the answer."""
    load = os.getloadavg()[0]
    torch.set_num_threads(THREADS)
    network = load_network(SHIPPED)
    rows = [*_whole_runs(network), *_steps(network)]
    notes = [
        (
            f"{ANNOTATED} annotated slices of {network.shape.input_size} pixels, {REPLAY} more, "
            f"{THREADS} threads; every annotated slice has an ignored part and {_made()} "
            "counterexamples. One run each, from prepared slices to weights."
        ),
        (
            "A plain step lowers the cross-entropy of as many slices; losses take turns, so that "
            "the load of the machine falls on all alike."
        ),
    ]
    write(
        Answer("How long does retraining from annotations take?", rows, notes), "retraining", load
    )


def _whole_runs(network: EvidenceNetwork) -> list[Row]:
    annotated, replay = _slices(network)
    started, spent = time.perf_counter(), time.process_time()
    first: list[float] = []
    retrain(
        network,
        annotated,
        replay,
        preview=lambda _: first.extend(
            [time.perf_counter() - started, time.process_time() - spent]
        ),
    )
    whole = [time.perf_counter() - started, time.process_time() - spent]
    return [
        row("usual run", whole[:1], "s", target="<= 60"),
        row("usual run, processor time", whole[1:], "s"),
        row("first new maps", first[:1], "s", target="<= 5"),
        row("first new maps, processor time", first[1:], "s"),
    ]


def _steps(network: EvidenceNetwork) -> list[Row]:
    """Time steps with each loss in turns, against steps of classification alone."""
    config = RetrainConfig()
    copy = opened(network, config.tier)
    annotated, replay = _slices(network)
    few = annotated.select(np.arange(config.annotated_batch))
    marked = Material(
        cached(copy, config.tier, few.cases.images),
        torch.from_numpy(few.cases.labels),
        few.masks,
        torch.from_numpy(few.cases.images)[:, None].float() / 255,
    )
    others = replay.select(np.arange(config.replay_batch))
    shown = Material(cached(copy, config.tier, others.images), torch.from_numpy(others.labels))
    both = Material(
        Features(
            torch.cat([shown.features.values, marked.features.values]),
            torch.cat([shown.features.deep, marked.features.deep]),
        ),
        torch.cat([shown.labels, marked.labels]),
    )
    aims = _objective(copy)
    works: dict[str, Callable[[], None]] = {"plain": lambda: _step(copy, aims, both, None)}
    for name in LOSSES:
        chosen = replace(aims, aim=name)
        works[name] = lambda chosen=chosen: _step(copy, chosen, shown, marked)  # type: ignore[misc]
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(REPEATS + 1):
        for label, work in works.items():
            before = time.process_time()
            work()
            if turn:
                seconds[label].append(time.process_time() - before)
    plain = float(np.median(seconds["plain"]))
    return [
        row(f"a plain step on {len(both)} slices, processor time", seconds["plain"], "s"),
        *(
            row(
                f"a step with {name}, times a plain one",
                [value / plain for value in seconds[name]],
                "x",
                target="" if name == "rrr_input" else "<= 1.2",
            )
            for name in LOSSES
        ),
    ]


def _step(
    network: EvidenceNetwork, aims: Objective, replay: Material, annotated: Material | None
) -> None:
    total, violations = batch_problem(network, aims, replay, annotated)
    for weight in trained_weights(network).values():
        weight.grad = None
    (total + violations.sum()).backward()  # type: ignore[no-untyped-call]


def _objective(network: EvidenceNetwork) -> Objective:
    classes = tuple(range(len(CLASS_NAMES)))
    weights = trained_weights(network)
    return Objective(
        aim="none",
        tier="last",
        classes=classes,
        limits=torch.zeros(len(classes)),
        start={name: value.detach().clone() for name, value in weights.items()},
        classification=1.0,
        stay=1e-3,
        usual_evidence=1.0,
        fast=True,
    )


def _slices(network: EvidenceNetwork) -> tuple[Annotated, Cases]:
    size = network.shape.input_size
    cells = size // int(network.centers.jump)
    evidence, ignored = torch.zeros(2, ANNOTATED, size, size)
    evidence[:, size // 3 : size // 2, size // 3 : size // 2] = 1
    ignored[:, : size // 8, : size // 8] = 1
    few = _cases(ANNOTATED, size, seed=0)
    return Annotated(few, cell_masks(evidence, ignored, cells=cells)), _cases(REPLAY, size, seed=1)


def _cases(n: int, size: int, *, seed: int) -> Cases:
    images: NDArray[np.uint8] = np.random.default_rng(seed).integers(
        0, 255, (n, size, size), np.uint8
    )
    units = np.array([f"{seed}.{number}" for number in range(n)])
    return Cases(images, np.arange(n) % len(CLASS_NAMES), units)


def _made() -> int:
    return RetrainConfig().counterexamples


if __name__ == "__main__":
    main()
