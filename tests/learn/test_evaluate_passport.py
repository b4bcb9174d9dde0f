import numpy as np
import pytest

from neuroscope.learn.evaluate_passport import _elsewhere, bounds_of, table_row

WRONG = {
    "repeatability": [(n, n / 100) for n in range(101)],
    "faithfulness": [(n, -1.0) for n in range(20)],
    "localization": [(n, 0.2) for n in range(20)],
}
UNITS = np.array([f"p{n}" for n in range(101)])


def test_wrong_maps_pass_in_5_of_100_and_no_bound_lies_below_0():
    bounds = bounds_of(WRONG)
    assert bounds["repeatability"] == pytest.approx(0.95)
    assert bounds["faithfulness"] == 0.0
    assert bounds["localization"] == pytest.approx(0.2)
    row = table_row("map of another slice", WRONG, bounds, UNITS)
    assert row["repeatability"]["passed"]["value"] == pytest.approx(0.0594, abs=1e-3)
    assert row["faithfulness"]["passed"]["value"] == 0.0


def test_a_kind_of_map_that_was_nowhere_tested_has_no_numbers():
    row = table_row("edge detector", {"localization": []}, {"localization": 0.1}, UNITS)
    assert row == {"map": "edge detector", "localization": None}


def test_a_wrong_map_lies_elsewhere_and_has_the_same_answer_if_it_can() -> None:
    evidence = np.zeros((5, 4, 8, 8), np.float32)
    at = [(1, 1), (1, 1), (6, 6), (1, 1), (6, 1)]  # of the answers below
    predicted = np.array([0, 0, 0, 2, 1])
    for row, (answer, place) in enumerate(zip(predicted, at, strict=True)):
        evidence[row, answer][place] = 1.0
    inside, units = np.ones((8, 8), bool), np.array(["a", "b", "c", "d", "a"])
    assert _elsewhere(0, predicted, units, evidence, inside) == 2
    alone = np.array([0, 0, 1, 2, 1])  # slice 1 answers alike, but at the same place
    evidence[2, 1, 6, 6] = 1.0
    assert _elsewhere(0, alone, units, evidence, inside) == 2
    nowhere = np.array(["a", "b", "a", "d", "a"])
    assert _elsewhere(0, alone, nowhere, evidence, inside) is None
