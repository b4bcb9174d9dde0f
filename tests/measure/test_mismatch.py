import numpy as np
import pytest

from neuroscope.measure.mismatch import find_mismatch
from neuroscope.measure.regions import regions_of
from neuroscope.records.volume import Volume


def glioma(labeled, *, dark_inside: bool, enhancing: bool = False):
    """Healthy brain of 100 +- 20; T2 bright in the tumor; FLAIR bright, or only at its rim."""
    z = np.mgrid[:60, :60, :60]
    far = np.sqrt(((z - np.array([30, 34, 26]).reshape(3, 1, 1, 1)) ** 2).sum(0))
    labels = np.where(far < 18, 1, 0).astype(np.uint8)
    if enhancing:
        labels[far < 9] = 3
    rng = np.random.default_rng(0)
    healthy = rng.normal(100, 20, labels.shape)
    t2 = np.where(labels > 0, 220, healthy)
    flair = np.where(labels > 0, np.where(dark_inside & (far < 15), 70, 200), healthy)
    segmentation = labeled(labels)
    images = {"t2": Volume(t2, np.eye(4)), "flair": Volume(flair, np.eye(4))}
    return regions_of(segmentation), images, np.argwhere(labels == 0)[::7].astype(float)


def test_bright_on_t2_and_dark_inside_on_flair_is_the_sign(labeled):
    found = find_mismatch(*glioma(labeled, dark_inside=True), "s")
    assert found.score.value == pytest.approx(1, abs=0.05)
    assert found.has_sign
    assert found.axis == 2
    assert abs(found.index - 26) <= 1
    assert found.position_mm == pytest.approx((30, 34, found.index), abs=0.5)


def test_a_tumor_that_is_bright_on_both_has_no_sign(labeled):
    found = find_mismatch(*glioma(labeled, dark_inside=False), "s")
    assert found.score.value < 0.05
    assert not found.has_sign


def test_an_enhancing_tumor_has_no_sign_and_says_why(labeled):
    found = find_mismatch(*glioma(labeled, dark_inside=True, enhancing=True), "s")
    assert found.score.value > 0.9
    assert not found.has_sign
    assert "enhances" in found.cautions[0]


def test_where_nobody_can_tell_what_enhances_there_is_no_sign(labeled):
    found = find_mismatch(*glioma(labeled, dark_inside=True), "s", sees_enhancement=False)
    assert found.score.value > 0.9
    assert not found.has_sign
    assert "cannot be told" in found.cautions[0]


def test_without_both_sequences_or_enough_tumor_there_is_no_score(labeled):
    regions, images, healthy = glioma(labeled, dark_inside=True)
    assert find_mismatch(regions, {"t2": images["t2"]}, healthy, "s") is None
    empty = regions_of(labeled(np.zeros((60, 60, 60))))
    assert find_mismatch(empty, images, healthy, "s") is None
    flat = {**images, "flair": Volume(np.ones((60, 60, 60)), np.eye(4))}
    assert find_mismatch(regions, flat, healthy, "s") is None
