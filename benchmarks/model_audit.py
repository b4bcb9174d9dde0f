"""Measure whether the audit of models flags what it should, and how long it takes.

Toy networks that learned a tag must be flagged and others not, in 19 of 20 seeds each. The audit of
the shipped weights on 900 test slices needs `NEUROSCOPE_DATA`; so does a network that learns labels
dealt out by group: it must be at chance on other groups, and is not on other slices of the same.
"""

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from measuring import Answer, Row, row, write
from neuroscope.learn.planted_audit import ASKED, TOY, judged_toy
from neuroscope.learn.reasons.cases import Cases
from neuroscope.learn.reasons.planted import REAL, REAL_SHAPE, shortcut_network
from neuroscope.learn.reasons.planted_slices import real_slices
from neuroscope.models.cards import SHIPPED
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.reliability.averages import mean_by_patient
from neuroscope.settings import read_settings
from neuroscope.workflow.audited_models import find_models
from neuroscope.workflow.audited_pictures import pictures_of
from neuroscope.workflow.model_audit import CHANGED, audit_models

DEALT = 150  # training slices of each set and class
EPOCHS = 80
MEASURES = (
    "balanced accuracy",
    "right for the wrong reason",
    "answers that follow the surroundings",
    "answers that follow a written name",
    "right without a head",
)


def main() -> None:
    """Measure and write `results/model_audit.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--slices", type=int, default=900)
    parser.add_argument("--dealt", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    rows, notes = toys(asked.seeds) if asked.seeds else ([], [])
    if asked.dealt:
        rows += dealt_out()
    if asked.slices:
        part, said = audited(asked.slices, asked.weights)
        rows += part
        notes += said
    write(Answer("Does the audit of models flag what it should?", rows, notes), "model_audit", load)


def toys(seeds: int) -> tuple[list[Row], list[str]]:
    """Judge toy networks of every seed, with and without a planted tag."""
    rows = []
    for planted, name in ((True, "with a planted tag"), (False, "with tags at random")):
        found = [judged_toy(planted=planted, seed=seed) for seed in range(seeds)]
        state = "flagged" if planted else "clear"
        right = float(sum(one.state == state for one in found))
        target = f">= {round(0.95 * seeds)} of {seeds}"
        rows += [
            row(f"toy networks {name}, judged rightly", [right], "seeds", target=target),
            row(f"answers that follow the tag, {name}", [one.value for one in found], "share"),
        ]
    note = f"Toys: {TOY.train} slices of 48 pixels, {TOY.epochs} epochs, judged on {ASKED} more."
    return rows, [note]


def dealt_out() -> list[Row]:
    """Let networks learn labels that were dealt out by group, and ask about held-out slices."""
    data = read_settings().data
    if data is None:
        return []
    size = REAL_SHAPE.input_size
    slices = real_slices(data, "train", size=size, most=DEALT, bias=0.0, seed=0)
    groups, group_of = np.unique(slices.cases.units, return_inverse=True)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(CLASS_NAMES), len(groups))[group_of]
    dealt = replace(slices, cases=Cases(slices.cases.images, labels, slices.cases.units))
    found = []
    for split, key in (("slices", np.arange(len(dealt))), ("groups", group_of)):
        held = (rng.random(int(key.max()) + 1) < 0.5)[key]
        known, asked_of = (dealt.select(np.flatnonzero(part)) for part in (~held, held))
        network = shortcut_network(replace(REAL, epochs=EPOCHS), known, 0)
        for part, where in ((known, "slices it learned from"), (asked_of, f"other {split}")):
            images = torch.from_numpy(part.cases.images)[:, None].float() / 255
            with torch.inference_mode():
                said = torch.cat(
                    [network(some).logits.argmax(1) for some in torch.split(images, 64)]
                )
            right = (said.numpy() == part.cases.labels).astype(float)
            one = mean_by_patient(right, part.cases.units)
            name = f"labels dealt out by group, split by {split}: right on {where} (chance .25)"
            found.append(Row(name, one.value, "", one.n, one.low, one.high, ""))
    return found


def audited(slices: int, weights: Path) -> tuple[list[Row], list[str]]:
    """Audit one model on so many test slices."""
    settings = read_settings()
    if settings.data is None:
        return [], ["NEUROSCOPE_DATA is not set: no real slices were audited."]
    wall, cpu = time.perf_counter(), time.process_time()
    pictures = pictures_of(settings.data, split="test", limits=settings.limits).thinned(slices)
    models, _ = find_models(weights, [], data=settings.data, threads=settings.threads or 2)
    audit = audit_models(pictures, models)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    (sheet,) = audit.models
    rows = [
        row(f"{len(pictures)} slices audited, {CHANGED} changed", [wall], "s", target="<= 600"),
        row("the same, processor time of both cores", [cpu], "s"),
    ]
    for name in MEASURES:
        measure = sheet.measure(name)
        if measure is not None:
            one = measure.interval
            rows.append(Row(name, one.value, measure.unit, one.n, one.low, one.high, ""))
    notes = [f"{one.name}: {one.state}. {one.why}" for one in sheet.findings]
    return rows, [f"Weights {sheet.model_id}; ends of the shares are 95 % intervals.", *notes]


if __name__ == "__main__":
    main()
