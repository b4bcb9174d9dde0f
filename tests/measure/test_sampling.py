import numpy as np
import pytest

from neuroscope.measure.sampling import leveled, sampled
from neuroscope.records.volume import Volume

AFFINE = np.array([[-2.0, 0, 0, 20], [0, 0, 1.0, -5], [0, 3.0, 0, 0], [0, 0, 0, 1]])


def test_a_ramp_is_read_between_voxels_and_zero_outside():
    i, j, k = np.mgrid[:10, :8, :6]
    image = Volume((100 * i + 10 * j + k).astype(np.int16), AFFINE)
    index = np.array([[2.5, 3.0, 1.0], [4.0, 2.5, 4.5], [40.0, 0.0, 0.0]])
    found = sampled(image.voxels, image.affine, image.to_mm(index))
    np.testing.assert_allclose(found, [281, 429.5, 0])


def test_masks_are_read_at_the_nearest_voxel():
    mask = np.zeros((4, 4, 4), bool)
    mask[2, 2, 2] = True
    found = sampled(
        mask.astype(np.uint8), np.eye(4), np.array([[2.4, 1.6, 2.0], [2.6, 2.0, 2.0]]), order=0
    )
    assert found.tolist() == [1, 0]


def test_brightness_is_told_in_spreads_of_healthy_brain():
    rng = np.random.default_rng(1)
    voxels = rng.uniform(0, 100, (30, 30, 30))
    voxels[3, 3, 3] = 130
    image = Volume(voxels, np.eye(4))
    places = np.argwhere(np.ones(voxels.shape, bool))[::5].astype(float)
    found = leveled(image, places)
    assert found.at(np.array([[3.0, 3.0, 3.0]]))[0] == pytest.approx(1.0, abs=0.05)
    assert leveled(Volume(np.ones((3, 3, 3)), np.eye(4)), places) is None
    assert leveled(image, np.zeros((0, 3))) is None
