"""A metric: what it refuses, and that its probe and its cosines agree."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError, ConflictError
from neuroscope.records.metric import Metric
from neuroscope.records.similar import Embedded, Entry, VectorSpace

SPACE = VectorSpace("known", "1", "a" * 64, "test-1", 4)


def test_scales_that_mean_nothing_are_refused():
    for scales in (np.ones(3), np.array([1, 1, 0, 1]), np.array([1, np.nan, 1, 1])):
        with pytest.raises(BadInputError, match="learn-similar"):
            Metric(SPACE, scales.astype(np.float32))


def test_the_probe_asks_for_the_product_that_the_metric_takes():
    rng = np.random.default_rng(0)
    metric = Metric(SPACE, np.array([0.5, 1, 2, 3], np.float32))
    query, others = rng.normal(size=4), rng.normal(size=(5, 4))
    scaled = (others * metric.scales) @ (query * metric.scales)
    probed = others @ metric.probe(query.astype(np.float32))
    assert np.argsort(probed).tolist() == np.argsort(scaled).tolist()
    assert np.allclose(probed / scaled, (probed / scaled)[0], atol=1e-5)


def test_vectors_stay_of_unit_length_and_of_their_space():
    rows = np.eye(4, dtype=np.float32)[:2]
    entries = tuple(Entry(f"e{n}", "slice", "c", "p", "p") for n in range(2))
    metric = Metric(SPACE, np.array([0.5, 1, 2, 3], np.float32))
    assert np.allclose(metric.applied(Embedded(SPACE, entries, rows)).vectors, rows)
    other = VectorSpace("known", "2", "b" * 64, "test-1", 4)
    with pytest.raises(ConflictError):
        metric.applied(Embedded(other, entries, rows))
