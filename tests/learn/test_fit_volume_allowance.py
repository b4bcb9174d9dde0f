"""The allowance is what healthy heads reach, and a further one rarely exceeds it."""

import numpy as np

from neuroscope.learn.fit_volume_allowance import bound, fit_volume_allowance


def test_a_further_head_exceeds_the_bound_in_5_percent_of_cases_at_most():
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(4000, 40)).tolist()
    above = [row[-1] > bound(row[:-1]) for row in drawn]
    assert 0.03 < np.mean(above) <= 0.06
    assert bound([0.5, 2.0, 1.0]) == 2.0


def test_series_with_contrast_have_an_allowance_of_their_own():
    heads = iter([1.0, 3.0])

    def margins(volumes):
        assert set(volumes) == {"t1", "t1c", "t2", "flair"}
        n = next(heads)
        return {"t1c": n, "t1": 2 * n, "t2": -n, "flair": 0.1}

    assert fit_volume_allowance(margins, heads=2) == (3.0, 6.0)


def test_healthy_heads_that_look_healthy_need_none():
    assert fit_volume_allowance(lambda volumes: dict.fromkeys(volumes, -1.0), heads=1) == (0.0, 0.0)
