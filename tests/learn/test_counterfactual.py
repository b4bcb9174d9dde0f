"""Covering the tumor must turn an answer that rests on it, and no other."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from neuroscope.learn.counterfactual import cover_tumors
from neuroscope.learn.dataset import FIGSHARE, load_slices
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import Answer

SIZE = 64
PLACES = {0: (0.36, 0.36), 1: (0.36, 0.64), 2: (0.62, 0.5)}


class LooksAtTheDiscs(nn.Module):
    """Answers with the brightest of the three places, and notumor when none is bright."""

    def forward(self, image: torch.Tensor) -> Answer:
        levels = []
        for row, column in PLACES.values():
            at_row, at_column = (round(((x - 0.5) / 0.9 + 0.5) * SIZE) for x in (row, column))
            patch = image[:, 0, at_row - 3 : at_row + 4, at_column - 3 : at_column + 4]
            levels.append(patch.mean((1, 2)))
        logits = torch.stack([*levels, torch.full_like(levels[0], 0.75)], 1) * 20
        return Answer(logits, torch.zeros(len(image), 4, 4, 4), logits)


def test_a_network_that_looks_at_the_tumor_turns_only_when_it_is_covered(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["train", "val", "test"], size=SIZE)
    found = cover_tumors(LooksAtTheDiscs(), slices)
    assert found.covered.n > 6
    assert found.covered.value == 1
    assert found.sham.value == 0


class NeverTurns(nn.Module):
    """Knows the answer from elsewhere: the slices come in a known order."""

    def __init__(self, labels: np.ndarray) -> None:
        super().__init__()
        self.logits = torch.eye(4)[torch.from_numpy(labels)]

    def forward(self, image: torch.Tensor) -> Answer:
        logits = self.logits[: len(image)]
        return Answer(logits, torch.zeros(len(image), 4, 4, 4), logits)


def test_a_network_that_looks_elsewhere_never_turns(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["val"], size=SIZE)
    slices = slices.select((slices.sources == FIGSHARE) & (slices.labels != NO_TUMOR))
    found = cover_tumors(NeverTurns(slices.labels), slices)
    assert found.covered.value == 0
