import numpy as np
import pytest

from neuroscope.phantom.lesions.sizes import Table, even_ranks, skewed_ml, tied

TABLE = Table((1, 2, 10, 30, 60, 100, 120))


def ranks(seeds: range, count: int) -> np.ndarray:
    return np.array([even_ranks(np.random.default_rng([seed, 1]), count) for seed in seeds])


@pytest.mark.parametrize(("rank", "value"), [(0, 1), (0.05, 2), (0.5, 30), (1, 120)])
def test_a_table_gives_its_percentiles(rank, value):
    assert TABLE.at(rank) == pytest.approx(value)


def test_between_percentiles_the_logarithm_runs_evenly():
    assert TABLE.at(0.375) == pytest.approx(np.sqrt(10 * 30))


@pytest.mark.parametrize("first", [0, 150, 1000, 77_777])
def test_a_hundred_consecutive_seeds_cover_every_tenth_evenly(first):
    found = ranks(range(first, first + 100), 3)

    for axis in range(3):
        tenths = np.histogram(found[:, axis], 10, (0, 1))[0]
        assert tenths.min() >= 7
        assert tenths.max() <= 13


def test_ranks_of_one_seed_do_not_go_together():
    correlations = np.corrcoef(ranks(range(400), 3).T)

    assert np.abs(correlations - np.eye(3)).max() < 0.1


def test_ranks_take_nothing_from_the_stream():
    rng, twin = (np.random.default_rng([5, 1]) for _ in range(2))
    even_ranks(rng, 3)

    assert rng.random() == twin.random()


def test_tied_ranks_stay_even_and_have_the_wanted_correlation():
    free = np.random.default_rng(0).random((2000, 2))
    other = np.array([tied(a, b, 0.5) for a, b in free])

    assert np.abs(np.histogram(other, 4, (0, 1))[0] / 2000 - 0.25).max() < 0.03
    assert np.corrcoef(free[:, 0], other)[0, 1] == pytest.approx(0.48, abs=0.05)
    assert tied(0.3, 0.9, 1.0) == pytest.approx(0.3)


def test_a_skewed_volume_has_its_median_and_spread_in_the_logarithm_and_its_bounds():
    rng = np.random.default_rng(0)
    drawn = np.array([skewed_ml(rng, 20, 0.5, 8, 50) for _ in range(2000)])
    low, middle, high = np.percentile(drawn, [16, 50, 84])

    assert middle == pytest.approx(20, rel=0.05)
    assert [low, high] == pytest.approx([20 * np.exp(-0.5), 20 * np.exp(0.5)], rel=0.06)
    assert (drawn.min(), drawn.max()) == (8, 50)
