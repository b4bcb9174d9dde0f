import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.io.deidentify import (
    acquisition_facts,
    date_shift_days,
    own_id,
    pseudonym,
    scrub_description,
)


@given(identity=st.text())
def test_a_pseudonym_is_ns_and_six_letters_and_always_the_same(identity):
    name = pseudonym(b"key", identity)
    assert re.fullmatch(r"NS-[A-Z2-7]{6}", name)
    assert name == pseudonym(b"key", identity)


def test_another_key_gives_another_pseudonym_id_and_shift():
    assert pseudonym(b"a", "x") != pseudonym(b"b", "x")
    assert own_id(b"a", "x") != own_id(b"b", "x")
    assert date_shift_days(b"a", "x") != date_shift_days(b"b", "x")


def test_ids_tell_apart_where_the_parts_are_cut():
    assert own_id(b"k", "ab", "c") != own_id(b"k", "a", "bc")
    assert re.fullmatch(r"[0-9a-f]{16}", own_id(b"k", "ab"))


@given(identity=st.text())
def test_dates_move_at_least_a_month_and_at_most_ten_years_into_the_past(identity):
    assert -3650 <= date_shift_days(b"key", identity) <= -30


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("AX T1 POST Gd - Jane Doe 12.03.1980 1mm", "AX T1 POST Gd 1mm"),
        ("t1_mpr_tra_gk_v4", "t1 mpr tra"),
        ("Doe^Jane SECRET-4711", ""),
        ("COR T2 FLAIR Dr. Miller ph 555-1234", "COR T2 FLAIR"),
        ("", ""),
    ],
)
def test_only_words_of_the_trade_survive(text, kept):
    assert scrub_description(text) == kept


@given(text=st.text())
def test_no_unknown_word_survives(text):
    for word in scrub_description(text).split():
        assert word.lower() in text.lower()
    assert scrub_description(f"{text} Zbigniew 4711") == scrub_description(f"{text} ")


def test_facts_are_whitelisted_numbers_and_codes():
    tags = {
        "EchoTime": 90.0,
        "ScanningSequence": "SE\\IR",
        "PatientPosition": "Doe, Jane",
        "Manufacturer": "SIEMENS (room of Dr. Doe)",
        "PatientName": "Doe",
        "InstitutionName": "Hospital",
        "Modality": "MR",
    }
    assert acquisition_facts(tags) == {
        "EchoTime": 90.0,
        "ScanningSequence": "SE\\IR",
        "Modality": "MR",
        "Manufacturer": "Siemens",
    }
