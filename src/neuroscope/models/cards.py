"""Read the model cards that lie beside the shipped weights, and check the files they speak of."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuroscope.errors import ModelError, NotFoundError
from neuroscope.hashing import file_sha256
from neuroscope.records.measurement import Measurement
from neuroscope.records.modelcard import ModelCard
from neuroscope.records.prediction import ModelRef

SHIPPED = Path(__file__).resolve().parent.parent / "weights"
ENDING = ".card.json"
WRITE_AGAIN = "Install neuroscope again, or write the card: neuroscope evaluate classifier"


VOLUME_MODELS: Mapping[str, Mapping[str, str]] = {
    "segmenter": {"segmenter.safetensors": "sha256", "segmenter.onnx": "onnx_sha256"},
    "brain": {"brain.onnx": "onnx_sha256"},
}  # files and the member of the description that holds their hash


def read_cards(folder: Path = SHIPPED) -> tuple[ModelCard, ...]:
    """Read all cards in a folder, by name of their file.

    Raises
    ------
    ModelError
        If a card is damaged.
    """
    return tuple(read_card(path) for path in sorted(folder.glob(f"*{ENDING}")))


def read_card(path: Path) -> ModelCard:
    """Read one card.

    Raises
    ------
    ModelError
        If the file is missing or is not what the evaluation writes.
    """
    try:
        return _card(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The model card {path.name} is missing or damaged ({type(error).__name__}).",
            fix=WRITE_AGAIN,
        ) from error


def require_card(name: str, folder: Path = SHIPPED) -> ModelCard:
    """Find the card of a model by its name.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    cards = {card.model.name: card for card in read_cards(folder)}
    if name not in cards:
        raise NotFoundError(
            f"There is no model card '{name}'.",
            fix=f"Choose from: {', '.join(cards) or 'none is installed'}.",
        )
    return cards[name]


def shipped_card(model: ModelRef, folder: Path = SHIPPED) -> ModelCard | None:
    """Find the card of exactly these weights; None if the card speaks of others."""
    return next((c for c in read_cards(folder) if c.model.sha256 == model.sha256), None)


def damaged_files(folder: Path = SHIPPED) -> tuple[str, ...]:
    """Compare the weights with the hashes beside them; return what does not fit, and why.

    A folder without any file of one of the other networks, as a training run leaves it, is whole.
    """
    hashes = {"evidence.safetensors": "sha256", "evidence.onnx": "onnx_sha256"}
    found = _damaged(folder, "evidence.json", hashes)
    if (folder / "pose.json").exists() or (folder / "pose.onnx").exists():
        found += _damaged(folder, "pose.json", {"pose.onnx": "sha256"})
    if (folder / "plane.json").exists() or (folder / "plane.onnx").exists():
        found += _damaged(folder, "plane.json", {"plane.onnx": "sha256"})
    if (folder / "doubt.json").exists() or (folder / "doubt.npz").exists():
        found += _damaged(folder, "doubt.json", {"doubt.npz": "arrays_sha256"})
    for name, described in VOLUME_MODELS.items():
        if any((folder / file).exists() for file in (f"{name}.json", *described)):
            found += _damaged(folder, f"{name}.json", described)
    return tuple(found)


def _damaged(folder: Path, described_in: str, hashes: Mapping[str, str]) -> list[str]:
    try:
        sidecar: dict[str, Any] = json.loads((folder / described_in).read_text("utf-8"))
    except (OSError, ValueError):
        return [f"{described_in} is missing or damaged"]
    expected = {name: sidecar.get(key) for name, key in hashes.items()}
    found = []
    for name, sha256 in expected.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif sha256 is not None and file_sha256(path) != sha256:
            found.append(f"{name} has another hash than {described_in} names")
    return found


def _card(content: Mapping[str, Any]) -> ModelCard:
    return ModelCard(
        model=ModelRef(**{k: str(content["model"][k]) for k in ("name", "version", "sha256")}),
        intended_use=str(content["intended_use"]),
        training_data={str(k): str(v) for k, v in content["training_data"].items()},
        split=str(content["split"]),
        metrics=tuple(_metric(metric) for metric in content["metrics"]),
        known_failures=tuple(map(str, content["known_failures"])),
        trained_on=str(content["trained_on"]),
    )


def _metric(content: Mapping[str, Any]) -> Measurement:
    interval = content.get("interval")
    return Measurement(
        name=str(content["name"]),
        value=float(content["value"]),
        unit=str(content["unit"]),
        how=str(content["how"]),
        source=str(content["source"]),
        interval=None if interval is None else (float(interval[0]), float(interval[1])),
    )
