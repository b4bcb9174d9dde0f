"""What the card says of missing sequences."""

import itertools
import json

import pytest

from neuroscope.models.cards import SHIPPED, read_card
from neuroscope.models.missing_cost import CARD, HELD, measured_on
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import CHANNELS

WEIGHTS = ModelRef("segmenter", "1", "a" * 64)


@pytest.fixture
def folder(tmp_path):
    """A card with known numbers."""
    table = {
        "title": "Missing sequences",
        "columns": ["sequences", "n", "WT", "TC", "ET", HELD],
        "lines": [
            ["t1, t1c, t2, flair", "8", "0.8", "0.65", "0.6", "0.95"],
            ["t1, t1c, t2", "7", "0.75", "0.506", "0.55", "0.91"],
            ["t1, t1c", "7", "0.76", "0.5", "0.5", "0.89"],
            ["t1", "7", "0.74", "0.2", "0.1", "0.95"],
        ],
    }
    card = {"model": {"sha256": WEIGHTS.sha256}, "tables": [table]}
    (tmp_path / CARD).write_text(json.dumps(card))
    return tmp_path


def test_the_cost_is_told_in_dice_for_each_region(folder):
    found = measured_on(WEIGHTS, ("t2", "t1", "t1c"), folder)

    assert found is not None
    assert found.cost() == (
        "Mean Dice on 7 synthetic gliomas so: whole tumor 0.75 instead of 0.80, "
        "core 0.51 instead of 0.65, enhancing tumor 0.55 instead of 0.60."
    )


@pytest.mark.parametrize(
    ("present", "is_blind", "are_known"),
    [
        (("t1", "t1c", "t2"), False, True),
        (("t1", "t1c"), False, False),
        (("t1",), True, False),
    ],
)
def test_what_misses_most_tumors_is_blind_and_intervals_must_have_held(
    folder, present, is_blind, are_known
):
    found = measured_on(WEIGHTS, present, folder)
    assert found is not None
    assert (found.is_blind, found.are_intervals_known) == (is_blind, are_known)


def test_a_card_that_does_not_tell_of_intervals_lets_none_through(folder):
    card = json.loads((folder / CARD).read_text().replace(HELD, "something else"))
    (folder / CARD).write_text(json.dumps(card))
    found = measured_on(WEIGHTS, ("t1", "t1c", "t2"), folder)
    assert found is not None
    assert not found.are_intervals_known


def test_nothing_is_said_of_other_weights_or_of_what_was_not_measured(folder, tmp_path):
    others = ModelRef("segmenter", "2", "b" * 64)
    assert measured_on(others, ("t1", "t1c", "t2"), folder) is None
    assert measured_on(WEIGHTS, ("t2",), folder) is None
    (folder / CARD).write_text("{}")
    assert measured_on(WEIGHTS, ("t1", "t1c", "t2"), folder) is None
    assert measured_on(WEIGHTS, ("t1",), tmp_path / "nowhere") is None


def test_the_shipped_card_tells_of_every_subset():
    shipped = read_card(SHIPPED / CARD).model
    subsets = itertools.chain.from_iterable(itertools.combinations(CHANNELS, n) for n in (1, 2, 3))
    found = [measured_on(shipped, subset) for subset in subsets]

    assert all(one is not None and one.held is not None for one in found)
    assert all("instead of" in one.cost() for one in found if one)
