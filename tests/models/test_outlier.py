"""The outlier reference against a known cloud."""

import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.models.outlier import (
    distance,
    fit_reference,
    load_reference,
    p_ordinary,
    save_reference,
)


def cloud(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(n, 8)) @ np.random.default_rng(9).normal(size=(8, 8))
    return mixed.astype(np.float32)


def test_ordinary_points_have_distance_one_and_uniform_ranks():
    reference = fit_reference(cloud(4000, 0), cloud(1000, 1))
    asked = cloud(1000, 2)
    assert np.sqrt((distance(asked, reference) ** 2).mean()) == pytest.approx(1, abs=0.1)
    assert (p_ordinary(asked, reference) < 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_far_points_are_called_unusual_and_never_impossible():
    reference = fit_reference(cloud(1000, 0), cloud(500, 1))
    p_far = p_ordinary(cloud(5, 3) * 20, reference)
    assert (p_far < 0.01).all()
    assert (p_far > 0).all()


def test_a_reference_survives_the_disk(tmp_path):
    reference = fit_reference(cloud(500, 0), cloud(100, 1))
    save_reference(reference, tmp_path)
    stored = load_reference(tmp_path)
    assert np.array_equal(distance(cloud(9, 4), stored), distance(cloud(9, 4), reference))


def test_a_missing_reference_says_so(tmp_path):
    with pytest.raises(ModelError, match="lacks"):
        load_reference(tmp_path)
