import numpy as np
import pytest

from neuroscope.learn.evaluate_passport import bounds_of, table_row

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
