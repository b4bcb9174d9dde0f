"""Measure the pose network on slices it has never seen, and write its model card."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.learn.card import SPLIT, TRAINING_DATA, Row, Table, put_card
from neuroscope.learn.dataset import SliceSet, load_slices, manifest_sha256
from neuroscope.learn.train_pose import UInt8, inverted_pictures, no_head_pictures
from neuroscope.models.pose import SIDECAR_NAME, Pose, PoseNetwork, load_pose
from neuroscope.preprocess.slice_input import INPUT_SIZE
from neuroscope.records.progress import Progress, ignore
from neuroscope.statistics import Interval, bootstrap_by_unit

NAME = "pose"
COMMAND = "neuroscope evaluate pose"
DRAWN = 60  # pictures of every kind of no head
SEED = 10_001  # of those pictures: training draws others
BATCH = 256

INTENDED_USE = (
    "To warn that a picture is no upright slice of a head: that it stands upside down, lies on its "
    "side, has black and white inverted or shows something else, so that the answer of the "
    "evidence network should not be relied on. A picture without a warning may still be "
    "unsuitable. Research and teaching only."
)
OWN_DATA = {
    "drawn pictures of no head (neuroscope.learn.other_pictures)": "made by this project",
}
KNOWN_FAILURES = (
    (
        "No picture of another part of the body was at hand: what it does on a real knee, spine or "
        "abdomen is not known. The pictures of no head that it was measured on are drawn by the "
        "same program as those it learned from, so that these numbers are optimistic."
    ),
    (
        "Turns between a quarter and none were not trained beyond 22 degrees: a head that lies "
        "askew may get no warning."
    ),
    "Left and right are not told apart: a mirrored slice gets no warning.",
    "Gray values inverted inside the head alone, with the air left black, were not trained.",
    "The crown and the neck, where a slice has no front, are rare in the training slices.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Oddity:
    """Pictures that should all get one name."""

    name: str
    pose: Pose
    images: UInt8  # (n, side, side)
    units: NDArray[Any]


def evaluate_pose(
    weights: Path, data: Path, out: Path, *, split: str = "test", progress: Progress = ignore
) -> Path:
    """Measure the graph as it ships on a split; give the path of the card.

    Parameters
    ----------
    weights
        Folder with ``pose.onnx`` and ``pose.json``.
    out
        Receives ``pose.card.json`` and ``model-card-pose.md``.

    Raises
    ------
    ModelError
        If the folder holds no pose network.
    """
    network = load_pose(weights)
    if network is None:
        raise ModelError(
            f"There is no pose network in {weights.name}.", fix="Train first: neuroscope train pose"
        )
    sidecar = json.loads((weights / SIDECAR_NAME).read_text(encoding="utf-8"))
    slices = load_slices(data, splits=[split], size=INPUT_SIZE)
    progress(0.3)
    found = oddities(slices, data)
    progress(0.8)
    names = np.array(_poses(network, slices.images))
    rows = [
        _false_alarms(names, slices, split),
        *(_recall(oddity, network, split) for oddity in found if oddity.pose != "no head"),
        _recall(_together(found), network, split),
    ]
    tables = [_thresholds(network, names), _all_oddities(found, network)]
    card = {
        "model": {key: sidecar[key] for key in ("name", "version", "sha256")},
        "intended_use": INTENDED_USE,
        "training_data": TRAINING_DATA | OWN_DATA,
        "split": SPLIT,
        "metrics": [row.as_dict() for row in rows],
        "known_failures": list(KNOWN_FAILURES),
        "trained_on": _trained_on(sidecar["run"]),
        "training": sidecar["run"],
        "evaluated": {"split": split, "manifest_sha256": manifest_sha256(data)},
        "tables": [asdict(table) for table in tables],
    }
    return put_card(card, out, NAME, command=COMMAND)


def oddities(slices: SliceSet, data: Path) -> list[Oddity]:
    """Make everything that should be noticed from slices of a split, and draw what is no head."""
    images, units = slices.images, slices.units
    inverted = inverted_pictures(slices, data, size=INPUT_SIZE)
    found = [
        Oddity("upside down: turned by 180 degrees", "upside down", images[:, ::-1, ::-1], units),
        Oddity("upside down: top and bottom swapped", "upside down", images[:, ::-1], units),
        Oddity("lying, turned left", "turned left", np.rot90(images, 1, (1, 2)), units),
        Oddity("lying, turned right", "turned right", np.rot90(images, 3, (1, 2)), units),
        Oddity("black and white inverted", "inverted", inverted.images, units),
    ]
    others = no_head_pictures(slices, data, drawn=DRAWN, size=INPUT_SIZE, seed=SEED)
    for kind, pictures in others.items():
        each = np.array([f"{kind} {number}" for number in range(len(pictures))])
        found.append(Oddity(f"no head: {kind}", "no head", pictures.images, each))
    return found


def _poses(network: PoseNetwork, images: UInt8) -> list[Pose]:
    found: list[Pose] = []
    for start in range(0, len(images), BATCH):
        found += network.poses(images[start : start + BATCH].astype(np.float32) / np.float32(255))
    return found


def _false_alarms(names: NDArray[Any], slices: SliceSet, split: str) -> Row:
    share = _share(names != "upright", slices.units)
    return Row("false alarms", share, "share of upright slices that get any warning", split)


def _recall(oddity: Oddity, network: PoseNetwork, split: str) -> Row:
    named = np.array(_poses(network, oddity.images)) == oddity.pose
    how = "share that gets the right warning"
    return Row(oddity.name, _share(named, oddity.units), how, split)


def _together(found: Sequence[Oddity]) -> Oddity:
    others = [oddity for oddity in found if oddity.pose == "no head"]
    images = np.concatenate([oddity.images for oddity in others])
    units = np.concatenate([oddity.units for oddity in others])
    return Oddity("no head, all drawn kinds", "no head", images, units)


def _share(hits: NDArray[np.bool_], units: NDArray[Any]) -> Interval:
    return bootstrap_by_unit(lambda rows: float(hits[rows].mean()), units)


def _thresholds(network: PoseNetwork, names: NDArray[Any]) -> Table:
    lines = [
        (pose, f"{p:.4f}", str((names == pose).sum()), f"{(names == pose).mean():.4f}")
        for pose, p in network.spec.thresholds.items()
    ]
    note = (
        "A warning is given where its probability is the largest and above its threshold: chosen "
        "on upright slices of the validation split, so that at most 0.5 % of them exceed it, and "
        f"never below 0.5. False alarms: of {len(names)} upright slices of the split measured here."
    )
    columns = ("warning", "threshold", "false alarms", "share")
    return Table("Thresholds and false alarms", note, columns, lines)


def _all_oddities(found: Sequence[Oddity], network: PoseNetwork) -> Table:
    lines = []
    for oddity in found:
        names = np.array(_poses(network, oddity.images))
        right, noticed = float((names == oddity.pose).mean()), float((names != "upright").mean())
        lines.append((oddity.name, str(len(names)), f"{right:.3f}", f"{noticed:.3f}"))
    note = "What gets the right warning, and what gets any."
    return Table("Every oddity", note, ("pictures", "n", "right warning", "any warning"), lines)


def _trained_on(run: Mapping[str, Any]) -> str:
    config = run["config"]
    return (
        f"Trained for {config['steps']} steps in {run['seconds'] / 60:.0f} minutes on "
        f"{run['machine']}; seed {config['seed']}; split file sha256 {run['manifest_sha256'][:12]}."
        + (f" {run['note']}" if "note" in run else "")
    )
