"""Whether what the segmenter said of its doubt held, in studies with known answers."""

import pytest

from neuroscope.learn.segmenter_scores import Score, coverage_rows, doubt_table
from neuroscope.records.segmented import Estimate
from neuroscope.records.segmenterspec import REGIONS


def score(name: str, true_ml: float, dice: float | None, *, found_ml: float = 5.0) -> Score:
    """Foretold are 5 ml (2 to 9), and an overlap of 0.8 (0.7 to 0.9)."""
    of_all = dict.fromkeys(REGIONS)
    return Score(
        name,
        "meningioma",
        {**of_all, "WT": dice},
        {**of_all, "WT": found_ml, "TC": 0.0, "ET": 0.0},
        {**of_all, "WT": true_ml, "TC": 0.0, "ET": 0.0},
        volume={"WT": Estimate(found_ml, min(2.0, found_ml), 9.0)},
        expected={"WT": Estimate(0.8, 0.7, 0.9)},
    )


def test_the_share_of_studies_that_kept_the_promise_is_counted():
    scores = [
        score("both", 8.0, 0.75),
        score("volume only", 2.5, 0.6),
        score("none", 9.5, 0.95),
        score("false alarm", 0.0, 0.0),
        score("too small to count", 0.5, 0.8, found_ml=0.4),
    ]
    rows = {row.name: row for row in coverage_rows(scores, "test")}
    assert rows["WT volume within its interval"].interval.value == pytest.approx(2 / 4)
    assert rows["WT overlap within its interval"].interval.value == pytest.approx(1 / 4)
    assert rows["WT volume within its interval"].interval.n == 4
    with_tumor = rows["WT volume within its interval, with a tumor"].interval
    assert (with_tumor.value, with_tumor.n) == (pytest.approx(2 / 3), 3)  # no false alarm
    assert len(rows) == 4


def test_what_lies_outside_is_marked_in_the_table():
    table = doubt_table([score("a", 8.0, 0.75), score("b", 24.2, 0.46), score("c", 0.0, None)])
    assert table.lines == [
        ("a", "WT", "5.0 (2.0 to 9.0)", "8.0", "0.80 (0.70 to 0.90)", "0.75"),
        ("b", "WT", "5.0 (2.0 to 9.0)", "24.2, outside", "0.80 (0.70 to 0.90)", "0.46, outside"),
        ("c", "WT", "5.0 (2.0 to 9.0)", "0.0, outside", "0.80 (0.70 to 0.90)", "-"),
    ]
