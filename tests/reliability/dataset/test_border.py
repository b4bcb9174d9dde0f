"""The border gives a label away only where it was planted."""

import numpy as np

from neuroscope.reliability.dataset.border import border_predictability


def test_a_planted_border_is_found_and_noise_is_not():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 150)
    noise = rng.normal(size=(150, 30)).astype(np.float32)
    planted = noise.copy()
    planted[:, 0] += 4 * labels
    found = border_predictability(planted, labels, np.arange(150))
    assert found.accuracy.value > 0.8
    assert found.chance == 1 / 3
    assert found.p < 0.01
    nothing = border_predictability(noise, labels, np.arange(150))
    assert nothing.accuracy.low < 1 / 3 < nothing.accuracy.high
    assert nothing.p > 0.01


def test_pictures_of_one_patient_do_not_teach_each_other():
    rng = np.random.default_rng(1)
    patients = np.repeat(np.arange(30), 8)
    labels = np.repeat(rng.integers(0, 2, 30), 8)  # dealt out by chance: nothing can be learned
    outside = np.repeat(rng.normal(size=(30, 20)), 8, 0).astype(np.float32)
    by_patient = border_predictability(outside, labels, patients)
    by_picture = border_predictability(outside, labels, np.arange(240))
    assert by_picture.accuracy.value > 0.95
    assert by_patient.accuracy.value < 0.75


def test_it_says_why_it_cannot_tell():
    outside = np.zeros((6, 4), np.float32)
    assert "one label" in border_predictability(outside, np.zeros(6, int), np.arange(6))
    few = border_predictability(outside, np.array([0, 0, 0, 0, 0, 1]), np.arange(6))
    assert "1 groups" in few
