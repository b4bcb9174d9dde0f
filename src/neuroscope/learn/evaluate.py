"""Measure a trained classifier on slices it has never seen, and write its model card.

Everything that was chosen (weights, temperature, threshold) was chosen on training or validation;
the test split is only measured.
"""

import json
import platform
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.learn.card import NAME, Row, Table, write_card
from neuroscope.learn.counterfactual import TumorOut, cover_tumors
from neuroscope.learn.dataset import FIGSHARE, FOUR_CLASS, SliceSet, load_slices
from neuroscope.learn.leaks import find_leaks, validation_copies
from neuroscope.learn.localization import (
    MapScores,
    MaskedSlice,
    masked_slices,
    score_edges,
    score_gaussian,
    score_network,
    score_outlines,
)
from neuroscope.learn.predict import Outputs, predict
from neuroscope.learn.remembered import told_apart
from neuroscope.learn.scores import calibration_error, measure_answers
from neuroscope.learn.shortcut import probe_shortcut
from neuroscope.learn.train_classifier import RUN_NAME, load_run
from neuroscope.models.calibration import (
    fit_temperature,
)
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.outlier import CAUTION_BELOW, load_reference, p_ordinary
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.progress import Progress, ignore
from neuroscope.statistics import Interval

SETS = {FOUR_CLASS: "4-class set", FIGSHARE: "figshare, unseen ranges"}
BASELINES = ("resnet18", "efficientnet_b0", "resnet50")
EXPECTED_TO_TURN = 0.8  # share of covered tumors; less is a failure worth telling
POOLING_NAME = "pooling.json"


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """A split at one input size, and its slices with masks."""

    slices: SliceSet
    masked: list[MaskedSlice]


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """All numbers of one network."""

    name: str
    answers: dict[str, Interval]
    maps: dict[str, Interval]
    at_best: dict[str, Interval]  # what the outline itself would reach at this resolution


def evaluate_classifier(
    weights: Path,
    data: Path,
    out: Path,
    *,
    split: str = "test",
    runs: Path | None = None,
    progress: Progress = ignore,
) -> Path:
    """Measure released weights and trained baselines; write ``evidence.card.json`` and a page.

    Parameters
    ----------
    weights
        Folder with the release files of the evidence network and the `run.json` of its training.
    data
        Folder with the split file and both slice sets.
    out
        Receives ``evidence.card.json`` and ``model-card-evidence.md``.
    split
        ``test``, or ``val`` while developing.
    runs
        Folder with one folder per trained baseline, named like the architecture; and, when there
        is one, ``pooling.json``, the comparison of pooling variants.
    progress
        Told the fraction done.

    Returns
    -------
    Path
        The JSON card.
    """
    begun = time.monotonic()
    network, sidecar = load_network(weights), read_sidecar(weights)
    size = network.shape.input_size
    record = _record(weights)
    unseen = validation_copies(record, weights, data)
    val, test = _cases(data, "val", size, leave_out=unseen), _cases(data, split, size)
    progress(0.1)
    outputs = predict(network, test.slices)
    maps = score_network(outputs, test.masked, test.slices, offset=network.centers.offset)
    sheet = _Sheet(
        "evidence network",
        measure_answers(outputs, test.slices, float(sidecar["temperature"])),
        maps.intervals(float(sidecar["evidence_threshold"])),
        _at_best(network.centers.offset, outputs, test),
    )
    progress(0.3)
    others = [_baseline_sheet(folder, data, split) for folder in _present(runs)]
    progress(0.6)
    covered = cover_tumors(network, test.slices)
    told = None
    if split == "test" and not record.get("left_out", {}).get("train"):
        told = told_apart(
            outputs,
            maps,
            [item.row for item in test.masked],
            sidecar,
            test.slices,
            find_leaks(data).test,
        )
    progress(0.8)
    tables = [
        _comparison([sheet, *others]),
        *_confusions(outputs, test.slices),
        _map_table(sheet, test, val, network.centers.jump),
        _size_table(maps, test, float(sidecar["evidence_threshold"])),
        _shortcut_table(data, load_slices(data, splits=["train"], size=size), test.slices),
        _cover_table(covered),
        _ordinary_table(network, weights, test.slices),
        *_pooling_table(runs),
    ]
    path = write_card(
        out,
        sidecar,
        [
            *_rows(sheet, split, uncalibrated=calibration_error(outputs, test.slices, 1.0)),
            *(told.rows if told else []),
        ],
        [*([told.table] if told else []), *tables],
        run=record,
        evaluated={
            "split": split,
            "seconds": round(time.monotonic() - begun, 1),
            "machine": platform.machine(),
        },
        failures=[*([told.failure] if told else []), *_measured_failures(covered)],
    )
    progress(1.0)
    return path


def _record(weights: Path) -> dict[str, Any]:
    """Give the record of the run: its own file, or what an earlier card kept of it."""
    path, card = weights / RUN_NAME, weights / f"{NAME}.card.json"
    if path.is_file():
        record: dict[str, Any] = json.loads(path.read_text())
        return record
    kept = json.loads(card.read_text()) if card.is_file() else {}
    if kept.get("model", {}).get("sha256") != read_sidecar(weights)["sha256"]:
        return {}
    training: dict[str, Any] = kept["training"]
    return training if training.get("machine") else {}


def _cases(data: Path, split: str, size: int, leave_out: Collection[str] = ()) -> _Cases:
    slices = load_slices(data, splits=[split], size=size, leave_out=leave_out)
    return _Cases(slices, masked_slices(data, slices))


def _present(runs: Path | None) -> list[Path]:
    if runs is None:
        return []
    return [runs / name for name in BASELINES if (runs / name / RUN_NAME).is_file()]


def _baseline_sheet(folder: Path, data: Path, split: str) -> _Sheet:
    network, record = load_run(folder)
    size = int(record["config"]["shape"]["input_size"])
    val, test = (
        _cases(data, "val", size, leave_out=validation_copies(record, folder, data)),
        _cases(data, split, size),
    )
    on_val, on_test = predict(network, val.slices), predict(network, test.slices)
    offset = network.centers.offset
    chosen = score_network(on_val, val.masked, val.slices, offset=offset).best_threshold()
    temperature = fit_temperature(on_val.logits, val.slices.labels)
    maps = score_network(on_test, test.masked, test.slices, offset=offset)
    epochs, minutes = record["epoch"], record["seconds"] / 60
    return _Sheet(
        f"{folder.name} ({size} px, {epochs} epochs, {minutes:.0f} min)",
        measure_answers(on_test, test.slices, temperature),
        maps.intervals(chosen),
        _at_best(offset, on_test, test),
    )


def _at_best(offset: float, outputs: Outputs, cases: _Cases) -> dict[str, Interval]:
    places = outputs.evidence.shape[-1]
    outlines = score_outlines(cases.masked, cases.slices, places=places, offset=offset)
    return outlines.intervals(0.5)


def _rows(sheet: _Sheet, split: str, *, uncalibrated: Interval) -> list[Row]:
    rows = []
    for key, interval in sheet.answers.items():
        source, name = key.split("/", 1)
        where = SETS.get(source, "both sets")
        how = "share right, averaged over classes" if "balanced" in name else "share right"
        if "among" in name:
            how += ", answering only with the classes of this set"
        if name == "ece":
            how = "15 bins of equal mass, after temperature scaling on validation"
        title = f"{name.replace('/', ' ').replace('_', ' ')}, {where}"
        rows.append(Row(title, interval, how, f"{source}, {split}"))
    how = "15 bins of equal mass, before temperature scaling"
    rows.append(Row("ece uncalibrated, both sets", uncalibrated, how, f"both, {split}"))
    hows = {
        "pointing": "largest contribution to the predicted class on the tumor, one place tolerated",
        "strict_pointing": "largest contribution to the predicted class on the tumor",
        "mass": "share of the positive contributions to the predicted class on the tumor",
        "iou": "overlap of the map above the threshold chosen on validation with the tumor",
    }
    for name, interval in sheet.maps.items():
        title = f"{name.replace('_', ' ')} of the evidence, {SETS[FIGSHARE]}"
        rows.append(Row(title, interval, hows[name], f"{FIGSHARE}, {split}"))
    return rows


def _comparison(sheets: list[_Sheet]) -> Table:
    columns = (
        f"{FOUR_CLASS}/balanced_accuracy",
        f"{FIGSHARE}/balanced_accuracy",
        "both/ece",
    )
    maps = ("strict_pointing", "mass", "iou")  # a tolerance of one place would favor coarse maps
    return Table(
        "Comparison with the usual networks",
        "Same data, augmentation, optimizer and weight averaging; sizes and lengths as named. "
        "The baselines get no masks: their losses have no place for them. Where their runs were "
        "short (see minutes and epochs) they have not converged, and their rows say little about "
        "what these networks can do. Pointing without tolerance. The last two columns: what the "
        "outline itself would reach if it were shown as coarsely as this network's maps.",
        (
            "network",
            "4-class balanced accuracy",
            "figshare balanced accuracy",
            "ECE",
            *maps,
            "strict_pointing at best",
            "mass at best",
        ),
        [
            (
                s.name,
                *(_shown(s.answers[c]) for c in columns),
                *(_shown(s.maps[m]) for m in maps),
                *(_shown(s.at_best[m]) for m in maps[:2]),
            )
            for s in sheets
        ],
    )


def _confusions(outputs: Outputs, slices: SliceSet) -> list[Table]:
    tables = []
    for source, title in SETS.items():
        at = slices.sources == source
        counts = np.zeros((len(CLASS_NAMES), len(CLASS_NAMES)), int)
        np.add.at(counts, (slices.labels[at], outputs.predicted[at]), 1)
        lines = [
            (name, *map(str, counts[n])) for n, name in enumerate(CLASS_NAMES) if counts[n].any()
        ]
        note = "Rows: truth. Columns: answer."
        tables.append(Table(f"Confusions, {title}", note, ("truth", *CLASS_NAMES), lines))
    return tables


def _map_table(sheet: _Sheet, test: _Cases, val: _Cases, jump: float) -> Table:
    lines = [("evidence network", *(_shown(value) for value in sheet.maps.values()))]
    for name, score in (("edge detector", score_edges), ("centered blob", score_gaussian)):
        best = score(val.masked, val.slices, jump=jump).best_threshold()
        scores: MapScores = score(test.masked, test.slices, jump=jump)
        lines.append((name, *(_shown(value) for value in scores.intervals(best).values())))
    return Table(
        "Does the map lie on the tumor?",
        "Figshare slices on their original pixels; thresholds of all rows chosen on validation.",
        ("map", "pointing", "strict pointing", "mass", "IoU"),
        lines,
    )


def _size_table(maps: MapScores, test: _Cases, threshold: float) -> Table:
    """Split the slices into thirds by the share of the picture the tumor covers."""
    share = np.array([item.mask.mean() for item in test.masked])
    edges = np.quantile(share, (0.0, 1 / 3, 2 / 3, 1.0))
    lines = []
    for number, name in enumerate(("smallest third", "middle third", "largest third")):
        inside = (share >= edges[number]) & (share <= edges[number + 1])
        found = maps.select(inside).intervals(threshold)
        lines.append((name, f"{edges[number + 1]:.3f}", *(_shown(v) for v in found.values())))
    return Table(
        "By size of the tumor",
        "Size is the share of the original picture.",
        ("tumors", "up to", "pointing", "strict pointing", "mass", "IoU"),
        lines,
    )


def _shortcut_table(data: Path, train: SliceSet, test: SliceSet) -> Table:
    probe = probe_shortcut(data, train, test)
    lines = [
        ("border and background, as the files hold them", _shown(probe.raw)),
        ("border and background, after preparation", _shown(probe.prepared)),
        ("outline of the head, after preparation", _shown(probe.outline)),
        ("outline of the head, under the training augmentation", _shown(probe.outline_augmented)),
    ]
    return Table(
        "What the surroundings of the head tell about the class",
        "Balanced accuracy of a random forest on the 4-class set that never sees the head's "
        "inside; chance is 0.25.",
        ("the forest sees", "balanced accuracy"),
        lines,
    )


def _measured_failures(covered: TumorOut) -> list[str]:
    share = covered.covered.value
    if not share < EXPECTED_TO_TURN:
        return []
    return [
        (
            f"When the tumor is covered with tissue of another slice, only {share:.0%} of the "
            "answers turn to 'no tumor': the others rest on what the cover leaves (edema, "
            "displaced structures, its own rim) or on the source of the picture. Do not read "
            "'tumor' from the label alone; look whether the map lies on a lesion."
        )
    ]


def _cover_table(found: TumorOut) -> Table:
    return Table(
        "Does the answer rest on the tumor?",
        "Figshare slices the network gets right; a region is covered with tissue of another slice.",
        ("covered", "share that turns to notumor", "slices"),
        [
            ("the tumor", _shown(found.covered), str(found.covered.n)),
            ("its mirror image (sham)", _shown(found.sham), str(found.sham.n)),
        ],
    )


def _ordinary_table(network: EvidenceNetwork, weights: Path, test: SliceSet) -> Table:
    reference = load_reference(weights)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, test.images.shape, dtype=np.uint8)
    cases = {
        "test slices": test.images,
        "the same, upside down": np.ascontiguousarray(test.images[:, ::-1, ::-1]),
        "the same, gray values inverted": np.where(test.heads, 255 - test.images, 0),
        "noise in the shape of the head": np.where(test.heads, noise, 0),
    }
    lines = []
    for name, images in cases.items():
        seen = predict(network, SliceSet(images.astype(np.uint8), *_rest(test)))
        share = float((p_ordinary(seen.embedding, reference) < CAUTION_BELOW).mean())
        lines.append((name, f"{share:.3f}"))
    return Table(
        "When does the network call a slice unusual?",
        "Share of slices farther from the training embeddings than 99 % of validation slices.",
        ("slices", "share called unusual"),
        lines,
    )


def _rest(slices: SliceSet) -> list[Any]:
    names = list(SliceSet.__dataclass_fields__)[1:]
    return [getattr(slices, name) for name in names]


def _pooling_table(runs: Path | None) -> list[Table]:
    if runs is None or not (runs / POOLING_NAME).is_file():
        return []
    found = json.loads((runs / POOLING_NAME).read_text())
    names = ("four_class", "figshare", "pointing", "mass", "iou")
    lines = [(row["pooling"], *(f"{row[name]:.3f}" for name in names)) for row in found["rows"]]
    return [Table("Choice of the pooling", found["setting"], ("pooling", *names), lines)]


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f}-{interval.high:.3f})"
