"""Measure whether the audit of models flags what it should, and how long it takes.

Toy networks that learned a tag must be flagged and others not, in 19 of 20 seeds each. The audit of
the shipped weights on 900 test slices needs `NEUROSCOPE_DATA`.
"""

import argparse
import os
import time
from pathlib import Path

from measuring import Answer, Row, row, write
from neuroscope.learn.planted_audit import ASKED, TOY, judged_toy
from neuroscope.models.cards import SHIPPED
from neuroscope.settings import read_settings
from neuroscope.workflow.audited_models import find_models
from neuroscope.workflow.audited_pictures import pictures_of
from neuroscope.workflow.model_audit import CHANGED, audit_models

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
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    rows, notes = toys(asked.seeds) if asked.seeds else ([], [])
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
