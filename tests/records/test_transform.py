import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from scipy.spatial.transform import Rotation

from neuroscope.errors import GeometryError
from neuroscope.records.transform import IDENTITY, Transform


def drawn(seed: int) -> Transform:
    rng = np.random.default_rng(seed)
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", rng.uniform(-40, 40, 3), degrees=True).as_matrix()
    matrix[:3, 3] = rng.uniform(-30, 30, 3)
    return Transform(matrix)


@given(seed=integers(0, 2**31))
def test_there_and_back_is_where_you_were(seed: int):
    transform = drawn(seed)
    points = np.random.default_rng(seed + 1).uniform(-100, 100, (5, 3))

    np.testing.assert_allclose(transform.inverse().carry(transform.carry(points)), points)
    np.testing.assert_allclose(
        transform.then(transform.inverse()).matrix, IDENTITY.matrix, atol=1e-12
    )


@given(seed=integers(0, 2**31))
def test_composing_is_doing_one_after_the_other(seed: int):
    first, second = drawn(seed), drawn(seed + 1)

    np.testing.assert_allclose(
        first.then(second).carry([3.0, -4.0, 5.0]), second.carry(first.carry([3.0, -4.0, 5.0]))
    )


def test_a_quarter_turn_about_s_carries_anterior_to_left():
    quarter = Transform(np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))

    np.testing.assert_allclose(quarter.carry([0.0, 10.0, 0.0]), [-10.0, 0.0, 0.0])
    assert quarter.rotation_deg == pytest.approx(90)
    assert quarter.shift_mm([0.0, 10.0, 0.0]) == pytest.approx(np.hypot(10, 10))
    assert quarter.is_rigid
    assert not quarter.is_identity


def test_stretching_and_mirroring_are_not_rigid_and_change_volumes():
    stretched = Transform(np.diag([1.1, 1.0, 1.0, 1.0]))
    mirrored = Transform(np.diag([-1.0, 1.0, 1.0, 1.0]))

    assert not stretched.is_rigid
    assert stretched.volume_factor == pytest.approx(1.1)
    assert not mirrored.is_rigid
    assert mirrored.volume_factor == pytest.approx(-1)


def test_a_matrix_that_flattens_space_is_refused():
    with pytest.raises(GeometryError, match="singular"):
        Transform(np.diag([1.0, 1.0, 0.0, 1.0]))
