"""What leaving out sequences costs a segmenter, as the evaluation of its weights measured it."""

import json
from collections.abc import Sequence
from pathlib import Path

from neuroscope.models.cards import SHIPPED
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import CHANNELS, REGIONS

CARD = "segmenter.card.json"
TABLE = "Missing sequences"  # as `learn/evaluate_segmenter.py` names it
PARTS = {"WT": "whole tumor", "TC": "core", "ET": "enhancing tumor"}


def cost_of_missing(model: ModelRef, present: Sequence[str], folder: Path = SHIPPED) -> str:
    """Say how far the overlap fell without the sequences that are not present.

    Parameters
    ----------
    model
        The weights; a card of others says nothing about them.
    present
        Roles, some of `CHANNELS`.

    Returns
    -------
    str
        A sentence with the numbers of the card; empty if it does not tell.
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if card["model"]["sha256"] != model.sha256:
            return ""
        table = next(one for one in card["tables"] if one["title"] == TABLE)
        lines = {
            frozenset(line[0].split(", ")): dict(zip(table["columns"], line, strict=True))
            for line in table["lines"]
        }
        found, whole = lines[frozenset(present)], lines[frozenset(CHANNELS)]
        told = [
            f"{PARTS[name]} {float(found[name]):.2f} instead of {float(whole[name]):.2f}"
            for name in REGIONS
        ]
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return ""
    return f"Mean Dice on {found['n']} synthetic gliomas so: {', '.join(told)}."
