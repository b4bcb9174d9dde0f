"""The page of a model's audit escapes what the set says and shows what is missing."""

import math

import pytest

from neuroscope.records.imported import Unreadable
from neuroscope.records.modelaudit import (
    AuditedSet,
    Curve,
    Measure,
    ModelAudit,
    ModelSheet,
    NotDone,
)
from neuroscope.report.model_audit import interval_text, model_audit_html, p_text
from neuroscope.statistics import Interval

EVIL = "<script>alert(1)</script>"


def audit() -> ModelAudit:
    interval = Interval(0.5, 0.25, 0.75, 60, 30)
    curve = Curve("robustness", EVIL, "severity", "share right", (0.0, 1.0), (1.0, 0.5))
    first = ModelSheet(
        name=EVIL, model_id="0123", kind="k", input_size=64, temperature=1.0,
        measures=(Measure("accuracy", "balanced accuracy", interval, "share", "how", "higher"),),
        curves=(curve,),
    )  # fmt: skip
    second = ModelSheet(name="second", model_id="4567", kind="k", input_size=64, temperature=1.0)
    return ModelAudit(
        data=AuditedSet(
            name=EVIL, pictures=60, patients=30, grouped_by="patient",
            unreadable=(Unreadable(EVIL, "It is torn.", "Look."),),
        ),
        models=(first, second), comparisons=(), answer=("It cannot be told.",),
        not_done=(NotDone("Localization", "No tumor is outlined.", "second"),), cautions=(EVIL,),
    )  # fmt: skip


def test_every_text_is_escaped() -> None:
    page = model_audit_html(audit())
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_what_a_model_lacks_is_said() -> None:
    page = model_audit_html(audit())
    assert "<td>50.0 % (25.0 to 75.0; n 60, 30 patients)</td><td>not done</td>" in page
    assert "No tumor is outlined." in page


@pytest.mark.parametrize(
    ("interval", "unit", "text"),
    [
        (
            Interval(0.5, 0.4, 0.6, 9, 9),
            "share",
            "50.0 % (40.0 to 60.0; n 9, 9 patients) insufficient",
        ),
        (
            Interval(2.0, 1.0, 3.0, 50, 40),
            "logit",
            "2.000 (1.000 to 3.000; n 50, 40 patients) logit",
        ),
        (Interval(math.nan, math.nan, math.nan, 0, 0), "share", "not known"),
        (Interval(7.0, 7.0, 7.0, 1, 1), "", "7.000"),
    ],
)
def test_numbers_carry_what_they_rest_on(interval: Interval, unit: str, text: str) -> None:
    assert interval_text(interval, unit) == text


def test_p() -> None:
    assert [p_text(p) for p in (0.0004, 0.04, math.nan)] == ["below 0.001", "0.040", "not tested"]
