"""What answers rest on beside the disease: tags, surroundings, and the source of a picture."""

import numpy as np

from neuroscope.records.dataaudit import Border
from neuroscope.records.modelaudit import Measure, NotDone, Table
from neuroscope.reliability.averages import RESAMPLES
from neuroscope.reliability.counterfactual.findings import (
    is_above_chance,
    knows_without_head,
    planted_tag,
)
from neuroscope.reliability.counterfactual.surroundings import label_from, source_probe
from neuroscope.reliability.model.material import NO_LABEL, Material, Part, cannot
from neuroscope.statistics import Interval, balanced_accuracy, bootstrap_by_unit


def shortcuts(material: Material) -> Part:
    """Decide whether answers follow a tag or the surroundings, and probe for the source."""
    parts = [_tags(material), _without_head(material), _source(material)]
    if material.is_first:
        parts.append(_surroundings(material))
    return Part(
        tuple(one for part in parts for one in part.measures),
        tables=tuple(one for part in parts for one in part.tables),
        findings=tuple(one for part in parts for one in part.findings),
        not_done=tuple(one for part in parts for one in part.not_done),
    )


def _tags(material: Material) -> Part:
    measures = []
    names = {"background": "the surroundings", "text_tag": "a written name"}
    for test, name in names.items():
        effect = material.effects.get(test)
        if effect is not None and np.isfinite(effect.hit).any():
            measures.append(
                Measure(
                    "shortcuts",
                    f"answers that follow {name}",
                    effect.hits_beyond_sham(),
                    "share",
                    f"answers that become the class of {name} put in, minus the sham",
                    "lower",
                )
            )
    return Part(tuple(measures), findings=(planted_tag(material.effects),))


def _without_head(material: Material) -> Part:
    said, rows = material.without_head, material.changed_rows
    labels = material.pictured.labels[rows]
    known = labels != NO_LABEL
    classes = len(np.unique(labels[known]))
    if said is None or classes < 2:
        why = "Fewer than two classes were changed."
        return Part(
            findings=(knows_without_head(why, 0.0),),
            not_done=cannot("Answers without a head", why, material).not_done,
        )
    guess, truth = said.predicted[known], labels[known]
    interval = bootstrap_by_unit(
        lambda at: balanced_accuracy(guess[at], truth[at]),
        material.pictured.patients[rows][known],
        strata=truth,
        resamples=RESAMPLES,
        seed=material.seed,
    )
    how = f"balanced accuracy with the head blanked; chance is {1 / classes:.2f}"
    return Part(
        (Measure("shortcuts", "right without a head", interval, "share", how, "lower"),),
        findings=(knows_without_head(interval, 1 / classes),),
    )


def _source(material: Material) -> Part:
    name = "Source probe"
    embedding = material.said.embedding
    if embedding is None:
        return cannot(name, "The model gives no embedding.", material)
    pictured = material.pictured
    found = source_probe(embedding, pictured.sources, pictured.patients, seed=material.seed)
    if isinstance(found, str):
        return cannot(name, found.replace("label", "source"), material)
    how = (
        f"balanced accuracy of a linear probe of the embedding for {pictured.source_from}, in "
        f"folds without common patients; chance is {found.chance:.2f}, p {found.p:.3f}"
    )
    measures = [Measure("shortcuts", "source told from the embedding", found.accuracy, "share",
                        how, "lower")]  # fmt: skip
    within = _source_within_labels(material)
    if within is not None:
        how = "the same within every label, averaged: the part that disease cannot explain"
        measures.append(
            Measure("shortcuts", "source told within a label", within, "share", how, "lower")
        )
    return Part(tuple(measures))


def _source_within_labels(material: Material) -> Interval | None:
    pictured, embedding = material.pictured, material.said.embedding
    if embedding is None:
        return None
    found = []
    for label in np.unique(pictured.labels[pictured.labels != NO_LABEL]):
        own = np.flatnonzero(pictured.labels == label)
        probe = source_probe(
            embedding[own], pictured.sources[own], pictured.patients[own], seed=material.seed
        )
        if isinstance(probe, Border):
            found.append(probe.accuracy)
    if not found:
        return None
    value, low, high = (float(np.mean([getattr(one, k) for one in found])) for k in _ENDS)
    return Interval(value, low, high, sum(o.n for o in found), sum(o.units for o in found))


_ENDS = ("value", "low", "high")


def _surroundings(material: Material) -> Part:
    """Learn the label from what is left without head, and without tumor: a trait of the set."""
    pictured = material.pictured
    known = material.known
    parts = {
        "outside the head": (pictured.surroundings[known], known),
        "whole picture, tumor healed away": (
            pictured.without_tumor, pictured.without_tumor_rows,
        ),
    }  # fmt: skip
    lines: list[tuple[str, ...]] = []
    missing: list[NotDone] = []
    for name, (features, rows) in parts.items():
        labelled = pictured.labels[rows] != NO_LABEL
        found: Border | str = "No picture has a known tumor."
        if len(rows):
            found = label_from(
                features[labelled],
                pictured.labels[rows][labelled],
                pictured.patients[rows][labelled],
                seed=material.seed,
            )
        if isinstance(found, str):
            missing += cannot(f"Label from: {name}", found, material).not_done
            continue
        one = found.accuracy
        lines.append(
            (
                name,
                f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})",
                f"{found.chance:.3f}",
                f"{found.p:.3f}",
                "yes" if is_above_chance(found) else "no",
            )
        )
    if not lines:
        return Part(not_done=tuple(missing))
    table = Table(
        "shortcuts",
        "What a forest learns of the label without the disease",
        "A trait of the pictures, whatever the model: where it is above chance, a model can be "
        "right without seeing a tumor. Balanced accuracy in folds without common patients.",
        ("the forest sees", "balanced accuracy", "chance", "p", "above chance"),
        tuple(lines),
    )
    return Part(tables=(table,), not_done=tuple(missing))


def speed(material: Material) -> Part:
    """Give time and size of a model on this machine."""
    model = material.model
    measures = []
    if len(material.ms_per_picture):
        times = np.sort(material.ms_per_picture)
        interval = Interval(float(np.median(times)), float(times[0]), float(times[-1]),
                            len(times), len(times))  # fmt: skip
        how = "preparation and answer, pictures in batches of 16; ends are the fastest and slowest"
        measures.append(Measure("speed", "time for a picture", interval, "ms", how, "lower"))
    for name, size, unit in (
        ("parameters", model.parameters, ""),
        ("file", model.megabytes, "MB"),
    ):
        if size is not None:
            exact = Interval(float(size), float(size), float(size), 1, 1)
            measures.append(Measure("speed", name, exact, unit, "size of the weights", "lower"))
    return Part(tuple(measures))
