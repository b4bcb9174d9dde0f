"""Measure the plane network on slices it has never seen, and write its model card."""

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, ModelError
from neuroscope.hashing import file_sha256
from neuroscope.io.nifti import read_nifti
from neuroscope.learn.card import SPLIT, TRAINING_DATA, Row, Table, put_card
from neuroscope.learn.dataset import read_gray
from neuroscope.models.plane import PLANES, SIDECAR_NAME, PlaneNetwork, load_plane
from neuroscope.phantom.scanner.slices import AXIS_OF
from neuroscope.phantom.slices import upright
from neuroscope.preprocess.slice_input import find_head, head_view
from neuroscope.records.progress import Progress, ignore
from neuroscope.settings import Limits
from neuroscope.statistics import Interval, bootstrap_by_unit

NAME = "plane"
COMMAND = "neuroscope evaluate plane"
BRAINS = "brats3d/*/t1c.nii.gz"  # without skull, one for each patient
CUTS = 16  # of a volume in each plane
MIDDLE = (0.15, 0.85)  # part of the brain that they are spread over
INTENDED_USE = (
    "To name pictures of a set that were cut in another plane than declared or usual, so that a "
    "reader looks at them. Not for a diagnosis, and nothing in the analysis of a study rests on "
    "it. Research and teaching only."
)
KNOWN_FAILURES = (
    (
        "The planes of real slices were named by eye, once and not by a radiologist, from pictures "
        "of 96 pixels; some of those names will be wrong."
    ),
    "Oblique slices have no right answer: it names one of the three planes, or none.",
    (
        "Slices at the rim of the head, close-ups and pictures turned by a right angle are often "
        "not sure."
    ),
    (
        "Of brains without skull few are named, and some of the coronal ones wrongly: do not rely "
        "on it there."
    ),
    "Only brains were shown to it: on a knee or a spine its answer means nothing.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Views of known plane; row n of every array is view n."""

    name: str
    views: NDArray[np.uint8]
    planes: NDArray[np.int64]
    units: NDArray[Any]


def evaluate_plane(
    weights: Path,
    data: Path,
    labels: Path,
    out: Path,
    *,
    split: str = "test",
    progress: Progress = ignore,
) -> Path:
    """Measure the graph as it ships on slices whose plane is known; give the path of the card.

    Parameters
    ----------
    labels
        Table of slices of the development data and their planes, with the column ``unit``.
    out
        Receives ``plane.card.json`` and ``model-card-plane.md``.

    Raises
    ------
    ModelError
        If the folder holds no plane network.
    BadInputError
        If the table names no slice of the split.
    """
    network = load_plane(weights)
    if network is None:
        raise ModelError(
            f"There is no plane network in {weights.name}.",
            fix="Train first: neuroscope train plane",
        )
    sidecar = json.loads((weights / SIDECAR_NAME).read_text(encoding="utf-8"))
    size = network.spec.size
    sets = labeled(labels, data, split=split, size=size)
    progress(0.5)
    turned = [
        Shown(f"{one.name}, a quarter turn", np.rot90(one.views, 1, (1, 2)).copy(), *rest)
        for one in sets
        for rest in [(one.planes, one.units)]
    ]
    brains = of_volumes(data, size=size)
    progress(0.9)
    everything = [*sets, *turned, *([brains] if brains else [])]
    card = {
        "model": {key: sidecar[key] for key in ("name", "version", "sha256")},
        "intended_use": INTENDED_USE,
        "training_data": {**TRAINING_DATA, "planes of some slices, by eye": "made by this project"},
        "split": SPLIT,
        "metrics": [row.as_dict() for one in sets for row in _rows(one, network, split)],
        "known_failures": list(KNOWN_FAILURES),
        "trained_on": _trained_on(sidecar["run"]),
        "training": sidecar["run"],
        "evaluated": {"split": split, "labels_sha256": file_sha256(labels)},
        "tables": [asdict(_table(everything, network))],
    }
    return put_card(card, out, NAME, command=COMMAND)


def labeled(labels: Path, data: Path, *, split: str, size: int) -> list[Shown]:
    """Read the slices of a split that the table names, one set after the other.

    Raises
    ------
    BadInputError
        If there are none.
    """
    with labels.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == split]
    if not rows:
        raise BadInputError(f"'{labels.name}' names no slice of {split!r}.", fix="Use test or val.")
    found = []
    for name in sorted({row["set"] for row in rows}):
        own = [row for row in rows if row["set"] == name]
        pictures = (read_gray(data / name / row["file"]) for row in own)
        found.append(
            Shown(
                name,
                np.stack([head_view(gray, find_head(gray), size=size) for gray in pictures]),
                np.array([PLANES.index(row["plane"]) for row in own], np.int64),
                np.array([row["unit"] for row in own]),
            )
        )
    return found


def of_volumes(data: Path, *, size: int) -> Shown | None:
    """Cut brains without skull in all three planes; None where there is no such volume."""
    views, planes, units = [], [], []
    for path in sorted(data.glob(BRAINS)):
        volume = read_nifti(path, limits=Limits())
        toward = np.sign(np.diag(volume.affine)[:3]).astype(int)  # stored along the axes
        voxels = np.asarray(volume.voxels, np.float32)[:: toward[0], :: toward[1], :: toward[2]]
        voxels = 255 * (voxels - voxels.min()) / max(float(np.ptp(voxels)), 1e-6)
        for number, plane in enumerate(PLANES):
            others = tuple(axis for axis in range(3) if axis != AXIS_OF[plane])
            seen = np.flatnonzero((voxels > 10).any(axis=others))
            for share in np.linspace(*MIDDLE, CUTS):
                index = int(seen[round(share * (len(seen) - 1))])
                gray = np.ascontiguousarray(upright(voxels, plane, index))
                views.append(head_view(gray, find_head(gray), size=size))
                planes.append(number)
                units.append(path.parent.name)
    if not views:
        return None
    return Shown("brains without skull", np.stack(views), np.array(planes), np.array(units))


def _rows(shown: Shown, network: PlaneNetwork, split: str) -> list[Row]:
    named, accused, noticed = _outcomes(shown, network)
    right = np.where(named, ~accused, np.nan)
    return [
        Row(f"named, {shown.name}", _mean(named * 1.0, shown.units),
            "share whose plane it is sure of", split),
        Row(f"right among the named, {shown.name}", _mean(right, shown.units),
            "share of the planes it named that are right", split),
        Row(f"accused wrongly, {shown.name}", _mean(accused * 1.0, shown.units),
            "share of all that it would name as of a wrong plane though it is right", split),
        Row(f"wrong plane noticed, {shown.name}", _mean(noticed, shown.units),
            "share named as of a wrong plane where another one is expected, over both", split),
    ]  # fmt: skip


def _outcomes(
    shown: Shown, network: PlaneNetwork
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Say which slices are named, which named wrongly, and how often a wrong plane is noticed."""
    p_plane = network.p_plane(shown.views)
    named = p_plane.max(1) >= network.spec.sure
    answer = p_plane.argmax(1)
    expected = (shown.planes[:, None] + np.array([1, 2])) % len(PLANES)
    noticed = (named[:, None] & (answer[:, None] != expected)).mean(1)
    return named, named & (answer != shown.planes), np.asarray(noticed, np.float64)


def _mean(values: NDArray[np.floating], units: NDArray[Any]) -> Interval:
    kept = np.isfinite(values)
    known = values[kept]
    return bootstrap_by_unit(lambda rows: float(known[rows].mean()), units[kept])


def _table(everything: list[Shown], network: PlaneNetwork) -> Table:
    lines = []
    for shown in everything:
        named, accused, noticed = _outcomes(shown, network)
        for number, plane in enumerate(PLANES):
            own = shown.planes == number
            lines.append((
                shown.name, plane, str(int(own.sum())), str(len(np.unique(shown.units[own]))),
                f"{named[own].mean():.3f}", str(int(accused[own].sum())),
                f"{noticed[own].mean():.3f}",
            ))  # fmt: skip
    note = (
        f"A plane is named where its probability is {network.spec.sure:.3f} or more. Units are "
        "ranges, groups of near copies, or patients."
    )
    columns = ("pictures", "plane", "n", "units", "named", "named wrongly", "wrong plane noticed")
    return Table("Plane by plane", note, columns, lines)


def _trained_on(run: Mapping[str, Any]) -> str:
    config, labeled_ = run["config"], run["labeled"]
    return (
        f"Trained for {config['steps']} steps in {run['seconds'] / 60:.0f} minutes on "
        f"{run['machine']}, on {labeled_['train']} slices whose plane was named by eye and on "
        f"synthetic heads; seed {config['seed']}; labels sha256 {run['labels_sha256'][:12]}."
    )
