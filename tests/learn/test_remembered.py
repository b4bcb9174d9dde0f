"""What a network may remember is told apart from what it has learned."""

from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.learn.dataset import SliceSet, load_slices
from neuroscope.learn.localization import MapScores
from neuroscope.learn.predict import Outputs
from neuroscope.learn.remembered import amend_card, told_apart
from neuroscope.learn.scores import Localization
from neuroscope.models.classes import NO_TUMOR

SIDECAR = {"temperature": 1.0, "evidence_threshold": 0.05}


@pytest.fixture
def held_out(disc_folder: Path) -> SliceSet:
    return load_slices(disc_folder, splits=["test"], size=32)


def perfect_but_for(slices: SliceSet, wrong: str) -> Outputs:
    """Answers that are right but for one slice, and even maps."""
    n = len(slices)
    logits = np.zeros((n, 4), np.float32)
    answers = slices.labels.copy()
    answers[slices.names.index(wrong)] = NO_TUMOR
    logits[np.arange(n), answers] = 9
    return Outputs(logits, np.ones((n, 4, 8, 8), np.float32), np.zeros((n, 3), np.float32))


def told(slices: SliceSet, copies: set[str], wrong: str):
    rows = [n for n, source in enumerate(slices.sources) if source == "mri2d_masks_figshare"]
    hit = np.array([float(slices.names[row] not in copies) for row in rows])
    found = Localization(hit, hit, hit, np.repeat(hit[:, None], 19, 1))
    maps = MapScores(found, slices.labels[rows], slices.units[rows])
    return told_apart(perfect_but_for(slices, wrong), maps, rows, SIDECAR, slices, copies)


def test_numbers_without_copies_are_of_the_other_slices_only(held_out: SliceSet):
    names = held_out.names
    copies = {names[0], names[6], names[7]}  # one of figshare, two of the other set
    found = told(held_out, copies, wrong=names[6])
    values = {row.name: row.interval for row in found.rows}
    assert values["balanced accuracy, 4-class set, no copy in training"].value == 1
    assert values["balanced accuracy, 4-class set, no copy in training"].n == 6
    assert (
        values["pointing of the evidence, figshare, unseen ranges, no copy in training"].value == 1
    )
    assert "3 of 14 test slices have a copy" in found.failure
    with_copy, without = found.table.lines
    assert with_copy[:2] == ("with a copy", "3")
    assert without[:2] == ("without", "11")
    assert "0.500" in with_copy[2]
    assert with_copy[-1].startswith("0.000")
    assert without[-1].startswith("1.000")


@pytest.mark.parametrize("share", ["none", "all"])
def test_where_all_slices_are_of_one_kind_nothing_is_told_apart(held_out: SliceSet, share: str):
    copies = set(held_out.names) if share == "all" else set()
    assert told(held_out, copies, wrong=held_out.names[0]) is None


def test_without_a_card_there_is_nothing_to_amend(tmp_path: Path, disc_folder: Path):
    with pytest.raises(ModelError, match="no card"):
        amend_card(tmp_path, disc_folder, tmp_path)
