"""Write the model card: a JSON file that programs read, and a page made from it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from neuroscope.statistics import FEW_UNITS, Interval

NAME, COMMAND = "evidence", "neuroscope evaluate classifier"
CARD_NAME, PAGE_NAME = f"{NAME}.card.json", f"model-card-{NAME}.md"

INTENDED_USE = (
    "Research and teaching: to show, on a single MR slice of a head, which of four classes "
    "(glioma, meningioma, pituitary tumor, no tumor) a network sees, how sure it is, and which "
    "places made the decision. Not for diagnosis, and not for any other part of the body or kind "
    "of picture."
)
TRAINING_DATA = {
    "figshare brain tumor set (Cheng), contrast-enhanced T1 slices with masks": "CC BY 4.0",
    "4-class Kaggle set (merged from figshare, SARTAJ and Br35H slices)": (
        "public on Kaggle; its license is not recorded with our copy, so none of it is "
        "redistributed"
    ),
    "synthetic heads of `neuroscope phantom`, seeds from 500000": "made by this project",
}
SPLIT = (
    "Long contiguous ranges of figshare numbers with guard gaps (patients are contiguous, their "
    "ids are not public); 4-class slices that are figshare slices follow their number; near "
    "duplicates never cross. Intervals: 2,000 bootstrap samples of whole ranges or duplicate "
    "groups, drawn within classes. The figshare test ranges are only ten: their intervals are "
    "rough."
)
KNOWN_FAILURES = (
    (
        "Slices without tumor come from other scanners and sequences (also T2 and FLAIR, nearly "
        "all axial) than those with tumor, so 'no tumor' can be confused with 'other source'; "
        "moving tissue between slices and phantoms in training break this tie only in part."
    ),
    (
        "The figshare ranges stand for patients but are not patients: a patient at the edge of a "
        "range may be split, less the guard gaps."
    ),
    (
        "Real tumors of the training set were seen on T1 after contrast; non-enhancing gliomas, "
        "metastases, lymphomas, abscesses and lesions of other sequences were not seen and get one "
        "of the four names."
    ),
    "Maps are coarse: one place is 4 prepared pixels. See the table by size for small tumors.",
    (
        "Real tumor-free slices of a patient with a tumor never occur in the training data, only "
        "healed and synthetic ones."
    ),
    "Children, operated brains and slices with strong artifacts were not tested.",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One number of the card.

    Attributes
    ----------
    counted
        What every value stands for (heads, studies) if each is a unit of its own; empty for
        slices of units.
    """

    name: str
    interval: Interval
    how: str
    source: str
    counted: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Give the form that the reader of cards expects."""
        n, units = self.interval.n, self.interval.units
        basis = f"{n} {self.counted}" if self.counted else f"{n} slices in {units} units"
        few = f"; fewer than {FEW_UNITS} {self.counted or 'units'}" if units < FEW_UNITS else ""
        return {
            "name": self.name,
            "value": round(self.interval.value, 4),
            "unit": "1",
            "interval": [round(self.interval.low, 4), round(self.interval.high, 4)],
            "how": f"{self.how}; n = {basis}{few}",
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the card, as text."""

    title: str
    note: str
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]


def write_card(
    out: Path,
    sidecar: Mapping[str, Any],
    rows: Sequence[Row],
    tables: Sequence[Table],
    *,
    run: Mapping[str, Any],
    evaluated: Mapping[str, Any],
    failures: Sequence[str] = (),
) -> Path:
    """Write the JSON card and its page into a folder; give the path of the card.

    ``failures`` are those the evaluation has measured; they come before the known ones.
    """
    card = {
        "model": {
            "name": sidecar["name"],
            "version": sidecar["version"],
            "sha256": sidecar["sha256"],
        },
        "intended_use": INTENDED_USE,
        "training_data": TRAINING_DATA,
        "split": SPLIT,
        "metrics": [row.as_dict() for row in rows],
        "known_failures": [*failures, *KNOWN_FAILURES],
        "trained_on": _trained_on(run, sidecar.get("notes", {})),
        "training": {
            key: run.get(key)
            for key in (
                "config",
                "manifest_sha256",
                "left_out",
                "epoch",
                "seconds",
                "machine",
                "note",
            )
        },
        "evaluated": dict(evaluated),
        "temperature": sidecar["temperature"],
        "evidence_threshold": sidecar["evidence_threshold"],
        "tables": [asdict(table) for table in tables],
    }
    return put_card(card, out, NAME, command=COMMAND)


def put_card(card: Mapping[str, Any], out: Path, name: str, *, command: str) -> Path:
    """Write ``NAME.card.json`` and its page into a folder; give the path of the card."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.card.json"
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    page = rendered(card, command=command)
    (out / f"model-card-{name}.md").write_text(page, encoding="utf-8")
    return path


def rendered(card: Mapping[str, Any], *, command: str = COMMAND) -> str:
    """Render a card as a Markdown page that names the command which wrote it."""
    model = card["model"]
    parts = [
        f"# Model card: {model['name']} {model['version']}",
        f"Written by `{command}`; do not edit. **Research use only.**",
        f"Weights: sha256 `{model['sha256']}`. {card['trained_on']}",
        f"## Intended use\n\n{card['intended_use']}",
        "## Training data\n\n" + _bullets(f"{k}: {v}" for k, v in card["training_data"].items()),
        f"## Split\n\n{card['split']}",
        f"## Numbers on the {card['evaluated']['split']} split\n\n" + _metrics(card["metrics"]),
        *(f"## {t['title']}\n\n{t['note']}\n\n{_grid(t)}" for t in card["tables"]),
        "## Known failures\n\n" + _bullets(card["known_failures"]),
    ]
    return "\n\n".join(parts) + "\n"


def _metrics(metrics: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        (m["name"], f"{m['value']:.3f}", f"{m['interval'][0]:.3f}-{m['interval'][1]:.3f}", m["how"])
        for m in metrics
    ]
    return _grid({"columns": ("number", "value", "95 % interval", "how"), "lines": lines})


def _grid(table: Mapping[str, Any]) -> str:
    head = [list(table["columns"]), ["---"] * len(table["columns"])]
    return "\n".join("| " + " | ".join(line) + " |" for line in [*head, *table["lines"]])


def _bullets(lines: Any) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _trained_on(run: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    if not run:
        return "The record of the training run is missing."
    config = run["config"]
    return (
        f"Trained for {run['epoch']} epochs in {run['seconds'] / 60:.0f} minutes on "
        f"{run['machine']}; seed {config['seed']}; split file sha256 {run['manifest_sha256'][:12]}."
        + _left_out(run.get("left_out") or {})
        + (f" {run['note']}" if run.get("note") else "")
        + "".join(f" After training, {name}: {words}." for name, words in notes.items())
    )


def _left_out(counts: Mapping[str, int]) -> str:
    if not counts.get("train"):
        return ""
    return (
        f" Left out, because they look like a slice of another split, mirrored ones included: "
        f"{counts['train']:,} training and {counts['val']:,} validation slices."
    )
