"""Ask whether a network that was never shown a mask learns from sixty where to look.

The network was trained on the training ranges without masks (`--network`, a folder of
``neuroscope train classifier`` with all mask terms and transplants off). It is retrained from 60
slices with an expert's mask, and as both controls; then again from masks that are wrong (another
patient's), shifted or incomplete, for which no certificate may be given. Settings were chosen on
the validation ranges (`--split val`, which writes nothing); `--split test` is read once.
"""

import argparse
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from measuring import Answer, Row, write
from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import manifest_sha256
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.learn.reasons.certificate import conclude, require_apart
from neuroscope.learn.reasons.controls import with_other_masks
from neuroscope.learn.reasons.from_masks import (
    held_out_slices,
    masked_slices_as_annotations,
    replayed_slices,
    training_pool,
)
from neuroscope.learn.reasons.held_out_scores import Metric, Scores, held_out_scores
from neuroscope.learn.reasons.interventions import intervened
from neuroscope.learn.reasons.paired import Grouping, Sums, scored
from neuroscope.learn.reasons.retrain import Retrained, retrain
from neuroscope.learn.reasons.run import FEATURES_NAME, RetrainConfig
from neuroscope.learn.train_classifier import load_run
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.certificate import Certificate, Rival, Score
from neuroscope.settings import read_settings

SLICES, REPLAY = 60, 600
STEPS, EPSILON = 40, 0.3  # chosen on the validation ranges
SHIFT = 8  # places of the map, a quarter of its side
KINDS = ("right", "wrong", "shifted", "incomplete")
SHOWN: tuple[Metric, ...] = ("evidence_energy", "relevance_mass", "pointing", "coverage")
CONTROLS: tuple[Rival, ...] = ("control_classification", "control_other_masks")


def main() -> None:
    """Train, measure, and write the answer."""
    load = os.getloadavg()[0]
    asked = _asked()
    torch.set_num_threads(1)
    data = read_settings().data
    if data is None:
        raise BadInputError("Real slices are needed.", fix="Set NEUROSCOPE_DATA.")
    network, _ = load_run(asked.network)
    assert isinstance(network, EvidenceNetwork)
    size = network.shape.input_size
    cells = size // int(network.centers.jump)
    config = RetrainConfig(steps=asked.steps, epsilon=asked.epsilon, seed=asked.seed)
    pool = training_pool(data, size=size)
    annotated = masked_slices_as_annotations(pool, slices=SLICES, cells=cells, seed=config.seed)
    replay = replayed_slices(pool, annotated, slices=REPLAY, seed=config.seed)
    held_out, answers = held_out_slices(
        data, asked.split, size=size, cells=cells, marked=asked.marked
    )
    require_apart((annotated.cases, replay), (held_out.cases, answers))
    runs = _runs(network, annotated, replay, config, asked.kinds)
    if asked.train_only:
        return
    changed = intervened(held_out, answers, seed=config.seed)
    networks = {"before": network} | {name: run.network for name, run in runs.items()}
    scores = {
        name: held_out_scores(one, held_out, changed, answers) for name, one in networks.items()
    }
    controls: dict[Rival, Retrained] = {name: runs[name] for name in CONTROLS}
    certificates = {
        kind: conclude(
            network,
            runs[kind],
            controls,
            {"after": scores[kind]} | {name: scores[name] for name in ("before", *CONTROLS)},
            annotated=marks_of(kind, annotated),
            replay=replay,
            held_out=held_out,
            answers=answers,
            config=config,
            seed=config.seed,
        )
        for kind in asked.kinds
    }
    for kind, certificate in certificates.items():
        _show(kind, certificate)
    rows = [*_gains(scores, held_out), *_certified(certificates)]
    for one in rows:
        print(one)
    if asked.split == "test":
        note = (
            f"Data {manifest_sha256(data)[:12]}; {SLICES} annotated, {len(replay)} replayed, "
            f"{config.steps} steps, epsilon {config.epsilon}, seed {config.seed}; network before "
            f"{certificates[asked.kinds[0]].hashes['before'][:12]}."
        )
        units = len(set(held_out.cases.units))
        where = (
            f"{len(held_out)} marked slices of {units} blocks in 10 ranges, {len(answers)} labeled "
            "slices, all of the test ranges. least .. most is the 95 % interval, n the slices; of "
            "gains over the ranges, else over blocks of 16 consecutive numbers."
        )
        question = "Does a network without mask supervision learn from 60 masks where to look?"
        write(Answer(question, rows, [note, where]), "reasons_real", load)


def marks_of(kind: str, annotated: Annotated) -> Annotated:
    """Give the annotated slices right marks, or one of the three kinds of noise."""
    masks = annotated.masks
    if kind == "wrong":
        return with_other_masks(annotated, seed=99)
    if kind == "shifted":
        moved = torch.roll(masks.evidence, SHIFT, dims=2)
        return Annotated(annotated.cases, replace(masks, evidence=moved))
    if kind == "incomplete":
        return Annotated(annotated.cases, replace(masks, evidence=quarter(masks)))
    return annotated


def quarter(masks: CellMasks) -> torch.Tensor:
    """Keep the upper left quarter of every mark, seen from its middle."""
    rows, columns = torch.meshgrid(
        *(torch.arange(n) for n in masks.evidence.shape[1:]), indexing="ij"
    )
    total = masks.evidence.sum((1, 2)).clamp_min(1e-9)
    middle = [(masks.evidence * axis).sum((1, 2)) / total for axis in (rows, columns)]
    above, left = (
        axis[None] <= at[:, None, None] for axis, at in zip((rows, columns), middle, strict=True)
    )
    return masks.evidence * above * left


def _runs(
    network: EvidenceNetwork,
    annotated: Annotated,
    replay: Cases,
    config: RetrainConfig,
    kinds: tuple[str, ...],
) -> dict[str, Retrained]:
    """Train everything once; what an earlier call trained is resumed at its end."""
    asked = {
        "control_classification": (annotated, replace(config, loss="none")),
        "control_other_masks": (with_other_masks(annotated, seed=config.seed), config),
    } | {kind: (marks_of(kind, annotated), config) for kind in kinds}
    home = Path(tempfile.gettempdir()) / "neuroscope-reasons-real"
    runs = {}
    for name, (marks, settings) in asked.items():
        keep = home / f"{name}-{config.seed}-{config.steps}-{config.epsilon:g}"
        keep.mkdir(parents=True, exist_ok=True)
        found = runs[name] = retrain(network, marks, replay, settings, keep=keep)
        shutil.rmtree(keep / FEATURES_NAME, ignore_errors=True)
        print(f"{name}: {found.status}, step {found.step}, {found.seconds:.0f} s", flush=True)
    return runs


def _gains(scores: dict[str, Scores], held_out: Annotated) -> list[Row]:
    """Give the gain of relevance mass of every retraining, and how often that of the controls."""
    ranges = np.array([unit.rsplit(".", 1)[0] for unit in held_out.cases.units])
    group = Grouping.of(ranges, held_out.cases.labels, seed=0)
    of = {name: Sums.of(one.by_slice["relevance_mass"], group) for name, one in scores.items()}
    before = of["before"]
    rows = [_row("relevance mass before", scored(before.score(), before.drawn(group), n=before.n,
                                                 patients=before.patients))]  # fmt: skip
    gains = {
        name: (one.score() - before.score(), one.drawn(group) - before.drawn(group))
        for name, one in of.items()
        if name != "before"
    }
    for name, (value, drawn) in gains.items():
        told = scored(value, drawn, n=before.n, patients=before.patients)
        rows.append(_row(f"gain of relevance mass, {name.replace('_', ' ')}", told))
    for name in CONTROLS:
        value, drawn = gains["right"]
        twice = (value - 2 * gains[name][0], drawn - 2 * gains[name][1])
        told = scored(*twice, n=before.n, patients=before.patients)
        label = name.replace("_", " ")
        rows.append(_row(f"gain, right marks, minus twice that of {label}", told, "> 0"))
    return rows


def _certified(certificates: dict[str, Certificate]) -> list[Row]:
    rows = []
    for kind, certificate in certificates.items():
        apart = certificate.test("balanced_accuracy", "before").difference
        target = ">= -0.01" if kind == "right" else ""
        rows.append(_row(f"balanced accuracy, {kind} marks, minus before", apart, target))
        given = float(certificate.verdict == "promote")
        name = f"certificate with {kind} marks: {certificate.verdict}"
        rows.append(Row(name, given, "", 1, given, given, "1" if kind == "right" else "0"))
    return rows


def _row(name: str, score: Score, target: str = "") -> Row:
    value, low, high = (np.nan if n is None else n for n in (score.value, score.low, score.high))
    return Row(name, float(value), "", score.n, float(low), float(high), target)


def _show(kind: str, certificate: Certificate) -> None:
    print(f"== {kind}: {certificate.verdict}")
    for one in certificate.conditions:
        print(f"  {one.holds}: {one.demand}: {one.found}")
    for metric in certificate.rows:
        values = (
            metric.before,
            metric.after,
            metric.control_classification,
            metric.control_other_masks,
        )
        print(f"  {metric.metric}: {[one.value for one in values]}")
    print(f"  lost {len(certificate.negative_flips)}, won {certificate.positive_flips}", flush=True)


def _asked() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--network", type=Path, required=True)
    reader.add_argument("--split", choices=("val", "test"), default="val")
    reader.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    reader.add_argument("--steps", type=int, default=STEPS)
    reader.add_argument("--epsilon", type=float, default=EPSILON)
    reader.add_argument("--marked", type=int, default=60, help="marked slices of each class")
    reader.add_argument("--train-only", action="store_true", help="measure nothing yet")
    reader.add_argument("--seed", type=int, default=0)
    asked = reader.parse_args()
    asked.kinds = tuple(asked.kinds)
    return asked


if __name__ == "__main__":
    main()
