"""Tell test slices apart that a network may remember: those with a copy in its training."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.errors import ModelError
from neuroscope.learn.card import COMMAND, NAME, Row, Table, put_card
from neuroscope.learn.dataset import FIGSHARE, FOUR_CLASS, SliceSet, load_slices
from neuroscope.learn.leaks import find_leaks
from neuroscope.learn.localization import MapScores, masked_slices, score_network
from neuroscope.learn.predict import Outputs, predict
from neuroscope.learn.scores import measure_answers
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.progress import Progress, ignore
from neuroscope.statistics import Interval

TITLE = "Test slices with and without a copy in training"
ENDS = ", no copy in training"
FAILURE = "test slices have a copy among the training slices"
ANSWERS = {
    f"{FOUR_CLASS}/balanced_accuracy": "balanced accuracy, 4-class set",
    f"{FIGSHARE}/balanced_accuracy": "balanced accuracy, figshare, unseen ranges",
    "both/ece": "ece, both sets",
}
MAPS = ("pointing", "mass", "iou")


@dataclass(frozen=True, slots=True, eq=False)
class ToldApart:
    """What a card says of copies: numbers without them, a table of both, the failure."""

    rows: list[Row]
    table: Table
    failure: str


def told_apart(
    outputs: Outputs,
    maps: MapScores,
    masked: list[int],
    sidecar: Mapping[str, Any],
    test: SliceSet,
    copies: Collection[str],
) -> ToldApart | None:
    """Measure test slices with and without a copy in training; None if all are of one kind.

    Parameters
    ----------
    maps, masked
        Scores of the maps of some test slices, and the rows of these in ``test``.
    copies
        Test slices with a copy in training, as ``set/file``.
    """
    has_copy = np.isin(test.names, list(copies))
    if not has_copy.any() or has_copy.all():
        return None
    with_copy = _numbers(outputs, maps, masked, sidecar, test, has_copy)
    without = _numbers(outputs, maps, masked, sidecar, test, ~has_copy)
    return ToldApart(
        rows=[
            Row(f"{name}{ENDS}", interval, "test slices without a copy in training", "test")
            for name, interval in without.items()
        ],
        table=Table(
            TITLE,
            "Copies in any mirroring, found by the audit of data sets. This network was trained "
            "with them and may remember the slices of the first line. Believe the second.",
            ("test slices", "n", *with_copy),
            [
                ("with a copy", str(int(has_copy.sum())), *map(_shown, with_copy.values())),
                ("without", str(int((~has_copy).sum())), *map(_shown, without.values())),
            ],
        ),
        failure=(
            f"{int(has_copy.sum())} of {len(test)} {FAILURE}, most of them mirrored, which the "
            "split does not know: accuracies on all test slices are too high. Believe the others."
        ),
    )


def amend_card(weights: Path, data: Path, out: Path, *, progress: Progress = ignore) -> Path:
    """Add to the card beside weights what test slices without a copy in training say.

    Parameters
    ----------
    weights
        Folder with the release files of the evidence network and its card.
    data
        Folder with the split file and both slice sets.
    out
        Receives the card and its page.

    Raises
    ------
    ModelError
        If there is no card yet.
    """
    path = weights / f"{NAME}.card.json"
    if not path.is_file():
        raise ModelError(
            f"There is no card in {weights.name}.",
            fix="Write one first: neuroscope evaluate classifier.",
        )
    card: dict[str, Any] = json.loads(path.read_text())
    network, sidecar = load_network(weights), read_sidecar(weights)
    test = load_slices(data, splits=["test"], size=network.shape.input_size)
    outputs = predict(network, test)
    masked = masked_slices(data, test)
    maps = score_network(outputs, masked, test, offset=network.centers.offset)
    progress(0.3)
    copies = find_leaks(data, progress=lambda done: progress(0.3 + 0.6 * done)).test
    found = told_apart(outputs, maps, [item.row for item in masked], sidecar, test, copies)
    card["metrics"] = [row for row in card["metrics"] if not row["name"].endswith(ENDS)]
    card["tables"] = [table for table in card["tables"] if table["title"] != TITLE]
    card["known_failures"] = [said for said in card["known_failures"] if FAILURE not in said]
    if found is not None:
        card["metrics"] += [row.as_dict() for row in found.rows]
        card["tables"] = [asdict(found.table), *card["tables"]]
        card["known_failures"] = [found.failure, *card["known_failures"]]
    progress(1.0)
    return put_card(card, out, NAME, command=COMMAND)


def _numbers(
    outputs: Outputs,
    maps: MapScores,
    masked: list[int],
    sidecar: Mapping[str, Any],
    test: SliceSet,
    kept: np.ndarray[Any, np.dtype[np.bool_]],
) -> dict[str, Interval]:
    chosen = Outputs(outputs.logits[kept], outputs.evidence[kept], outputs.embedding[kept])
    answers = measure_answers(chosen, test.select(kept), float(sidecar["temperature"]))
    found = maps.select(kept[masked]).intervals(float(sidecar["evidence_threshold"]))
    numbers = {title: answers[key] for key, title in ANSWERS.items()}
    return numbers | {
        f"{name} of the evidence, figshare, unseen ranges": found[name] for name in MAPS
    }


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f}-{interval.high:.3f})"
