import numpy as np
import pytest

from neuroscope.phantom.scanner.kspace import PHASE_AXIS, disturb

SPACING = (1.0, 1.0, 1.0)
PLANES = ("axial", "coronal", "sagittal")


def ball(shape=(64, 72, 20)) -> np.ndarray:
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return (axes[0] ** 2 + axes[1] ** 2 < 0.3).astype(np.float32)


def run(image, plane="axial", motion=0.0, ringing=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return disturb(image, plane, SPACING, motion_mm=motion, ringing=ringing, rng=rng)


@pytest.mark.parametrize("plane", PLANES)
def test_a_calm_head_and_all_of_k_space_change_nothing(plane):
    image = np.random.default_rng(1).random((17, 20, 14), dtype=np.float32)

    np.testing.assert_allclose(run(image, plane), image, atol=1e-4)


def test_a_truncated_edge_overshoots_by_nine_percent():
    seen = run(ball(), ringing=0.5)  # Gibbs: 9 % of the jump, at any number of samples

    assert seen.max() == pytest.approx(1.09, abs=0.05)
    assert seen[32, 36].mean() == pytest.approx(1.0, abs=0.03)


def test_motion_smears_along_the_phase_encoding_axis():
    image = ball()
    outside = np.zeros(image.shape, bool)
    outside[28:36, :6] = outside[28:36, -6:] = True  # beside the ball along axis 1
    across = np.zeros(image.shape, bool)
    across[:6, 32:40] = across[-6:, 32:40] = True
    assert PHASE_AXIS["axial"] == 1

    ghosts = [run(image, motion=4.0, seed=seed) for seed in range(6)]

    assert np.mean([g[outside].mean() for g in ghosts]) > 2 * np.mean(
        [g[across].mean() for g in ghosts]
    )
    assert np.mean([g[outside].mean() for g in ghosts]) > 0.01


def test_the_head_stays_in_its_place():
    image = ball()
    for seed in range(5):
        seen = run(image, motion=2.0, seed=seed)
        centers = [
            np.average(np.argwhere(part > 0.5), axis=0, weights=part[part > 0.5])
            for part in (image, seen)
        ]
        assert np.abs(centers[0] - centers[1]).max() < 1.5


def test_more_motion_harms_more():
    image = ball()
    harm = [np.abs(run(image, motion=m, seed=3) - image).mean() for m in (0.0, 0.5, 2.0, 5.0)]

    assert harm == sorted(harm)
