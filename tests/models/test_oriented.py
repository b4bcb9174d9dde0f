"""Turning grids: nothing may move in space, and left must stay left."""

import itertools

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.models.oriented import stacked, turn_to, turned_affine
from neuroscope.records.geometry import axis_codes
from neuroscope.records.volume import Volume

LETTERS = ("RL", "AP", "SI")
ORIENTATIONS = [
    "".join(pair[side] for pair, side in zip(order, sides, strict=True))
    for order in itertools.permutations(LETTERS)
    for sides in itertools.product((0, 1), repeat=3)
]


def oblique() -> Volume:
    """Random voxels on an anisotropic, slightly turned LPS grid."""
    angle = np.deg2rad(8)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([-1.0, -1.5, 3.0])
    affine[:3, 3] = (40.0, 30.0, -20.0)
    voxels = np.random.default_rng(1).normal(size=(6, 5, 4)).astype(np.float32)
    return Volume(voxels, affine)


def test_there_are_48_orientations():
    assert len(set(ORIENTATIONS)) == 48


@pytest.mark.parametrize("wanted", ORIENTATIONS)
def test_every_voxel_keeps_its_place_and_comes_back(wanted):
    given = oblique()
    turn = turn_to(given.affine, wanted)
    turned = Volume(turn.apply(given.voxels), turned_affine(given.affine, given.shape, turn))

    assert axis_codes(turned.affine) == wanted
    place = given.to_mm([2, 1, 3])
    index = tuple(np.rint(turned.to_voxel(place)).astype(int).tolist())
    np.testing.assert_allclose(turned.to_mm(np.array(index)), place, atol=1e-9)
    assert turned.voxels[index] == given.voxels[2, 1, 3]
    np.testing.assert_array_equal(turn.undo(turned.voxels), given.voxels)


@pytest.mark.parametrize("wrong", ["RLS", "RA", "XYZ"])
def test_letters_that_name_nothing_are_refused(wrong):
    with pytest.raises(BadInputError, match="no orientation"):
        turn_to(np.eye(4), wrong)


def test_channels_come_in_order_and_are_empty_outside_the_brain():
    t1 = oblique()
    flair = Volume(t1.voxels + 10, t1.affine)
    mask = np.zeros(t1.shape, bool)
    mask[1:4, 1:4, 1:3] = True
    stack = stacked({"t1": t1, "flair": flair}, Volume(mask, t1.affine), ("flair", "t1"),
                    orientation="RAS")  # fmt: skip

    assert stack.channels.shape == (2, 6, 5, 4)
    np.testing.assert_array_equal(stack.turn.undo(stack.channels[0]), flair.voxels * mask)
    np.testing.assert_array_equal(stack.turn.undo(stack.channels[1]), t1.voxels * mask)


def test_a_sequence_on_another_grid_is_sampled():
    grid = Volume(np.ones((20, 20, 20), bool), np.diag([1.0, 1.0, 1.0, 1.0]))
    i = np.indices((10, 10, 10))[0].astype(np.float32)
    ramp = Volume(i * 2, np.diag([2.0, 2.0, 2.0, 1.0]))  # gray value = mm to the right
    stack = stacked({"t2": ramp}, grid, ("t2",), orientation="RAS")
    np.testing.assert_allclose(stack.channels[0][:19, 5, 5], np.arange(19), atol=1e-4)
