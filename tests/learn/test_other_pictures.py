"""Drawn pictures are pictures, differ, and repeat with their seed."""

import numpy as np
import pytest

from neuroscope.learn.other_pictures import KINDS, SIDE, melted, other_picture, shuffled

HEAD = np.hypot(*np.mgrid[-1:1:120j, -1:1:120j]).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_gives_other_pictures_and_a_seed_the_same(kind):
    drawn = [other_picture(kind, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert drawn[0].shape == (SIDE, SIDE)
    assert drawn[0].dtype == np.float32
    assert 0 <= drawn[0].min() < drawn[0].max() <= 1
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.abs(drawn[0] - drawn[2]).mean() > 0.005


def test_shuffling_keeps_the_gray_values_and_moves_them():
    mixed = shuffled(HEAD, np.random.default_rng(0))
    rows, columns = mixed.shape
    assert 120 - rows < 6
    assert np.abs(mixed - HEAD[:rows, :columns]).mean() > 0.1
    assert mixed.mean() == pytest.approx(HEAD.mean(), rel=0.05)


def test_melting_leaves_no_edge():
    checks = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((15, 15))).astype(np.float32)
    assert np.ptp(melted(checks, np.random.default_rng(0))) < 0.5
