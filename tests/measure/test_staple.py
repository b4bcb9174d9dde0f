"""STAPLE against readers whose errors are known, against ITK, and where there is nothing to do."""

import numpy as np
import pytest
import SimpleITK

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.measure.staple import staple


def blob(shape=(40, 44, 36), center=(16, 24, 18), radius=9.0) -> np.ndarray:
    index = np.moveaxis(np.indices(shape), 0, -1)
    return np.linalg.norm(index - np.array(center), axis=-1) < radius


def read_by(truth, sensitivity, specificity, seed) -> np.ndarray:
    rng = np.random.default_rng(seed)
    draw = rng.random(truth.shape)
    return np.where(truth, draw < sensitivity, draw > specificity)


def test_simulated_readers_are_found_again():
    truth = blob(shape=(48, 44, 46), center=(23, 24, 21), radius=19.0)  # 30 % of its box
    wanted = {"a": (0.95, 0.90), "b": (0.80, 0.97), "c": (0.88, 0.93), "d": (0.70, 0.99)}
    masks = {name: read_by(truth, *rates, n) for n, (name, rates) in enumerate(wanted.items())}
    found = staple(masks)
    assert found.settled
    for name, (sensitivity, specificity) in wanted.items():
        assert found.sensitivity[name] == pytest.approx(sensitivity, abs=0.02)
        assert found.specificity[name] == pytest.approx(specificity, abs=0.02)
    wrong = (found.mask != truth).mean()
    assert wrong < 0.2 * min((mask != truth).mean() for mask in masks.values())


def test_readers_who_draw_the_same_are_right():
    truth = blob()
    found = staple({"a": truth, "b": truth, "c": truth})
    assert list(found.sensitivity.values()) == pytest.approx([1, 1, 1], abs=1e-6)
    assert list(found.specificity.values()) == pytest.approx([1, 1, 1], abs=1e-6)
    assert np.array_equal(found.mask, truth)
    assert found.p_inside[truth].min() > 1 - 1e-6
    assert found.p_inside[~truth].max() < 1e-6


def test_itk_agrees():
    masks = {name: read_by(blob(), 0.85, 0.93, seed) for seed, name in enumerate("abc")}
    masks["d"] = np.roll(blob(), 3, axis=1)
    found = staple(masks)
    part = [mask[found.box].astype(np.uint8) for mask in masks.values()]
    oracle = SimpleITK.STAPLEImageFilter()
    oracle.SetForegroundValue(1)
    expected = SimpleITK.GetArrayFromImage(
        oracle.Execute([SimpleITK.GetImageFromArray(m) for m in part])
    )
    assert np.abs(found.p_inside[found.box] - expected).max() < 1e-3
    assert list(found.sensitivity.values()) == pytest.approx(oracle.GetSensitivity(), abs=1e-4)
    assert list(found.specificity.values()) == pytest.approx(oracle.GetSpecificity(), abs=1e-4)


def test_empty_surroundings_change_nothing():
    masks = {"a": blob(), "b": np.roll(blob(), 2, axis=0), "c": np.roll(blob(), -2, axis=1)}
    wide = {name: np.pad(mask, 25) for name, mask in masks.items()}
    near, far = staple(masks), staple(wide)
    assert near.specificity == far.specificity
    assert np.array_equal(np.pad(near.p_inside, 25), far.p_inside)
    assert near.specificity["b"] < 0.97  # with all that air it would be nearly 1


def test_a_careless_reader_is_outvoted_and_told_apart():
    truth = blob(shape=(64, 64), center=(25, 37), radius=11)
    careless = np.zeros_like(truth)
    careless[5:30, 5:30] = True
    found = staple({"a": truth, "b": np.roll(truth, 1, axis=0), "careless": careless})
    assert found.sensitivity["careless"] < 0.5 < found.sensitivity["a"]
    assert not found.mask[5:12, 5:12].any()


def test_nothing_marked_is_nothing_known():
    nothing = np.zeros((8, 9, 10), bool)
    found = staple({"a": nothing, "b": nothing})
    assert not found.p_inside.any()
    assert np.isnan(list(found.sensitivity.values())).all()


def test_one_reader_or_two_grids_are_refused():
    with pytest.raises(BadInputError):
        staple({"a": blob()})
    with pytest.raises(GeometryMismatchError):
        staple({"a": blob(), "b": blob(shape=(40, 44, 30))})
