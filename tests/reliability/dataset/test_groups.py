"""Groups are transitive, patients join them, and groupings are compared by pairs."""

from itertools import combinations

import numpy as np
import pytest

from neuroscope.records.dataaudit import Duplicate, Picture
from neuroscope.reliability.dataset.groups import completeness, groups_of, rand_index


def pair(i, j):
    return Duplicate(i, j, "near", "none", (0.0, 0.0), 0.99, 0.99)


def test_copies_of_copies_are_one_group():
    pictures = [Picture(str(n)) for n in range(5)]
    groups = groups_of(pictures, [pair(0, 3), pair(3, 4)])
    assert groups[0] == groups[3] == groups[4]
    assert len({groups[0], groups[1], groups[2]}) == 3


def test_patients_join_groups():
    pictures = [Picture("a", group="p1"), Picture("b"), Picture("c", group="p1"), Picture("d")]
    groups = groups_of(pictures, [pair(1, 2)])
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_rand_index_counts_pairs():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, (2, 30))
    agree = [
        (first[i] == first[j]) == (second[i] == second[j]) for i, j in combinations(range(30), 2)
    ]
    assert rand_index(first, second) == pytest.approx(np.mean(agree))
    assert rand_index(first, first) == 1.0
    assert rand_index(first[:1], second[:1]) == 1.0


def test_completeness_forgives_finding_more_but_not_less():
    known = np.array([0, 0, 1, 1, 2])
    assert completeness(np.zeros(5, int), known) == 1.0
    assert completeness(np.array([0, 0, 1, 2, 3]), known) == 0.5
    assert np.isnan(completeness(np.zeros(3, int), np.arange(3)))
