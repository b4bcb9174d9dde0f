import numpy as np
import pytest

from neuroscope.phantom.whole_voxels import fitted_rate, voxels_for_rate

DAYS = [0, 60, 120, 180]


def grown(first: float, doubling_days: float, days=DAYS) -> list[float]:
    return [first * 2 ** (day / doubling_days) for day in days]


def test_the_rate_of_nothing_is_none():
    assert fitted_rate([0, 10], [0.0, 0.0]) is None
    assert fitted_rate([0, 10], [1.0, np.e]) == pytest.approx(0.1)


def test_the_fit_is_that_of_least_squares():
    volumes = [3.0, 4.5, 4.1, 9.0]
    assert fitted_rate(DAYS, volumes) == pytest.approx(np.polyfit(DAYS, np.log(volumes), 1)[0])


@pytest.mark.parametrize("doubling_days", [50, 1100, 4480, -200])
@pytest.mark.parametrize("first", [37.4, 1250.6, 20000.2])
def test_counts_are_whole_within_one_voxel_and_rise_or_fall_as_wished(first, doubling_days):
    wished = grown(first, doubling_days)
    counts = voxels_for_rate(DAYS, wished)

    assert all(abs(n - w) < 1 for n, w in zip(counts, wished, strict=True))
    assert counts == sorted(counts, reverse=doubling_days < 0)


def test_the_rate_is_nearer_than_by_rounding_each_volume():
    """Meningiomas of 10 ml and some at 2 mm: half a voxel is a hundredth of what they grow."""
    wishes = [grown(1250 + 7.3 * n, 4480) for n in range(40)]
    rate = np.log(2) / 4480
    rounded = [abs(fitted_rate(DAYS, np.rint(w).tolist()) / rate - 1) for w in wishes]
    chosen = [abs(fitted_rate(DAYS, voxels_for_rate(DAYS, w)) / rate - 1) for w in wishes]

    assert np.median(chosen) < np.median(rounded) / 3
    assert all(c <= r + 1e-12 for c, r in zip(chosen, rounded, strict=True) if r > 1e-4)


def test_where_the_rate_is_right_anyway_volumes_are_the_nearest():
    wished = grown(50000.4, 50)
    assert voxels_for_rate(DAYS, wished) == [round(w) for w in wished]


def test_a_series_of_many_visits_is_no_harder():
    days = [30 * n for n in range(60)]
    wished = grown(900.5, 4480, days)
    counts = voxels_for_rate(days, wished)

    assert all(abs(n - w) < 1 for n, w in zip(counts, wished, strict=True))
    assert fitted_rate(days, counts) == pytest.approx(np.log(2) / 4480, rel=1e-3)


def test_one_visit_and_less_than_a_voxel_are_counted_too():
    assert voxels_for_rate([0], [7.6]) == [8]
    assert voxels_for_rate([0, 10], [0.6, 0.7]) == [1, 1]
    assert voxels_for_rate([], []) == []
