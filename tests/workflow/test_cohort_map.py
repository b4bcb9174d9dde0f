import numpy as np
import pytest

from neuroscope.workflow.cohort_map import principal_plane


def test_the_plane_holds_the_two_widest_directions_and_like_lies_beside_like():
    rng = np.random.default_rng(0)
    centers = np.zeros((2, 6))
    centers[1, 3] = 10.0
    wide = np.repeat(centers, 30, axis=0) + rng.normal(0, 0.1, (60, 6))
    wide[:, 1] += np.tile([-2.0, 2.0], 30)
    places, (first, second) = principal_plane(wide.astype(np.float32))
    gap = abs(places[:30, 0].mean() - places[30:, 0].mean())
    assert gap == pytest.approx(10.0, rel=0.02)
    assert places[:30, 0].std() < 0.2
    assert np.abs(np.abs(places[:, 1]) - 2.0).max() < 0.5
    assert first > second > 0.05
    assert first + second == pytest.approx(1.0, abs=0.02)


def test_the_order_of_points_and_a_turn_of_the_solver_change_nothing():
    rng = np.random.default_rng(1)
    vectors = (rng.normal(size=(40, 5)) ** 3).astype(np.float32)
    places, _ = principal_plane(vectors)
    turned, _ = principal_plane(vectors[::-1].copy())
    np.testing.assert_allclose(turned[::-1], places, atol=1e-5)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_points_are_no_accident(number):
    places, shares = principal_plane(np.ones((number, 3), np.float32))
    assert places.shape == (number, 2)
    assert np.isfinite(places).all()
    assert sum(shares) <= 1.0
