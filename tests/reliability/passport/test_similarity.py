import numpy as np
import pytest
from scipy import stats

from neuroscope.errors import GeometryMismatchError
from neuroscope.reliability.passport.similarity import soft_dice, spearman


def test_ranks_correlate_as_scipy_says():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 8, 9))
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a.ravel(), b.ravel()).statistic)
    assert spearman(a, np.exp(a)) == pytest.approx(1)
    inside = rng.random((8, 9)) < 0.5
    expected = stats.spearmanr(a[inside], b[inside]).statistic
    assert spearman(a, b, inside) == pytest.approx(expected)


def test_a_constant_map_has_no_ranks():
    assert np.isnan(spearman(np.ones((3, 3)), np.arange(9.0).reshape(3, 3)))


def test_overlap_of_known_maps():
    a, b = np.array([[2.0, 0, -5]]), np.array([[1.0, 1, 0]])
    assert soft_dice(a, b) == pytest.approx(2 * 1 / 4)
    assert soft_dice(a, a) == 1
    assert soft_dice(a, -np.abs(a)) == 0
    assert np.isnan(soft_dice(-np.abs(a), -np.abs(a)))


def test_maps_of_two_grids_are_refused():
    with pytest.raises(GeometryMismatchError, match=r"\(2, 2\) and \(2, 3\)"):
        spearman(np.zeros((2, 2)), np.zeros((2, 3)))
    with pytest.raises(GeometryMismatchError):
        soft_dice(np.zeros((2, 2)), np.zeros((2, 2)), np.ones((3, 3), bool))
