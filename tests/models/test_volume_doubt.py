"""Intervals of volumes: possible, nested, and as wide as doubt says."""

import pytest
from hypothesis import given
from hypothesis.strategies import floats, tuples

from neuroscope.models.volume_doubt import ball_ml, ball_mm, doubt_of, volume_estimates
from neuroscope.records.segmenterspec import REGIONS

ERROR_MM = {"WT": 30.0, "TC": 50.0, "ET": 35.0}
shares = tuples(*(floats(0, 1) for _ in REGIONS))


def by_region(*values: float) -> dict[str, float]:
    return dict(zip(REGIONS, values, strict=True))


def test_a_ball_of_20_mm_holds_4_19_ml():
    assert ball_ml(20.0) == pytest.approx(4.19, abs=0.01)
    assert ball_mm(ball_ml(20.0)) == pytest.approx(20)
    assert ball_ml(-3.0) == 0


def test_an_error_of_5_mm_lies_on_both_sides_of_a_ball_of_20_mm():
    found = by_region(*[ball_ml(20.0)] * 3)
    surest = by_region(1.0, 1.0, 1.0)
    error = dict.fromkeys(REGIONS, 5 / doubt_of(1.0))
    estimate = volume_estimates(found, surest, found, error_mm=error, brain_ml=1400.0)["WT"]
    assert estimate.low == pytest.approx(ball_ml(15.0))
    assert estimate.high == pytest.approx(ball_ml(25.0))


def test_an_unsure_enhancing_tumor_is_not_given_liters():
    """TCGA-DU-7294 had 4.8 ml (0.01 to 2959), the truth being none."""
    found, soft = by_region(79.7, 11.7, 4.8), by_region(0.83, 0.67, 0.61)
    estimate = volume_estimates(found, soft, found, error_mm=ERROR_MM, brain_ml=1246.0)["ET"]
    assert estimate.low == 0
    assert 20 < estimate.high < 60


@given(whole=floats(0, 2000), parts=shares, soft=shares, expected=shares)
def test_intervals_are_nested_and_fit_into_the_brain(whole, parts, soft, expected):
    brain_ml = 1200.0
    whole = min(whole, brain_ml)
    found = by_region(whole, whole * parts[0], whole * parts[0] * parts[1])
    expected_ml = by_region(*(brain_ml * share for share in expected))
    given = volume_estimates(
        found, by_region(*soft), expected_ml, error_mm=ERROR_MM, brain_ml=brain_ml
    )
    assert list(given) == list(REGIONS)
    lows = [given[name].low for name in REGIONS]
    highs = [given[name].high for name in REGIONS]
    assert lows == sorted(lows, reverse=True)
    assert highs == sorted(highs, reverse=True)
    assert highs[0] <= brain_ml
    assert lows[-1] >= 0
    assert [given[name].value for name in REGIONS] == list(found.values())


def test_where_nothing_was_found_there_may_be_what_the_probabilities_say():
    nothing, unsure = by_region(0.0, 0.0, 0.0), by_region(0.0, 0.0, 0.0)
    quiet = volume_estimates(nothing, unsure, nothing, error_mm=ERROR_MM, brain_ml=1200.0)
    assert quiet["ET"].high < 0.2
    faint = volume_estimates(
        nothing, unsure, by_region(3.0, 2.0, 1.0), error_mm=ERROR_MM, brain_ml=1200.0
    )
    assert [faint[name].high for name in REGIONS] == [3, 2, 1]


def test_less_overlap_is_more_doubt():
    doubts = [doubt_of(overlap) for overlap in (1.0, 0.9, 0.5, 0.0)]
    assert doubts == sorted(doubts)
