"""The alarm sounds where a promise is broken, and seldom where it is kept."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom

from neuroscope.reliability.doubt.drift import watch


def test_p_is_the_exact_binomial_tail():
    misses = [True] * 9 + [False] * 41
    found = watch(misses, promised=0.1)
    assert found.p == pytest.approx(binom.sf(8, 50, 0.1))
    assert (found.asked, found.missed) == (50, 9)


def test_evidence_is_the_mean_likelihood_ratio_over_higher_rates():
    misses = [False, True, True, False, True]
    integral, _ = quad(lambda r: r**3 * (1 - r) ** 2, 0.1, 1)
    last = integral / 0.9 / (0.1**3 * 0.9**2)
    found = watch(misses, promised=0.1)
    assert found.evidence >= last - 1e-9
    assert watch(misses[::-1], promised=0.1).evidence >= last - 1e-9
    everything_at_the_end = watch([False, False, True, True, True], promised=0.1)
    assert everything_at_the_end.evidence == pytest.approx(last)


def test_a_kept_promise_seldom_sounds_the_alarm_however_often_one_looks():
    rng = np.random.default_rng(0)
    alarms = [
        watch((rng.random(100) < 0.1).tolist(), promised=0.1).verdict == "alarm" for _ in range(120)
    ]
    assert np.mean(alarms) <= 0.03


def test_a_broken_promise_is_noticed():
    rng = np.random.default_rng(1)
    noticed = [
        watch((rng.random(80) < 0.35).tolist(), promised=0.1).verdict == "alarm" for _ in range(40)
    ]
    assert np.mean(noticed) >= 0.95


def test_few_answers_are_no_reassurance_but_may_alarm():
    assert watch([False] * 19, promised=0.1).verdict == "insufficient"
    assert watch([False] * 20, promised=0.1).verdict == "holds"
    assert watch([True] * 8, promised=0.1).verdict == "alarm"


def test_no_answers_say_nothing():
    found = watch([], promised=0.1)
    assert (found.asked, found.p, found.evidence, found.verdict) == (0, 1.0, 1.0, "insufficient")


def test_a_promise_of_no_misses_is_refused():
    with pytest.raises(ValueError, match="promised is 0"):
        watch([True], promised=0.0)
