"""The page and the tables of an audit: complete, escaped, and plain about doubts."""

import csv
import io

import numpy as np
import pytest

from neuroscope.records.dataaudit import (
    Answered,
    Border,
    DataAudit,
    Duplicate,
    LabelDoubt,
    NotDone,
    Picture,
    Proposed,
    QualityFlag,
    SourceCluster,
    Sources,
)
from neuroscope.records.imported import Unreadable
from neuroscope.report.data_audit import data_audit_html, headlines, interval_text, tables
from neuroscope.statistics import Interval


def interval(value, units=40):
    return Interval(value, value - 0.1, value + 0.1, 100, units)


@pytest.fixture
def audit() -> DataAudit:
    return DataAudit(
        name="set <b>",
        pictures=(
            Picture("a.png", "glioma", "train"),
            Picture("<script>.png", "glioma", "test"),
            Picture("c, d.png", "none", "test"),
        ),
        unreadable=(Unreadable("torn.png", "Torn.", "Copy it again."),),
        duplicates=(
            Duplicate(0, 1, "flipped", "left-right", (0.01, 0.0), 0.99, 0.98),
            Duplicate(1, 2, "near", "none", (0.0, 0.0), 0.98, 0.97),
        ),
        groups=(0, 0, 0),
        leaked=(False, True, True),
        balance={"test": {"glioma": 1, "none": 1}, "train": {"glioma": 1}},
        doubts=(LabelDoubt(2, 0.9, "glioma"),),
        flags=(QualityFlag(0, "blurred", 0.01),),
        sources=Sources((SourceCluster(3, {"glioma": 2}, "ordinary"),), (0, 0, 0), 0.5, 0.01),
        border=Border(interval(0.86), 0.25, 0.001),
        answered=Answered(interval(0.9), interval(0.99), interval(0.8, units=12), "a network"),
        proposed=Proposed(("train", "train", "train"), {"train": 3}),
        not_done=(NotDone("Wrong plane", "No network here tells planes apart."),),
        cautions=("A caution.",),
    )


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_every_pair_has_a_row_that_says_all_of_it(audit):
    first, second = rows(tables(audit)["duplicates.csv"])
    assert first == {
        "first": "a.png", "second": "<script>.png", "relation": "flipped", "turn": "left-right",
        "shift_down_percent": "1.00", "shift_right_percent": "0.00", "overall": "0.9900",
        "local": "0.9800", "first_split": "train", "second_split": "test",
        "crosses_splits": "yes", "first_label": "glioma", "second_label": "glioma",
        "labels_differ": "no", "group": "0",
    }  # fmt: skip
    assert (second["labels_differ"], second["crosses_splits"]) == ("yes", "no")
    assert second["second"] == "c, d.png"


def test_the_other_tables_name_what_they_are_about(audit):
    made = tables(audit)
    assert [row["leaked"] for row in rows(made["split.csv"])] == ["no", "yes", "yes"]
    assert rows(made["split.csv"])[0]["proposed_split"] == "train"
    assert rows(made["label_doubts.csv"])[0]["suggested"] == "glioma"
    assert [row["kind"] for row in rows(made["flags.csv"])] == ["blurred", "unreadable: Torn."]


def test_the_page_shows_everything_and_runs_nothing_of_the_set(audit):
    page = data_audit_html(audit, lambda n: np.full((30, 40), 100 * n, np.uint8))
    assert "<script>" not in page
    assert "&lt;script&gt;.png" in page
    assert "set <b>" not in page
    for text in ("A caution.", "Wrong plane", "flipped", "torn.png", "blurred", "86.0 %"):
        assert text in page
    assert page.count("data:image/png;base64,") == 2 * 2 + 1 + 1
    assert "http" not in page.replace('lang="en"', "")


def test_leaks_come_first_and_few_groups_are_called_insufficient(audit):
    lines = headlines(audit)
    assert lines[0].startswith("2 of 2 pictures outside training (100.0 %)")
    assert lines[1] == "1 pairs of copies bear different labels."
    assert "insufficient" in next(line for line in lines if "a network" in line)
    assert "insufficient" not in interval_text(interval(0.5))
