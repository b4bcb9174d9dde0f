"""Localization scores of maps whose scores are known."""

import numpy as np
import pytest

from neuroscope.learn.scores import THRESHOLDS, localize


def test_the_mask_itself_is_a_perfect_map():
    mask = np.zeros((40, 40), bool)
    mask[10:20, 12:30] = True
    found = localize([mask.astype(np.float32)], [mask], tolerance=[0.0])
    assert found.pointing[0] == found.strict_pointing[0] == 1
    assert found.mass[0] == pytest.approx(1)
    assert found.iou[0] == pytest.approx(np.ones(len(THRESHOLDS)))


def test_a_uniform_map_has_the_mass_of_the_area():
    mask = np.zeros((20, 20), bool)
    mask[:5] = True
    found = localize([np.ones((20, 20), np.float32)], [mask], tolerance=[0.0])
    assert found.mass[0] == pytest.approx(0.25)
    assert found.iou[0] == pytest.approx(np.full(len(THRESHOLDS), 0.25))


def test_tolerance_forgives_a_near_miss_only():
    mask = np.zeros((30, 30), bool)
    mask[10:15, 10:15] = True
    image = np.zeros((30, 30), np.float32)
    image[10, 17] = 1
    near = localize([image], [mask], tolerance=[3.0])
    far = localize([image], [mask], tolerance=[2.0])
    assert (near.pointing[0], near.strict_pointing[0], far.pointing[0]) == (1, 0, 0)


def test_negative_contributions_count_for_nothing():
    mask = np.zeros((10, 10), bool)
    mask[2:4, 2:4] = True
    image = np.where(mask, 1.0, -5.0).astype(np.float32)
    assert localize([image], [mask], tolerance=[0.0]).mass[0] == pytest.approx(1)


def test_a_map_without_positive_places_scores_nothing():
    mask = np.ones((5, 5), bool)
    found = localize([-np.ones((5, 5), np.float32)], [mask], tolerance=[0.0])
    assert found.mass[0] == 0
    assert found.iou[0].max() == 0
