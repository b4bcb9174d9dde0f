"""Candidates: every turn is undone by the pair it names, and no picture floods the list."""

import numpy as np
import pytest

from neuroscope.reliability.dataset import candidates
from neuroscope.reliability.dataset.candidates import TURNS, find_candidates


def unit(planes):
    planes = planes - planes.mean((1, 2), keepdims=True)
    return (planes / np.linalg.norm(planes, axis=(1, 2), keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("name", TURNS)
def test_a_turned_picture_is_found_under_its_turn(name):
    planes = np.random.default_rng(0).normal(size=(30, 16, 16))
    planes[20] = TURNS[name](planes[4])
    found = find_candidates(unit(planes))
    assert [4, 20] in found[name].tolist()
    assert sum(len(pairs) for pairs in found.values()) == 1


def test_the_eight_turns_are_the_eight_there_are():
    plane = np.arange(9).reshape(3, 3)
    assert len({TURNS[name](plane).tobytes() for name in TURNS}) == 8


def test_blocks_do_not_lose_pairs(monkeypatch):
    planes = np.random.default_rng(1).normal(size=(50, 16, 16))
    planes[45] = planes[2]
    planes[3] = planes[2]
    monkeypatch.setattr(candidates, "BLOCK", 7)
    found = {tuple(pair) for pair in find_candidates(unit(planes))["none"].tolist()}
    assert found == {(2, 3), (2, 45), (3, 45)}


def test_of_too_many_candidates_the_nearest_are_kept(monkeypatch):
    rng = np.random.default_rng(2)
    planes = rng.normal(size=(1, 16, 16)) + 0.05 * rng.normal(size=(12, 16, 16))
    planes[7] = planes[0]
    monkeypatch.setattr(candidates, "PER_PICTURE", 3)
    pairs = find_candidates(unit(planes))["none"]
    assert np.bincount(pairs[:, 0]).max() <= 3
    assert [0, 7] in pairs.tolist()
