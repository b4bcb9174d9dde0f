"""Copies are found and named; neighbors and strangers are not."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from tests.reliability.dataset.conftest import head, saved, stack

from neuroscope.reliability.dataset import duplicates
from neuroscope.reliability.dataset.duplicates import find_duplicates
from neuroscope.reliability.dataset.looks import look_at


def smaller(gray):
    side = round(0.8 * gray.shape[0])
    return saved(np.asarray(Image.fromarray(gray).resize((side, side), Image.Resampling.BICUBIC)))


CHANGES = {
    "exact": lambda gray: gray.copy(),
    "re-encoded": lambda gray: saved(gray, 70),
    "resized": smaller,
    "near": lambda gray: saved((255 * (gray / 255) ** 1.3).round().astype(np.uint8)),
    "flipped": lambda gray: saved(gray[:, ::-1]),
    "shifted": lambda gray: saved(ndimage.shift(gray, (3, -2), order=0)),
}


@pytest.fixture(scope="module")
def found(heads):
    """Sixty heads, ten copies of each kind, and what is found of them."""
    pictures, origin = list(heads), list(range(len(heads)))
    kinds = {}
    for kind, change in CHANGES.items():
        for number in range(10):
            kinds[len(pictures)] = kind
            pictures.append(change(heads[number]))
            origin.append(number)
    return find_duplicates([look_at(picture) for picture in pictures]), origin, kinds


@pytest.mark.parametrize("kind", CHANGES)
def test_every_copy_is_found_and_its_relation_named(found, kind):
    pairs, origin, kinds = found
    own = {p.second: p for p in pairs if p.first == origin[p.second] and p.first < 60}
    copies = [number for number, k in kinds.items() if k == kind]
    assert [own[number].relation for number in copies] == [kind] * 10


def test_no_two_heads_are_taken_for_one(found):
    pairs, origin, _ = found
    assert {origin[p.first] == origin[p.second] for p in pairs} == {True}


def test_all_copies_of_one_head_are_paired_with_each_other(found):
    pairs, _, kinds = found
    members = {0, *(number for number in kinds if (number - 60) % 10 == 0)}
    inside = [p for p in pairs if {p.first, p.second} <= members]
    assert len(inside) == len(members) * (len(members) - 1) // 2
    assert len({(p.first, p.second) for p in inside}) == len(inside)


@pytest.mark.parametrize(
    ("turn", "change"),
    [
        ("left-right", lambda g: g[:, ::-1]),
        ("up-down", lambda g: g[::-1]),
        ("half turn", lambda g: g[::-1, ::-1]),
        ("quarter turn", lambda g: np.rot90(g)),
        ("quarter turn", lambda g: np.rot90(g, 3)),
        ("diagonal", lambda g: g.T),
    ],
)
def test_the_turn_is_named(turn, change):
    gray = head(5)
    (pair,) = find_duplicates([look_at(gray), look_at(np.ascontiguousarray(change(gray)))])
    assert pair.relation == "flipped"
    assert pair.turn.endswith(turn)


def test_the_shift_is_measured():
    gray = head(7)
    moved = ndimage.shift(gray, (4, -3), order=0)
    (pair,) = find_duplicates([look_at(gray), look_at(moved)])
    assert pair.shift[0] == pytest.approx(-4 / 160, abs=0.003)
    assert pair.shift[1] == pytest.approx(3 / 160, abs=0.003)


def test_neighboring_slices_are_no_copies():
    slices = [look_at(one) for seed in range(6) for one in stack(100 + seed, 12)]
    pairs = find_duplicates(slices)
    assert all(pair.relation == "alike" for pair in pairs)
    beside = {
        (n, n + 1) for seed in range(6) for n, _ in pairwise(range(12 * seed, 12 * seed + 12))
    }
    found = {(pair.first, pair.second) for pair in pairs}
    assert len(found & beside) > 20, "neighbors are close enough to be a test at all"


def test_flat_pictures_and_no_pictures_make_no_pairs():
    assert find_duplicates([]) == ()
    flat = [look_at(np.full((64, 64), value, np.uint8)) for value in (0, 9, 200)]
    assert find_duplicates(flat) == ()


def test_exact_copies_of_flat_pictures_are_still_exact():
    flat = [look_at(np.full((64, 64), 9, np.uint8)) for _ in range(2)]
    (pair,) = find_duplicates(flat)
    assert pair.relation == "exact"


def test_16_bit_pictures_are_compared_by_their_own_range():
    gray = head(9)
    wide = gray.astype(np.uint16) * 257
    (pair,) = find_duplicates([look_at(gray), look_at(wide)])
    assert pair.relation in ("exact", "re-encoded", "near")


def test_many_pairs_are_confirmed_in_processes_with_the_same_result(heads, monkeypatch):
    monkeypatch.setattr(duplicates, "CHUNK", 8)
    looks = [look_at(picture) for gray in heads[:12] for picture in (gray, saved(gray, 70))]
    here = find_duplicates(looks, threads=2)
    monkeypatch.setattr(duplicates, "MANY", 1)
    assert find_duplicates(looks, threads=2) == here
    assert len(here) >= 12
