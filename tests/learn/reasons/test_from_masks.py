"""Held-out slices are cut into blocks that stand for patients."""

import numpy as np

from neuroscope.learn.reasons.from_masks import blocks


def test_consecutive_numbers_of_a_range_are_one_patient():
    files = np.array([f"images/fig_{n:04d}.jpg" for n in (31, 32, 33, 47, 48)])
    units = np.array(["r0", "r0", "r0", "r0", "r0"])
    assert blocks(units, files).tolist() == ["r0.1", "r0.2", "r0.2", "r0.2", "r0.3"]


def test_blocks_never_join_two_ranges_and_do_not_depend_on_what_was_left_out():
    files = np.array([f"images/fig_{n:04d}.jpg" for n in range(64)])
    units = np.array(["a"] * 24 + ["b"] * 40)
    whole = blocks(units, files)
    assert whole[23] != whole[24]
    assert (blocks(units[::3], files[::3]) == whole[::3]).all()
