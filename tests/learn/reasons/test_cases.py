"""What is refused, what is held out, and how slices are drawn."""

import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.learn.reasons.cases import (
    Annotated,
    Cases,
    balanced_weights,
    check_fits,
    held_out,
    manifest_sha256,
)


def test_slices_that_fit_pass(network, marked, replayed):
    check_fits(network, marked(6), replayed(9))


def test_too_little_replay_is_refused(network, marked, replayed):
    with pytest.raises(BadInputError, match="5 slices are replayed for 6"):
        check_fits(network, marked(6), replayed(5))


def test_a_class_that_is_annotated_but_not_replayed_is_refused(network, marked, replayed):
    replay = replayed(30)
    without = replay.select(np.flatnonzero(replay.labels != 1))
    with pytest.raises(BadInputError, match="meningioma"):
        check_fits(network, marked(6), without)


def test_slices_of_another_size_are_refused(network, marked, replayed):
    replay = replayed(6)
    small = Cases(replay.images[:, :16, :16], replay.labels, replay.units)
    with pytest.raises(GeometryMismatchError, match="16"):
        check_fits(network, marked(6), small)


def test_marks_of_another_grid_are_refused(network, marked, replayed):
    given = marked(6)
    coarse = type(given.masks)(
        given.masks.evidence[:, ::2, ::2],
        given.masks.not_evidence[:, ::2, ::2],
        given.masks.unknown_weight,
        given.masks.weight,
    )
    with pytest.raises(GeometryMismatchError, match="cells"):
        check_fits(network, Annotated(given.cases, coarse), replayed(9))


def test_slices_of_one_patient_are_held_out_together_whoever_else_there_is():
    units = np.array([f"p{n // 5}" for n in range(500)])
    apart = held_out(units, 0.2, seed=0)
    by_unit = apart.reshape(100, 5)
    assert (by_unit.all(1) | ~by_unit.any(1)).all()
    assert 0.1 < apart.mean() < 0.3
    assert np.array_equal(held_out(units[100:], 0.2, seed=0), apart[100:])
    assert not np.array_equal(held_out(units, 0.2, seed=1), apart)
    assert not held_out(units, 0.0, seed=0).any()


def test_classes_and_patients_are_drawn_alike():
    labels = np.array([0] * 8 + [1] * 2, np.int64)
    units = np.array(["a"] * 6 + ["b", "c"] + ["d"] * 2)
    odds = balanced_weights(labels, units).numpy()
    assert odds[labels == 0].sum() == pytest.approx(odds[labels == 1].sum())
    assert [odds[units == name].sum() for name in "abc"] == pytest.approx([1 / 3] * 3)


def test_slices_of_weight_zero_are_dropped(marked):
    given = marked(4)
    given.masks.weight[1] = 0
    kept = given.marked()
    assert len(kept) == 3
    assert kept.cases.units.tolist() == ["u1.0", "u1.2", "u1.3"]


def test_the_manifest_names_all_that_decides_a_run(network, marked, replayed):
    given, replay = marked(4), replayed(6)
    known = manifest_sha256(network, given, replay, {"steps": 3})
    assert manifest_sha256(network, marked(4), replayed(6), {"steps": 3}) == known
    assert manifest_sha256(network, given, replay, {"steps": 4}) != known
    assert manifest_sha256(network, given, replayed(7), {"steps": 3}) != known
    given.masks.evidence[0, 0, 0] += 0.25
    assert manifest_sha256(network, given, replay, {"steps": 3}) != known
    given = marked(4)
    with torch.no_grad():
        network.head.bias[0] += 1e-3
    assert manifest_sha256(network, given, replay, {"steps": 3}) != known
