import numpy as np
import pytest

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.regrid import regrid
from neuroscope.phantom.pose import STILL, draw_pose

GRID = Grid((48, 52, 40), (2.0, 2.0, 2.0), (-47.0, -69.0, -36.0))


def onion() -> np.ndarray:
    """A core with a rim, edema around it, and a cavity beside."""
    x, y, z = GRID.points_mm()
    radius = np.sqrt(x**2 + (y + 18) ** 2 + (z - 4) ** 2)
    labels = np.zeros(GRID.shape, np.uint8)
    for limit, label in ((24, 2), (15, 3), (10, 1)):
        labels[radius < limit] = label
    labels[(labels == 0) & (np.abs(x - 30) < 8) & (np.abs(y) < 8) & (np.abs(z) < 8)] = 4
    return labels


def counts(labels: np.ndarray) -> dict:
    core = int((labels % 2 == 1).sum())
    return {"core": core, "edema": int((labels == 2).sum()), "cavity": int((labels == 4).sum())}


@pytest.mark.parametrize("seed", range(4))
def test_a_pose_keeps_every_volume_and_carries_the_center(seed: int):
    pose, labels = draw_pose(np.random.default_rng(seed)), onion()
    posed = regrid(labels, GRID, pose, 1, counts(labels))

    assert counts(posed) == counts(labels)
    for chosen in ((1, 3), (2,), (4,)):
        center = np.argwhere(np.isin(labels, chosen)).mean(0) * 2 + np.array(GRID.origin)
        there = np.argwhere(np.isin(posed, chosen)).mean(0) * 2 + np.array(GRID.origin)
        np.testing.assert_allclose(there, pose.carry(center), atol=0.5)  # a quarter of a voxel


def test_the_rim_stays_around_the_necrosis():
    labels = onion()
    posed = regrid(labels, GRID, draw_pose(np.random.default_rng(9)), 1, counts(labels))

    assert (posed == 1).sum() == pytest.approx((labels == 1).sum(), rel=0.05)


def test_thick_slices_hold_the_wanted_volumes():
    labels = onion()
    wanted = {part: count // 4 for part, count in counts(labels).items()}
    thick = regrid(labels, GRID, STILL, 4, wanted)

    assert thick.shape == (48, 52, 10)
    assert counts(thick) == wanted


def test_nothing_stays_nothing():
    empty = np.zeros(GRID.shape, np.uint8)
    assert not regrid(empty, GRID, STILL, 1, {"core": 0, "edema": 0, "cavity": 0}).any()
