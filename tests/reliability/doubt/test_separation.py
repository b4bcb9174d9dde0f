"""Two numbers on how a score parts two kinds of pictures."""

import numpy as np
import pytest

from neuroscope.reliability.doubt.separation import auroc, fpr_at_tpr


def test_by_hand():
    ordinary, foreign = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.35, 0.9])
    assert auroc(ordinary, foreign) == pytest.approx(7 / 8)
    assert fpr_at_tpr(ordinary, foreign, tpr=0.75) == 0
    assert fpr_at_tpr(ordinary, foreign, tpr=1.0) == 0.5


def test_ties_are_halves():
    assert auroc(np.zeros(5), np.zeros(3)) == 0.5


def test_what_looks_alike_passes_as_often():
    rng = np.random.default_rng(0)
    alike = fpr_at_tpr(rng.normal(size=4000), rng.normal(size=4000))
    assert alike == pytest.approx(0.95, abs=0.015)
    assert fpr_at_tpr(rng.normal(size=500), rng.normal(size=500) + 10) == 0
