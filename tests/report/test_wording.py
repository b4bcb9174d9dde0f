"""Sentences: plain, and every number in them sourced."""

import re
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.records.heatmap import Heatmap
from neuroscope.records.measurement import Measurement
from neuroscope.records.modelcard import ModelCard
from neuroscope.records.passport import Passport, judged, not_assessed
from neuroscope.records.report import Report
from neuroscope.report.space_wording import FOUND_IN_SPACE, space_section
from neuroscope.report.wording import (
    FINDING_OF_STUDY,
    compose,
    number_text,
    passport_text,
    probability_text,
    value_text,
)
from neuroscope.settings import RESEARCH_USE

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?")


def unsourced_numbers(report: Report) -> list[str]:
    """Numbers in sentences, quoted names left aside, that no measurement of the section gives."""
    found = []
    for section in report.sections:
        given = {n for m in section.measurements for n in NUMBER.findall(value_text(m))}
        for sentence in section.sentences:
            found += [n for n in NUMBER.findall(re.sub("“.*?”", "", sentence)) if n not in given]
    return found


def card_of(model) -> ModelCard:
    return ModelCard(
        model=model,
        intended_use="Research on known tumors.",
        training_data={"set": "CC BY 4.0"},
        split="by patient",
        metrics=(
            Measurement(
                "balanced accuracy, test split", 0.96, "1", "mean recall", "test", (0.9, 1.0)
            ),
            Measurement("secret metric", 0.123, "1", "x", "test"),
        ),
        known_failures=(),
        trained_on="a laptop",
    )


def test_every_number_in_a_volume_report_is_sourced(volume_case):
    report = compose(
        volume_case.analysis, volume_case.imported, card=card_of(volume_case.analysis.model)
    )
    assert unsourced_numbers(report) == []


@pytest.mark.parametrize("number", [1, 3, 40])
def test_every_number_in_a_slices_report_is_sourced(slices_case, number):
    case = slices_case(number)
    assert unsourced_numbers(compose(case.analysis, case.imported)) == []


def test_the_check_itself_finds_an_unsourced_number(slices_case):
    report = compose(slices_case(3).analysis, slices_case(3).imported)
    section = report.sections[0]
    object.__setattr__(section, "sentences", ("There are 77 of them.",))
    assert unsourced_numbers(report) == ["77"]


def test_the_decision_and_its_probability_are_said(volume_case):
    report = compose(volume_case.analysis, volume_case.imported)
    assert (
        "most probable answer is meningioma, with a probability of 0.93"
        in (report.sections[0].sentences[0])
    )


def test_the_card_is_quoted_for_accuracy_and_nothing_else(volume_case):
    report = compose(
        volume_case.analysis, volume_case.imported, card=card_of(volume_case.analysis.model)
    )
    text = " ".join(s for section in report.sections for s in section.sentences)
    assert "balanced accuracy, test split 0.96 (95 % interval 0.9 to 1)" in text
    assert "secret" not in text


def test_all_cautions_reach_the_report(volume_case, slices_case):
    cautions = _cautions(compose(volume_case.analysis, volume_case.imported))
    assert any("The sequence is not known." in c for c in cautions)
    case = slices_case(3)
    assert any("“slice 1”" in c for c in _cautions(compose(case.analysis, case.imported)))


def test_equal_cautions_of_many_slices_take_one_line(slices_case):
    case = slices_case(3)
    found = case.analysis.series[0]
    for finding in found.slices:
        object.__setattr__(finding.prediction, "cautions", ("Blurred.",))
    cautions = [
        c for c in _cautions(compose(case.analysis, case.imported)) if c.endswith("Blurred.")
    ]
    assert cautions == ["Plain picture, slice “slice 0”, “slice 1”, “slice 2”: Blurred."]


def test_a_file_that_could_not_be_read_is_named(slices_case):
    case = slices_case(3)
    last = compose(case.analysis, case.imported).sections[-1]
    assert last.cautions == ("“torn.png”: The file ends early. Copy it again.",)


def test_research_use_stands_in_the_report(volume_case):
    assert compose(volume_case.analysis, volume_case.imported).research_use == RESEARCH_USE


@pytest.mark.parametrize(
    ("p", "text"),
    [(1.0, "> 0.99"), (0.996, "> 0.99"), (0.5, "0.50"), (0.001, "< 0.01"), (0.0, "< 0.01")],
)
def test_no_probability_is_written_as_certain(p, text):
    assert probability_text(p) == text


def _cautions(report: Report) -> tuple[str, ...]:
    return next(s for s in report.sections if s.title == "Cautions").cautions


def test_of_several_series_the_report_says_first_which_speaks_and_what_contradicts(
    two_volumes_case,
):
    case = two_volumes_case
    report = compose(case.analysis, case.imported)
    first = report.sections[0]
    assert first.title == FINDING_OF_STUDY
    assert "T1 with contrast, “T1 POST”" in first.sentences[0]
    assert "meningioma, with a probability of 0.93" in first.sentences[0]
    assert first.cautions == case.analysis.cautions[:1]
    assert unsourced_numbers(report) == []


def test_a_single_series_needs_no_word_on_which_speaks(volume_case):
    titles = [s.title for s in compose(volume_case.analysis, volume_case.imported).sections]
    assert FINDING_OF_STUDY not in titles


def test_what_contradicts_a_single_series_stands_with_its_finding(volume_case):
    said = ("The two networks contradict each other.", "A file was left out.")
    imported = volume_case.imported
    imported = replace(imported, study=replace(imported.study, cautions=said[1:]))
    report = compose(replace(volume_case.analysis, cautions=said), imported)
    assert report.sections[0].title.startswith("Finding: ")
    assert report.sections[0].cautions == said[:1]
    (cautions,) = (s.cautions for s in report.sections if s.title == "Cautions")
    assert set(said) <= set(cautions)


def test_every_number_of_a_study_in_space_is_sourced(space_case):
    section = space_section(space_case.space)
    report = compose(space_case.analysis, space_case.imported, in_space=section)
    assert FOUND_IN_SPACE in [s.title for s in report.sections]
    assert unsourced_numbers(report) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1234.5, "1234"), (98.76, "98.8"), (-5.25, "−5.25"), (0.00123, "0.0012")],
)
def test_numbers_have_three_digits_and_no_exponent(value, text):
    assert number_text(value) == text


def test_the_report_says_how_a_map_did_in_its_tests():
    def of(*tests):
        passport = Passport("glioma", "evidence", tests)
        return passport_text(
            Heatmap(np.ones((3, 3)), "evidence", "glioma", 1.0, 0.2, passport=passport)
        )

    passed = judged("repeatability", 0.9, 0.5)
    assert of(passed) == "This map passed 1 of 1 tests."
    assert of(judged("repeatability", 0.2, 0.5)).endswith("It is drawn gray.")
    assert of(not_assessed("localization", "No outline.")) == ""
    assert passport_text(Heatmap(np.ones((3, 3)), "evidence", "glioma", 1.0, 0.2)) == ""


def test_an_interval_is_called_95_percent_unless_its_how_says_what_it_is():
    plain = Measurement("a", 1.0, "mm", "ruler", "s", (0.5, 1.5))
    assert value_text(plain) == "1.00 mm (95 % interval 0.500 to 1.50)"
    told = Measurement("a", 1.0, "mm", "ruler; interval: its edges", "s", (0.5, 1.5))
    assert value_text(told) == "1.00 mm (interval 0.500 to 1.50)"
