"""measurements.json is what its schema says; measurements.csv holds every number once."""

import csv
import json
from pathlib import Path

import jsonschema_rs
import pytest

from neuroscope.report.volumetry import COLUMNS, SCHEMA, volumetry_json, write_measurements

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "reference" / "volumetry.schema.json"


@pytest.fixture(scope="module")
def validator():
    return jsonschema_rs.validator_for(json.loads(SCHEMA_FILE.read_text()))


@pytest.fixture
def written(space_case):
    return json.loads(json.dumps(volumetry_json(space_case.volumetry), allow_nan=False))


def test_the_version_of_the_schema_is_the_documented_one():
    assert json.loads(SCHEMA_FILE.read_text())["properties"]["schema"]["const"] == SCHEMA


def test_what_is_written_is_valid(written, validator):
    validator.validate(written)
    assert written["reference"]["series_id"] == "s-t1c"
    assert [(s["role"], s["moved_mm"]) for s in written["sequences"]] == [
        ("t1c", 0.0),
        ("t2", 8.0),
        ("flair", 8.0),
    ]
    assert written["lesions"][0]["volume_ml"] == 3.46


def test_the_schema_refuses_an_unknown_member_and_a_number_without_source(written, validator):
    value = written["values"][0]
    assert not validator.is_valid({**written, "values": [{**value, "source": ""}]})
    assert not validator.is_valid({**written, "patient_name": "x"})


def test_the_table_holds_every_number_of_study_and_lesions(space_case, tmp_path):
    measurements = space_case.volumetry.measurements
    write_measurements(measurements, tmp_path / "m.csv")
    with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    numbers = (*measurements.values, *measurements.lesions[0].measurements)
    assert [row[1] for row in rows] == [number.name for number in numbers]
    assert rows[0][:6] == ["", "WT volume", "3.46", "ml", "2", "5"]
    assert rows[-1][0] == "L1"
