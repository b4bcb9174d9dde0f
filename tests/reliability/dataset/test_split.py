"""No group is parted, classes stay balanced, and leaks are those of groups."""

from collections import Counter

import numpy as np
import pytest

from neuroscope.records.dataaudit import Picture
from neuroscope.reliability.dataset.split import SHARES, leaked, propose_split


def cohort(seed, n=600):
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, 150, n))
    labels = np.array(["a", "b", "c"])[rng.choice(3, n, p=(0.6, 0.3, 0.1))]
    return [Picture(f"{k}.png", label=str(label)) for k, label in enumerate(labels)], groups


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_parted_and_every_label_gets_its_share(seed):
    pictures, groups = cohort(seed)
    split = np.array(propose_split(pictures, groups, seed=seed).split_of)
    assert all(len(set(split[groups == g])) == 1 for g in np.unique(groups))
    for label in "abc":
        of_label = Counter(split[[p.label == label for p in pictures]])
        for name, share in SHARES.items():
            assert of_label[name] / of_label.total() == pytest.approx(share, abs=0.06)


def test_a_huge_group_goes_to_training():
    pictures = [Picture(str(n), label="a") for n in range(100)]
    groups = np.array([0] * 60 + list(range(1, 41)))
    assert propose_split(pictures, groups).split_of[0] == "train"


def test_two_groups_are_too_few():
    assert propose_split([Picture("a"), Picture("b")], np.array([0, 1])) is None


def test_only_pictures_outside_training_leak():
    pictures = [Picture("a", split="Train"), Picture("b", split="test"),
                Picture("c", split="test"), Picture("d")]  # fmt: skip
    assert leaked(pictures, np.array([0, 0, 1, 0])).tolist() == [False, True, False, False]
