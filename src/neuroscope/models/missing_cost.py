"""What leaving out sequences costs a segmenter, as the evaluation of its weights measured it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neuroscope.models.cards import SHIPPED
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import CHANNELS, REGIONS

CARD = "segmenter.card.json"
TABLE = "Missing sequences"  # as `learn/evaluate_segmenter.py` names it
HELD = "intervals held"
PARTS = {"WT": "whole tumor", "TC": "core", "ET": "enhancing tumor"}
BLIND_DICE = 0.75  # below it single tumors are missed as a whole: finding nothing tells nothing
LEAST_HELD = 0.9  # of intervals of 95 %; below it they are not given


@dataclass(frozen=True, slots=True)
class Measured:
    """How some sequences did on synthetic gliomas, and all four on the same.

    Attributes
    ----------
    found, whole
        Mean Dice by region, with these sequences and with all.
    held
        The share of intervals that held; None if the card is too old to tell.
    """

    gliomas: int
    found: Mapping[str, float]
    whole: Mapping[str, float]
    held: float | None

    @property
    def is_blind(self) -> bool:
        """Whether tumors are often missed on these sequences, in part or as a whole."""
        return self.found["WT"] < BLIND_DICE

    @property
    def are_intervals_known(self) -> bool:
        """Whether the intervals, fitted on all four sequences, hold on these too."""
        return not self.is_blind and self.held is not None and self.held >= LEAST_HELD

    def cost(self) -> str:
        """Say how far the overlap fell."""
        told = [
            f"{PARTS[name]} {self.found[name]:.2f} instead of {self.whole[name]:.2f}"
            for name in REGIONS
        ]
        return f"Mean Dice on {self.gliomas} synthetic gliomas so: {', '.join(told)}."


def measured_on(model: ModelRef, present: Sequence[str], folder: Path = SHIPPED) -> Measured | None:
    """Look up what the card says of these sequences.

    Parameters
    ----------
    model
        The weights; a card of others says nothing about them.
    present
        Roles, some of `CHANNELS`.

    Returns
    -------
    Measured | None
        None if the card does not tell.
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if card["model"]["sha256"] != model.sha256:
            return None
        table = next(one for one in card["tables"] if one["title"] == TABLE)
        lines = {
            frozenset(line[0].split(", ")): dict(zip(table["columns"], line, strict=True))
            for line in table["lines"]
        }
        found, whole = lines[frozenset(present)], lines[frozenset(CHANNELS)]
        return Measured(
            int(found["n"]),
            {name: float(found[name]) for name in REGIONS},
            {name: float(whole[name]) for name in REGIONS},
            float(found[HELD]) if HELD in found else None,
        )
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
