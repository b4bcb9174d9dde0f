"""Sentences and tables on a study in space: every number sourced, nothing left out."""

from dataclasses import replace

import pytest

from neuroscope.records.measurement import Measurement
from neuroscope.report.space_wording import (
    cited,
    evidence_text,
    lesion_table,
    model_text,
    shift_text,
    size_table,
    space_section,
    value_table,
    vasari_table,
    volume_table,
)


def test_the_first_page_says_volumes_side_shift_and_cautions(space_case):
    section = space_section(space_case.space)
    text = " ".join(section.sentences)
    assert "whole tumor 3.46 ml (interval 2.00 to 5.00)" in text
    assert "L1 (left, left frontal lobe)" in text
    assert "14.4 × 10.8 mm" in text
    assert "5.25 mm to the patient's right" in text
    assert "mismatch sign: present" in text
    assert section.cautions == ("Segmented without T1: the outline is less reliable.",)


def test_a_study_without_tumor_is_said_to_hold_none(space_case):
    space = space_case.space
    values = tuple(
        replace(value, value=0.0, interval=None) if value.unit == "ml" else value
        for value in space.measurements.values
    )
    empty = replace(
        space,
        measurements=replace(space.measurements, values=values, lesions=(), mismatch=None),
    )
    assert "holds no tumor" in space_section(empty).sentences[0]


def test_every_cited_number_has_a_source_and_a_name_of_its_own(space_case):
    numbers = list(cited(space_case.space))
    assert all(number.source and number.how for number in numbers)
    names = [number.name for number in numbers]
    assert len(names) == len(set(names))
    assert {"WT expected overlap", "L1 volume", "evidence, p value", "t2 moved"} <= set(names)


def test_the_shift_names_a_side_instead_of_a_sign():
    shift = Measurement("midline shift", -6.0, "mm", "how", "source", (-10.0, -2.0))
    assert shift_text(shift) == "6.00 mm to the patient's left (interval 2.00 to 10.0)"
    near = replace(shift, value=1.0, interval=(-3.0, 5.0))
    assert shift_text(near) == "1.00 mm to the patient's right (interval 0 to 5.00)"


def test_volumes_stand_with_interval_and_expected_overlap(space_case):
    first, second, *_ = volume_table(space_case.space).rows
    assert first == ("Whole tumor (WT)", "3.46", "2.00 to 5.00", "0.87", "0.70 to 0.95")
    assert second == ("Tumor core (TC)", "0.192", "–", "–", "–")


def test_each_number_of_the_study_stands_in_one_table(space_case):
    space = space_case.space
    assert [row[0] for row in value_table(space).rows] == [
        "ET / TC",
        "Lesions",
        "Midline shift",
        "T2-FLAIR mismatch",
    ]
    assert [(row[0], row[1]) for row in size_table(space).rows] == [("Whole tumor (WT)", "14.4 mm")]


def test_lesions_are_listed_with_side_place_and_whether_rano_measures_them(space_case):
    (row,) = lesion_table(space_case.space).rows
    assert row == ("L1", "left", "left frontal lobe", "3.46", "14.4 mm", "14.4 × 10.8 mm", "yes")


def test_the_largest_lesion_stands_first(space_case):
    space = space_case.space
    (lesion,) = space.measurements.lesions
    small = replace(lesion, id="L2", measurements=(replace(lesion.measurements[0], value=0.1),))
    both = replace(space, measurements=replace(space.measurements, lesions=(small, lesion)))
    assert [row[0] for row in lesion_table(both).rows] == ["L1", "L2"]


def test_vasari_lists_what_was_not_assessed_too_but_last(space_case):
    rows = vasari_table(space_case.space).rows
    assert [row[0] for row in rows] == ["F2", "F1"]
    assert rows[1][2] == "not assessed"


@pytest.mark.parametrize(("p", "text"), [(0.0, "p < 0.01"), (0.24, "p 0.24")])
def test_the_agreement_of_the_cuts_is_said_with_its_p_value(space_case, p, text):
    space = space_case.space
    found = {**space.content["evidence"], "p_value": p}
    said = evidence_text(replace(space, content={**space.content, "evidence": found}))
    assert text in said
    assert "4 % lay outside the brain" in said


def test_the_model_is_named_by_version_and_hash(space_case):
    space = space_case.space
    assert "unet 7, weights SHA-256 " + "12" * 32 in model_text(space)
    drawn = replace(space, content={**space.content, "model": None})
    assert "not a network" in model_text(drawn)
