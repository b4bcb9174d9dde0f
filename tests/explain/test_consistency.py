import numpy as np
import pytest

from neuroscope.explain.consistency import consistency_of, soft_dice
from neuroscope.records.volumeevidence import AxisMap

SHAPE = (48, 40, 44)
PLANES = ("sagittal", "coronal", "axial")


def blob(*center, sigma=5.0):
    grids = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    squares = sum((g - c) ** 2 for g, c in zip(grids, center, strict=True))
    return np.exp(-0.5 * squares / sigma**2).astype(np.float32)


def compared(*maps, brain=None, spacing=(1.0, 1.0, 1.0), **how):
    axes = [AxisMap(PLANES[n], values, 1 / 3) for n, values in enumerate(maps)]
    return consistency_of(axes, brain, spacing, **how)


def test_axes_that_agree_beat_every_shift():
    found = compared(blob(20, 15, 25), blob(20, 15, 25), blob(20, 15, 25), shifts=100)
    assert found.score == pytest.approx(1.0)
    assert found.p_value == pytest.approx(1 / 101)
    assert [pair.planes for pair in found.pairs] == [
        ("sagittal", "coronal"), ("sagittal", "axial"), ("coronal", "axial"),
    ]  # fmt: skip
    assert all(pair.spearman == pytest.approx(1.0) for pair in found.pairs)


def test_axes_that_point_apart_are_no_better_than_chance():
    found = compared(blob(8, 8, 8), blob(40, 32, 8), blob(8, 32, 36))
    assert found.score < 0.02
    assert found.p_value > 0.2


def test_unrelated_maps_are_rarely_called_consistent():
    rng = np.random.default_rng(5)
    p = [
        compared(
            *(blob(*rng.integers(0, SHAPE), sigma=8.0) for _ in range(3)), shifts=39, seed=seed
        ).p_value
        for seed in range(40)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.15


def test_the_distance_of_the_peaks_is_in_millimeters():
    found = compared(blob(20, 15, 25), blob(23, 19, 25), spacing=(1.0, 2.0, 1.0), shifts=9)
    assert found.pairs[0].peak_distance_mm == pytest.approx(np.hypot(3, 8))


def test_only_the_brain_counts():
    brain = np.zeros(SHAPE, bool)
    brain[:30] = True
    beside = blob(45, 20, 20, sigma=2.0)
    inside = compared(blob(15, 20, 20) + beside, blob(15, 20, 20), brain=brain, shifts=9)
    assert inside.score == pytest.approx(1.0, abs=1e-3)


def test_without_evidence_there_is_nothing_to_agree_on():
    nothing = np.zeros(SHAPE, np.float32)
    assert compared(nothing, nothing) is None
    half = compared(nothing, blob(20, 20, 20), shifts=9)
    assert half.score == 0.0
    assert np.isnan(half.pairs[0].peak_distance_mm)
    assert half.p_value == 1.0


def test_the_soft_dice_of_known_maps():
    a = np.array([[[0.0, 1.0, 3.0]]], np.float32)
    b = np.array([[[1.0, 1.0, 1.0]]], np.float32)
    assert soft_dice(a, b) == pytest.approx(2 * 2 / 7)
    assert soft_dice(np.zeros_like(a), np.zeros_like(a)) == 0.0
