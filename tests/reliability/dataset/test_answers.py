"""Leaked pictures are answered apart from those that nobody trained on."""

import numpy as np
import pytest

from neuroscope.records.dataaudit import Picture
from neuroscope.reliability.dataset.answers import accuracy_without_leaks


def test_leaks_lift_the_accuracy():
    pictures = [Picture(f"{n}", "a", "test") for n in range(100)] + [Picture("t", "a", "train")]
    leaked = np.array([True] * 50 + [False] * 51)
    answers = {f"{n}": "a" if n < 50 or n % 2 else "b" for n in range(100)} | {"t": "b"}
    found = accuracy_without_leaks(pictures, leaked, np.arange(101), answers, by="me")
    assert found.whole.value == pytest.approx(0.75)
    assert found.leaked.value == 1.0
    assert found.clean.value == pytest.approx(0.5)
    assert (found.whole.n, found.clean.n) == (100, 50)


def test_without_answers_it_says_so():
    found = accuracy_without_leaks([Picture("x", "a")], np.array([False]), np.arange(1), {}, by="")
    assert "No labeled picture" in found


def test_without_leaks_there_is_no_leaked_part():
    pictures = [Picture(f"{n}", "a") for n in range(5)]
    answers = {f"{n}": "a" for n in range(5)}
    nothing = np.zeros(5, bool)
    found = accuracy_without_leaks(pictures, nothing, np.arange(5), answers, by="me")
    assert found.leaked is None
    assert found.clean == found.whole
