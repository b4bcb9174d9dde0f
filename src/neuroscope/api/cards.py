"""Read the model cards that lie beside the shipped weights."""

import json
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from neuroscope.api.schemas import ModelCardOut
from neuroscope.errors import ModelError


def read_cards() -> list[ModelCardOut]:
    """Read all cards, by name of their file.

    Raises
    ------
    ModelError
        If a card is not what the evaluation code writes.
    """
    folder = files("neuroscope.weights")
    cards = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".card.json")),
        key=lambda entry: entry.name,
    )
    return [_card(entry.name, json.loads(entry.read_text("utf-8"))) for entry in cards]


def _card(name: str, content: dict[str, Any]) -> ModelCardOut:
    try:
        return ModelCardOut.model_validate(content)
    except ValidationError as error:
        raise ModelError(
            f"The model card {name} is not complete ({error.error_count()} fields).",
            fix="Write it again: neuroscope evaluate.",
        ) from error
