import numpy as np
import pytest

from neuroscope.learn.evaluate_passport import (
    TRUE,
    _elsewhere,
    bounds_of,
    passes,
    table_row,
)
from neuroscope.learn.evaluate_passport import (
    WRONG as WRONG_MAPS,
)

WRONG = {
    "repeatability": [(n, n / 100) for n in range(101)],
    "faithfulness": [(n, -1.0) for n in range(20)],
    "localization": [(n, 0.2) for n in range(20)],
}
UNITS = np.array([f"p{n}" for n in range(101)])


ANSWERS = np.array(["glioma"] * 101)


def test_one_more_wrong_map_passes_in_5_of_100_and_no_bound_lies_below_0() -> None:
    bounds = bounds_of(WRONG, ANSWERS)
    assert bounds.each["repeatability"] == pytest.approx(0.96)  # the 97th of 101: 97 / 102 > .95
    assert bounds.each["faithfulness"] == 0.0
    assert bounds.each["localization"] == pytest.approx(0.2)


def test_bounds_of_faithfulness_differ_by_answer_where_there_are_maps_enough() -> None:
    values = [*np.linspace(-1, 1, 21), *np.linspace(1, 3, 21), *[9.0] * 5]
    answers = np.array(["glioma"] * 21 + ["pituitary"] * 21 + ["meningioma"] * 5)
    reached = {"repeatability": list(enumerate(values)), "faithfulness": list(enumerate(values))}
    bounds = bounds_of(reached, answers)
    assert bounds.by_answer == {"faithfulness": {"glioma": 1.0, "pituitary": 3.0}}
    assert bounds.of("faithfulness", "glioma") == 1.0
    assert bounds.of("faithfulness", "meningioma") == 9.0  # of too few: the bound of all
    assert bounds.of("repeatability", "glioma") == 9.0


def test_no_map_is_held_against_its_own_unit() -> None:
    """The one unit whose wrong map reaches far would raise its own bound, and fail by it."""
    wrong = [(n, 0.1) for n in range(39)] + [(39, 5.0)]
    reached = {TRUE: {"localization": [(39, 4.0)]}, WRONG_MAPS: {"localization": wrong}}
    answers, units = np.array(["glioma"] * 40), np.array([f"p{n}" for n in range(40)])
    reached = {kind: {"faithfulness": [], **tests} for kind, tests in reached.items()}
    passed = passes(reached, units, answers)
    assert passed[TRUE]["localization"] == [True]
    assert passed[WRONG_MAPS]["localization"] == [True] * 40


def test_an_answer_keeps_its_own_bound_when_a_unit_is_left_out() -> None:
    """Of 19 wrong maps one is left out: by the bound of all, the map would pass."""
    gliomas = [(n, 1.0) for n in range(19)]
    others = [(n, -1.0) for n in range(19, 400)]
    answers = np.array(["glioma"] * 19 + ["meningioma"] * 381)
    units = np.array([f"p{n}" for n in range(400)])
    wrong = {"faithfulness": [*gliomas, *others]}
    passed = passes({TRUE: {"faithfulness": [(0, 0.5)]}, WRONG_MAPS: wrong}, units, answers)
    assert passed[TRUE]["faithfulness"] == [False]


def test_the_table_counts_what_passed_by_answer() -> None:
    answers, units = np.array(["glioma", "glioma", "pituitary"]), np.array(["a", "b", "c"])
    reached = {"faithfulness": [(0, 1.0), (1, 2.0), (2, 3.0)], "localization": [(0, 0.5)]}
    passed = {"faithfulness": [True, False, True], "localization": [False]}
    row = table_row("edge detector", reached, passed, units, answers)
    assert row["faithfulness"]["median"] == 2.0
    assert row["faithfulness"]["passed"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert row["faithfulness"]["by_answer"]["glioma"]["value"] == 0.5
    assert row["faithfulness"]["by_answer"]["pituitary"]["n"] == 1
    assert row["localization"]["passed"]["value"] == 0.0
    assert "by_answer" not in row["localization"]


def test_a_kind_of_map_that_was_nowhere_tested_has_no_numbers() -> None:
    nothing = table_row("edge detector", {"localization": []}, {"localization": []}, UNITS, ANSWERS)
    assert nothing == {"map": "edge detector", "localization": None}


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
