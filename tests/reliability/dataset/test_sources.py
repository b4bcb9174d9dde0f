"""Sources are told apart by their marks, and tied to labels only where they are."""

import numpy as np
import pytest
from scipy.stats import contingency

from neuroscope.reliability.dataset.sources import (
    NAMES,
    _cramers_v,
    source_clusters,
    source_features,
)


def marks(seed, follows_label):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, 200)
    source = labels if follows_label else rng.integers(0, 2, 200)
    features = rng.normal(size=(200, len(NAMES)))
    features[:, :3] += 8 * source[:, None]
    return features, labels, source


def test_a_label_with_a_source_of_its_own_is_noticed():
    features, labels, source = marks(0, follows_label=True)
    found = source_clusters(features, labels, ["ill", "well"], np.arange(200))
    assert len(found.clusters) == 2
    assert found.cramers_v > 0.9
    assert found.p < 0.01
    assert sorted(len(c.labels) for c in found.clusters) == [1, 1]
    assert len(set(zip(found.cluster_of, source.tolist(), strict=True))) == 2


def test_sources_that_hold_both_labels_are_no_shortcut():
    features, labels, _ = marks(1, follows_label=False)
    found = source_clusters(features, labels, ["ill", "well"], np.arange(200))
    assert found.cramers_v < 0.25
    assert found.p > 0.01


def test_it_says_why_it_cannot_tell():
    few = np.zeros((5, len(NAMES)))
    assert "5 pictures" in source_clusters(few, np.zeros(5, int), ["a"], np.arange(5))
    same = np.zeros((50, len(NAMES)))
    assert "do not differ" in source_clusters(same, np.zeros(50, int), ["a"], np.arange(50))


def test_without_labels_clusters_stand_alone():
    features, _, _ = marks(2, follows_label=False)
    found = source_clusters(features, np.full(200, -1), [], np.arange(200))
    assert np.isnan(found.cramers_v)
    assert len(found.clusters) == 2


def test_marks_are_those_they_are_called():
    gray = np.zeros((40, 60), np.float32)
    gray[15:25, 20:40] = 255
    found = dict(zip(NAMES, source_features(gray, gray > 0), strict=True))
    assert found["tall"] == np.log(40)
    assert found["wide"] == np.log(60)
    assert found["bright border"] == 0
    assert found["white pixels"] == found["a large head"] == 200 / 2400


def test_the_association_is_that_of_scipy_corrected_for_chance():
    rng = np.random.default_rng(3)
    first = rng.integers(0, 5, 400) * 2  # codes that leave some out
    second = np.where(rng.random(400) < 0.4, first // 2, rng.integers(0, 4, 400))
    table = contingency.crosstab(first, second).count
    n, (rows, columns) = 400, table.shape
    phi = contingency.association(table, "cramer") ** 2 * (min(rows, columns) - 1)
    phi -= (rows - 1) * (columns - 1) / (n - 1)
    sides = [k - (k - 1) ** 2 / (n - 1) for k in (rows, columns)]
    assert _cramers_v(first, second) == pytest.approx(np.sqrt(phi / (min(sides) - 1)))
