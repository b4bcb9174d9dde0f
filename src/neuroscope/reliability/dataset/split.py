"""Who leaks, and a split in which nobody does."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.dataaudit import Picture, Proposed

SHARES = {"train": 0.70, "val": 0.15, "test": 0.15}
FEWEST_GROUPS = 3
TRAINING = ("train", "training")


def is_training(split: str | None) -> bool:
    """Whether a split is named as one that is trained on."""
    return split is not None and split.lower() in TRAINING


def leaked(pictures: Sequence[Picture], groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark pictures outside training whose group has a picture in training, shape ``(n,)``."""
    trained = np.array([is_training(picture.split) for picture in pictures], np.bool_)
    asked = np.array([picture.split is not None for picture in pictures], np.bool_) & ~trained
    return asked & np.isin(groups, groups[trained])


def propose_split(
    pictures: Sequence[Picture], groups: NDArray[np.int64], *, seed: int = 0
) -> Proposed | None:
    """Deal whole groups out to train, val and test, 70 : 15 : 15 within every label.

    Returns
    -------
    Proposed | None
        None with fewer than three groups. The largest groups are dealt first, each to the split
        that lacks most of its labels; a group larger than a split goes to training.
    """
    labels = [picture.label or "" for picture in pictures]
    members: dict[int, list[int]] = {}
    for number, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(number)
    if len(members) < FEWEST_GROUPS:
        return None
    total = Counter(labels)
    missing = {
        name: {label: share * count for label, count in total.items()}
        for name, share in SHARES.items()
    }
    order = np.random.default_rng(seed).permutation(sorted(members)).tolist()
    split_of = [""] * len(labels)
    for group in sorted(order, key=lambda g: -len(members[g])):
        held = Counter(labels[number] for number in members[group])
        chosen = max(missing, key=lambda name: _need(missing[name], held, total, SHARES[name]))
        for label, count in held.items():
            missing[chosen][label] -= count
        for number in members[group]:
            split_of[number] = chosen
    return Proposed(tuple(split_of), dict(Counter(split_of)))


def _need(
    missing: dict[str, float], held: Counter[str], total: Counter[str], share: float
) -> float:
    """How much a split lacks of the labels of a group, as a share of what it should hold."""
    return sum(
        count * missing[label] / (share * total[label]) for label, count in held.items()
    ) / sum(held.values())
