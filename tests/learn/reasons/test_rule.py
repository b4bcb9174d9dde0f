"""The rule says promote, refuse or insufficient as it is written down."""

from dataclasses import replace

import numpy as np
import pytest

from neuroscope.learn.reasons.held_out_scores import METRICS, Metric
from neuroscope.learn.reasons.paired import Difference
from neuroscope.learn.reasons.rule import Evidence, Rule, conditions, verdict_of
from neuroscope.records.certificate import (
    RIVALS,
    ClassCount,
    Comparison,
    MetricRow,
    Rival,
    Score,
)

GAINS: dict[Metric, float] = {
    "evidence_energy": 0.3,
    "pointing": 0.2,
    "wrong_reason_rate": -0.3,
    "ignored_share": -0.2,
    "flip_rate": -0.4,
    "balanced_accuracy": 0.02,
    "ece": -0.01,
}
BEFORE: dict[Metric, float] = {"flip_rate": 0.5}


def found(
    gains: dict[Metric, float] | None = None,
    *,
    before: dict[Metric, float] | None = None,
    wide: float = 0.002,
    p: float = 0.001,
    **changed: object,
) -> Evidence:
    """All that a good network shows, but for what is changed; all rivals are like before."""
    gained = GAINS | (gains or {})
    start = BEFORE | (before or {})

    def score(value: float) -> Score:
        return Score(value, value - wide, value + wide, 60, 40)

    rows, tests, differences = [], [], {}
    for metric, meaning in METRICS.items():
        was, gain = start.get(metric, 0.5), gained.get(metric, 0.0)
        now = score(was + gain)
        row = MetricRow(
            metric, meaning.name, "1", meaning.better, *[score(was), now] + [score(was)] * 2
        )
        rows.append(row)
        for rival in RIVALS:
            tests.append(Comparison(metric, rival, score(gain), p, p))
            differences[metric, rival] = Difference(
                gain, np.linspace(gain - wide, gain + wide, 101)
            )
    counts = tuple(ClassCount(c, 20, 10, 30, 15) for c in ("glioma", "meningioma", "pituitary"))
    return replace(
        Evidence(
            primary="evidence_energy",
            has_ignored=True,
            counts=counts,
            marked_classes=("glioma", "meningioma", "pituitary"),
            answered_classes=("glioma", "meningioma", "pituitary"),
            marked_patients=40,
            rows=tuple(rows),
            tests=tuple(tests),
            differences=differences,
            infeasible=False,
        ),
        **changed,
    )


def verdict(evidence: Evidence) -> str:
    return verdict_of(conditions(evidence, Rule()))[0]


def test_all_that_is_asked_gives_a_promotion_with_numbers():
    said, reasons = verdict_of(conditions(found(), Rule()))
    assert said == "promote"
    assert any("+0.300 (+0.298 to +0.302), p = 0.001" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("gains", "failed"),
    [
        ({"evidence_energy": 0.0}, "evidence_before"),
        ({"evidence_energy": -0.3}, "evidence_control_classification"),
        ({"pointing": -0.1}, "pointing"),
        ({"coverage": -0.1}, "coverage"),
        ({"wrong_reason_rate": 0.1}, "wrong_reasons"),
        ({"flip_rate": -0.2}, "flips"),
        ({"flip_rate": 0.0}, "flips_control_other_masks"),
        ({"balanced_accuracy": -0.02}, "accuracy"),
        ({"balanced_accuracy": -0.0095}, "accuracy"),
        ({"ece": 0.03}, "calibration"),
    ],
)
def test_whatever_is_not_shown_refuses(gains, failed):
    asked = conditions(found(gains), Rule())
    assert verdict_of(asked)[0] == "refuse"
    assert failed in {one.name for one in asked if not one.holds}


def test_what_is_not_beyond_chance_is_not_shown():
    assert verdict(found(p=0.06)) == "refuse"
    assert verdict(found({"evidence_energy": 0.001})) == "refuse"


def test_a_small_loss_of_accuracy_is_allowed_only_when_it_is_shown_to_be_small():
    assert verdict(found({"balanced_accuracy": -0.005})) == "promote"
    assert verdict(found({"balanced_accuracy": 0.0}, wide=0.03)) == "refuse"


def test_too_few_patients_are_never_a_pass_and_never_a_refusal():
    few = found(marked_patients=19)
    said, reasons = verdict_of(conditions(few, Rule()))
    assert said == "insufficient"
    assert "19 patients, 20 are needed" in reasons[0]
    bad = found({"evidence_energy": -0.3}, marked_patients=19)
    assert verdict(bad) == "insufficient"


@pytest.mark.parametrize("short", ["annotated_patients", "answer_patients"])
def test_one_class_with_too_few_patients_suffices_to_be_insufficient(short: str):
    whole = found()
    counts = (replace(whole.counts[0], **{short: 4}), *whole.counts[1:])
    said, reasons = verdict_of(conditions(replace(whole, counts=counts), Rule()))
    assert said == "insufficient"
    assert "glioma of 4 held-out patients, 5 are needed" in reasons[0]


def test_a_class_that_was_neither_marked_nor_replayed_is_not_asked_for():
    whole = found()
    counts = (replace(whole.counts[0], annotated_patients=0), *whole.counts[1:])
    assert verdict(replace(whole, counts=counts, marked_classes=("pituitary",))) == "promote"


def test_a_class_that_is_missing_altogether_is_insufficient():
    whole = found()
    assert verdict(replace(whole, counts=whole.counts[1:])) == "insufficient"


def test_nothing_held_out_is_insufficient():
    assert verdict(found(counts=(), marked_patients=0)) == "insufficient"


def with_rival(evidence: Evidence, metric: Metric, rival: Rival, value: float) -> Evidence:
    apart = Score(value, value - 0.01, value + 0.01, 60, 40)
    tests = tuple(
        replace(test, difference=apart) if (test.metric, test.against) == (metric, rival) else test
        for test in evidence.tests
    )
    return replace(evidence, tests=tests)


def test_where_the_ignored_part_was_read_the_flips_decide_against_other_marks():
    led = with_rival(found(), "evidence_energy", "control_other_masks", -0.2)
    assert verdict(led) == "promote"
    as_well = with_rival(found(), "flip_rate", "control_other_masks", 0.0)
    assert verdict(as_well) == "refuse"


def test_where_it_was_not_read_the_evidence_decides():
    still = found({"flip_rate": 0.0}, before={"flip_rate": 0.01})
    assert verdict(still) == "promote"
    led = with_rival(still, "evidence_energy", "control_other_masks", -0.2)
    assert verdict(led) == "refuse"
    assert verdict(found({"flip_rate": 0.03}, before={"flip_rate": 0.01})) == "refuse"


def test_all_attempts_together_spend_what_one_may():
    assert sum(Rule(attempt=n).level for n in range(1, 1000)) == pytest.approx(0.05, rel=2e-3)
    assert [Rule(attempt=n).stretch for n in (1, 2, 3, 10, 50)] == [1, 3, 6, 55, 55]


@pytest.mark.parametrize(
    "changed",
    [
        {"p": 0.006},
        {"gains": {"balanced_accuracy": -0.0081}},  # of 101 draws the lowest lies at -.0101
        {"gains": {"flip_rate": 0.0181}, "before": {"flip_rate": 0.01}},
    ],
)
def test_a_later_attempt_must_show_more(changed):
    first, third = (verdict_of(conditions(found(**changed), Rule(attempt=n)))[0] for n in (1, 3))
    assert (first, third) == ("promote", "refuse")


def test_an_attempt_too_many_is_insufficient_however_good():
    said, reasons = verdict_of(conditions(found(), Rule(attempt=11)))
    assert said == "insufficient"
    assert "asked 10 times" in reasons[0]
    assert verdict_of(conditions(found(p=0.0001), Rule(attempt=10)))[0] == "promote"


def test_a_run_that_kept_no_bound_is_refused():
    said, reasons = verdict_of(conditions(found(infeasible=True), Rule()))
    assert said == "refuse"
    assert "weights of before" in reasons[0]


def test_what_was_not_measured_is_not_shown():
    whole = found()
    nothing = Score(None, None, None, 0, 0)
    tests = tuple(
        replace(test, difference=nothing, p_adjusted=None)
        if test.metric == "evidence_energy"
        else test
        for test in whole.tests
    )
    asked = conditions(replace(whole, tests=tests), Rule())
    assert verdict_of(asked)[0] == "refuse"
    assert next(one for one in asked if one.name == "evidence_before").holds is None
