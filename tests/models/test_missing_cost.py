"""What the card says of missing sequences."""

import itertools
import json

import pytest

from neuroscope.models.cards import SHIPPED, read_card
from neuroscope.models.missing_cost import CARD, cost_of_missing
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import CHANNELS

WEIGHTS = ModelRef("segmenter", "1", "a" * 64)


@pytest.fixture
def folder(tmp_path):
    """A card with known numbers."""
    table = {
        "title": "Missing sequences",
        "columns": ["sequences", "n", "WT", "TC", "ET"],
        "lines": [
            ["t1, t1c, t2, flair", "8", "0.8", "0.65", "0.6"],
            ["t1, t1c, t2", "7", "0.5", "0.506", "0.55"],
        ],
    }
    card = {"model": {"sha256": WEIGHTS.sha256}, "tables": [table]}
    (tmp_path / CARD).write_text(json.dumps(card))
    return tmp_path


def test_the_cost_is_told_in_dice_for_each_region(folder):
    said = cost_of_missing(WEIGHTS, ("t2", "t1", "t1c"), folder)

    assert said == (
        "Mean Dice on 7 synthetic gliomas so: whole tumor 0.50 instead of 0.80, "
        "core 0.51 instead of 0.65, enhancing tumor 0.55 instead of 0.60."
    )


def test_nothing_is_said_of_other_weights_or_of_what_was_not_measured(folder, tmp_path):
    assert cost_of_missing(ModelRef("segmenter", "2", "b" * 64), ("t1", "t1c", "t2"), folder) == ""
    assert cost_of_missing(WEIGHTS, ("t2",), folder) == ""
    (folder / CARD).write_text("{}")
    assert cost_of_missing(WEIGHTS, ("t1", "t1c", "t2"), folder) == ""
    assert cost_of_missing(WEIGHTS, ("t1",), tmp_path / "nowhere") == ""


def test_the_shipped_card_tells_the_cost_of_every_subset():
    shipped = read_card(SHIPPED / CARD).model
    subsets = itertools.chain.from_iterable(itertools.combinations(CHANNELS, n) for n in (1, 2, 3))

    assert all("instead of" in cost_of_missing(shipped, subset) for subset in subsets)
