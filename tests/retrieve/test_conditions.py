import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.errors import BadInputError
from neuroscope.retrieve.conditions import (
    Condition,
    as_sql,
    as_where,
    is_impossible,
    none_of,
    one_of,
    parse_conditions,
)


def test_words_numbers_and_dates_are_read():
    assert parse_conditions("class=glioma,meningioma age=40..60 date=..2024-12-31 volume=5") == (
        Condition("label", ("glioma", "meningioma")),
        Condition("age", low=40.0, high=60.0),
        Condition("date", high="2024-12-31"),
        Condition("volume_ml", low=5.0, high=5.0),
    )
    assert parse_conditions("  ") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tumor=glioma", "tumor=glioma"),
        ("glioma", "'glioma'"),
        ("class=", "'class='"),
        ("class=,", "no value"),
        ("age=old", "'old'"),
        ("age=nan", "'nan'"),
        ("age=..", "no end"),
        ("age=60..40", "reversed"),
        ("date=2024-13-01", "no date"),
        ('class="glioma', "quotation"),
        ("class=a" + "b" * 600, "longer"),
    ],
)
def test_what_is_not_understood_is_named(text, said):
    with pytest.raises(BadInputError, match=said):
        parse_conditions(text)


def test_a_column_that_does_not_exist_is_refused():
    with pytest.raises(BadInputError, match="drop table"):
        one_of("drop table", ["x"])


def test_quotes_cannot_end_a_literal():
    assert as_sql([one_of("site", ["a' OR '1'='1"])]) == "`site` IN ('a'' OR ''1''=''1')"


def test_among_no_values_is_nobody_and_outside_none_is_everybody():
    assert as_sql([one_of("patient", [])]) == "false"
    assert as_sql([none_of("patient", [])]) == "true"


def test_conditions_are_written_for_a_database_that_orders_numbers_only():
    assert as_where([]) is None
    assert as_where([none_of("patient", [])]) is None
    assert as_where(parse_conditions("class=glioma,meningioma")) == {
        "label": {"$in": ["glioma", "meningioma"]}
    }
    assert as_where(
        [none_of("site", ["left"]), *parse_conditions("age=40.. date=..0001-01-03")]
    ) == {
        "$and": [
            {"site": {"$nin": ["left", ""]}},  # what nobody knows fulfills no condition
            {"age": {"$gte": 40.0}},
            {"date": {"$lte": 3}},
        ]
    }
    assert is_impossible([one_of("patient", [])])
    assert not is_impossible([none_of("patient", []), *parse_conditions("age=..30")])


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        found = parse_conditions(text)
    except BadInputError as refusal:
        found = refusal
    assert isinstance(found, tuple | list) or (found.problem and found.fix)
