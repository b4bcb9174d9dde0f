"""The plain values of an audit are JSON, whatever was not known."""

import json
import math

from tests.report.test_model_audit import audit

from neuroscope.records.modelaudit import SCHEMA, Finding, interval_dict
from neuroscope.statistics import Interval


def test_an_audit_is_plain_json() -> None:
    plain = json.loads(json.dumps(audit().as_dict(), allow_nan=False))
    assert plain["schema"] == SCHEMA
    assert plain["data"]["unreadable"][0]["problem"] == "It is torn."
    assert plain["models"][0]["measures"][0]["interval"]["units"] == 30
    assert plain["models"][0]["curves"][0]["y"] == [1.0, 0.5]
    assert plain["not_done"][0]["model"] == "second"


def test_what_is_no_number_is_null() -> None:
    nothing = Interval(math.nan, math.nan, math.nan, 0, 0)
    assert interval_dict(nothing)["value"] is None


def test_a_sheet_finds_numbers_and_decisions_by_name() -> None:
    sheet = audit().models[0]
    assert sheet.measure("balanced accuracy") is sheet.measures[0]
    assert sheet.measure("nothing") is None
    assert sheet.finding("nothing") is None
    assert isinstance(Finding("a", "clear", 0.0, 0.1, "r", "w"), Finding)
