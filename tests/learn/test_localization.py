"""Scores on original pixels, for maps whose place is known."""

from pathlib import Path

import numpy as np
import pytest

from neuroscope.learn.dataset import FIGSHARE, load_slices
from neuroscope.learn.localization import (
    masked_slices,
    score_edges,
    score_gaussian,
    score_network,
    score_outlines,
)
from neuroscope.learn.predict import Outputs
from neuroscope.learn.scores import THRESHOLDS

SIZE = 64


def test_contributions_on_the_mask_score_high_and_elsewhere_low(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["val"], size=SIZE)
    masked = masked_slices(disc_folder, slices)
    assert [slices.sources[item.row] for item in masked] == [FIGSHARE] * 6
    cover = slices.masks.reshape(len(slices), 16, 4, 16, 4).mean((2, 4)) / 255
    evidence = np.zeros((len(slices), 4, 16, 16), np.float32)
    evidence[np.arange(len(slices)), slices.labels] = cover
    logits = np.eye(4, dtype=np.float32)[slices.labels]
    good = score_network(Outputs(logits, evidence, logits), masked, slices, offset=1.5)
    assert good.found.pointing.mean() == 1
    middle = int(np.abs(THRESHOLDS - 0.45).argmin())
    assert good.found.iou[:, middle].mean() > 0.75
    moved = Outputs(logits, np.roll(evidence, 6, -1), logits)
    bad = score_network(moved, masked, slices, offset=1.5)
    assert bad.found.mass.mean() < 0.2
    assert bad.found.pointing.mean() < 0.2


def test_intervals_hold_the_value_and_selection_keeps_rows(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["test"], size=SIZE)
    scores = score_gaussian(masked_slices(disc_folder, slices), slices, jump=4.0)
    found = scores.intervals(scores.best_threshold())
    assert set(found) == {"pointing", "strict_pointing", "mass", "iou"}
    assert found["mass"].low <= found["mass"].value <= found["mass"].high
    assert len(scores.select(scores.labels == 0).labels) == 2


def test_an_edge_detector_finds_the_rim_of_the_head_not_the_tumor(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["val"], size=SIZE)
    scores = score_edges(masked_slices(disc_folder, slices), slices, jump=4.0)
    assert scores.found.mass.mean() == pytest.approx(0.2, abs=0.2)


def test_outlines_shown_coarsely_reach_less(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["val"], size=SIZE)
    masked = masked_slices(disc_folder, slices)
    fine, coarse = (
        score_outlines(masked, slices, places=places, offset=(SIZE / places - 1) / 2)
        for places in (16, 2)
    )
    assert fine.found.mass.mean() > 0.6
    assert coarse.found.mass.mean() < 0.5 * fine.found.mass.mean()
    assert fine.found.pointing.mean() == 1
