"""result.json is what its schema says."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from neuroscope.report.result import SCHEMA, result_json
from neuroscope.report.volumetry import volumetry_json, volumetry_summary

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "reference" / "result.schema.json"


@pytest.fixture(scope="module")
def validator():
    return jsonschema_rs.validator_for(json.loads(SCHEMA_FILE.read_text()))


def test_a_volume_result_is_valid(volume_case, validator):
    result = result_json(
        volume_case.analysis, volume_case.imported, evidence={"v1": "evidence.nii.gz"}
    )
    validator.validate(json.loads(json.dumps(result)))
    series = result["series"][0]
    assert series["decision"]["label"] == "meningioma"
    assert series["evidence_file"] == "evidence.nii.gz"
    assert series["decided_by"] == [14, 13, 12, 15]


def test_a_slices_result_is_valid(slices_case, validator):
    case = slices_case(3)
    result = result_json(case.analysis, case.imported, files={"s1/slice 0": "a/slice 0.png"})
    validator.validate(json.loads(json.dumps(result)))
    slices = result["series"][0]["slices"]
    assert [s["file"] for s in slices] == ["a/slice 0.png", None, None]
    assert result["unreadable"][0]["name"] == "torn.png"


def test_the_schema_refuses_a_result_without_the_research_use_statement(slices_case, validator):
    case = slices_case(1)
    result = json.loads(json.dumps(result_json(case.analysis, case.imported)))
    del result["research_use"]
    assert not validator.is_valid(result)


def test_the_schema_refuses_an_unknown_member(slices_case, validator):
    case = slices_case(1)
    result = json.loads(json.dumps(result_json(case.analysis, case.imported)))
    result["series"][0]["slices"][0]["patient_name"] = "x"
    assert not validator.is_valid(result)


def test_the_version_of_the_schema_is_the_documented_one():
    assert json.loads(SCHEMA_FILE.read_text())["properties"]["schema"]["const"] == SCHEMA


def test_the_result_names_the_series_that_speaks_and_the_contradiction(two_volumes_case, validator):
    case = two_volumes_case
    result = json.loads(json.dumps(result_json(case.analysis, case.imported)))
    validator.validate(result)
    study = result["study"]
    assert (study["headline"]["series_id"], study["headline"]["label"]) == ("v1", "meningioma")
    assert study["headline"]["p_class"] == result["series"][1]["decision"]["p_class"]
    assert study["cautions"] == [*case.analysis.cautions][::-1]


def test_a_study_that_nothing_speaks_for_has_no_headline(volume_case, validator):
    result = json.loads(json.dumps(result_json(volume_case.analysis, volume_case.imported)))
    validator.validate(result)
    assert result["study"]["headline"] is None


def test_a_study_in_space_is_valid_and_says_what_a_program_asks_first(space_case, validator):
    described = volumetry_json(space_case.volumetry)
    summary = volumetry_summary(described, files={"segmentation": "segmentation.nii.gz"})
    result = result_json(space_case.analysis, space_case.imported, volumetry=summary)
    validator.validate(json.loads(json.dumps(result)))
    found = result["volumetry"]
    assert found["files"] == {"segmentation": "segmentation.nii.gz"}
    assert found["regions"][0] == {
        "code": "WT",
        "volume_ml": 3.46,
        "interval_ml": [2.0, 5.0],
        "expected_dice": 0.87,
        "expected_dice_interval": [0.7, 0.95],
    }
    assert found["model"]["version"] == "7"


def test_a_result_without_a_word_on_space_is_refused(slices_case, validator):
    case = slices_case(1)
    result = json.loads(json.dumps(result_json(case.analysis, case.imported)))
    assert result["volumetry"] is None
    del result["volumetry"]
    assert not validator.is_valid(result)
