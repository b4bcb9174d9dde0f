import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.pose import STILL, draw_pose, seen_from

GRID = Grid((40, 44, 36), (2.0, 2.0, 2.5), (-39.0, -61.0, -40.0))


@given(seed=integers(0, 2**31))
def test_a_pose_keeps_distances_and_handedness(seed: int):
    turn = draw_pose(np.random.default_rng(seed)).matrix[:3, :3]

    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(4))
def test_what_lies_at_a_point_is_seen_where_the_pose_carries_it(seed: int):
    """A field that is a linear function of place has known values after any motion."""
    pose = draw_pose(np.random.default_rng(seed))
    points = GRID.points_mm()
    slope = np.array([1.0, -2.0, 0.5], np.float32)
    seen = seen_from(np.tensordot(slope, points, 1), GRID, pose)

    back = np.linalg.inv(pose.matrix)
    before = np.moveaxis(points, 0, -1) @ back[:3, :3].T + back[:3, 3]
    middle = (slice(8, -8),) * 3
    np.testing.assert_allclose(seen[middle], (before @ slope)[middle], atol=1e-3)


def test_a_still_head_is_left_as_it_is():
    field = np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32)

    assert seen_from(field, GRID, STILL) is field
