import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from neuroscope.errors import BadInputError
from neuroscope.preprocess.resample import coarser, resample, straight_grid
from neuroscope.records.geometry import diagonal
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume

SLOPE = np.array([2.0, -3.0, 0.5])


def linear(shape: tuple[int, int, int], affine: np.ndarray) -> Volume:
    """A volume whose values are a linear function of place: known everywhere."""
    empty = Volume(np.zeros(shape), affine)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    return Volume((empty.to_mm(index) @ SLOPE).astype(np.float32), affine)


def orientations() -> list[np.ndarray]:
    found = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            matrix = np.eye(4)
            matrix[:3, :3] = (np.diag(signs) @ np.diag([1.5, 2.0, 2.5]))[:, list(order)]
            found.append(matrix)
    return found


@pytest.mark.parametrize("number", range(48))
def test_values_come_from_their_place_in_every_orientation(number):
    affine = orientations()[number]
    affine[:3, 3] = -(affine[:3, :3] @ [10, 11, 12])
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", [4, -7, 10], degrees=True).as_matrix()
    turn[:3, 3] = [3.0, -2.0, 1.0]
    moved = Transform(turn)
    like = Volume(np.zeros((5, 6, 7)), diagonal((1.1, 1.2, 1.3)))

    sampled = resample(linear((20, 22, 24), affine), like, to_like=moved)

    index = np.stack(np.meshgrid(*map(np.arange, like.shape), indexing="ij"), -1)
    expected = moved.inverse().carry(like.to_mm(index)) @ SLOPE
    np.testing.assert_allclose(sampled.voxels, expected, atol=1e-3)
    assert sampled.same_grid(like)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.bool_, np.uint16])
def test_labels_keep_their_type_and_values(dtype):
    labels = Volume((np.arange(60).reshape(3, 4, 5) % 2).astype(dtype), diagonal((2.0, 2.0, 2.0)))

    sampled = resample(labels, straight_grid(labels, 1.0), interpolation="nearest")

    assert sampled.voxels.dtype == dtype
    np.testing.assert_array_equal(sampled.voxels[::2, ::2, ::2], labels.voxels)


def test_what_is_not_covered_gets_the_value_for_it():
    volume = linear((4, 4, 4), diagonal((1.0, 1.0, 1.0)))
    far = Volume(np.zeros((2, 2, 2)), np.array(
        [[1.0, 0, 0, 500], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    ))  # fmt: skip

    assert (resample(volume, far, outside=-7.0).voxels == -7).all()


def test_a_straight_grid_keeps_the_middle_and_covers_the_volume():
    volume = linear((10, 21, 5), diagonal((0.9, 0.8, 6.5)))

    grid = straight_grid(volume, 2.0)

    middle = (np.array(volume.shape) - 1) / 2
    np.testing.assert_allclose(
        grid.to_mm((np.array(grid.shape) - 1) / 2), volume.to_mm(middle), atol=1e-9
    )
    assert (np.array(grid.shape) * 2.0 >= np.array([9.0, 16.8, 32.5]) - 1e-2).all()
    with pytest.raises(BadInputError):
        straight_grid(volume, 0.0)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (1.5, 1.5, 1.5), (0.78, 0.78, 6.5)])
def test_a_coarser_volume_shows_the_same_in_the_same_place(spacing):
    volume = linear((24, 26, 12), diagonal(spacing))

    thin = coarser(volume, 2.0)

    index = np.array([[2, 3, 1], [5, 4, 2]])
    np.testing.assert_allclose(thin.voxels[tuple(index.T)], thin.to_mm(index) @ SLOPE, atol=1e-3)
    assert min(thin.spacing_mm) > 1.5
    assert thin.spacing_mm[2] == pytest.approx(max(2.0, spacing[2]), rel=0.01)
