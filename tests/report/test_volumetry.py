"""measurements.json is what its schema says; measurements.csv holds every number once."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import numpy as np
import pytest

from neuroscope.models.region_labels import TISSUES
from neuroscope.records.measured import Measurements
from neuroscope.records.prepared import Prepared
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmented import Segmented
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume
from neuroscope.report.volumetry import (
    COLUMNS,
    SCHEMA,
    evidence_json,
    volumetry_json,
    volumetry_summary,
    write_measurements,
)

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SCHEMA_FILE = REFERENCE / "volumetry.schema.json"


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


def test_a_turn_about_the_head_moves_it_by_nothing_wherever_the_scanner_has_its_origin(space_case):
    """The steps of the preparation tell the motion of the middle of the head; so does the JSON."""
    center_mm = np.array([300.0, -250.0, 900.0])
    grid = np.indices((30, 30, 30)) - 14.5
    ball = Volume(np.where((grid**2).sum(0) < 100, 100.0, 0.0).astype(np.float32), np.eye(4))
    far = np.eye(4)
    far[:3, 3] = center_mm - 14.5
    turn = np.eye(4)
    turn[:2, :2] = [[0.8, -0.6], [0.6, 0.8]]
    turn[:3, 3] = center_mm + np.array([0, 0, 3]) - turn[:3, :3] @ center_mm
    volume = Volume(ball.voxels, far)
    moved = Prepared(
        volumes={"t1c": volume, "flair": volume},
        series={"t1c": "s-t1c", "flair": "s-flair"},
        reference="t1c",
        to_reference={"t1c": IDENTITY, "flair": Transform(turn)},
        brain=Volume(ball.voxels > 0, far),
    )
    labels = Segmentation(np.zeros(volume.shape, np.uint8), far, TISSUES, "nobody")
    told = volumetry_json(
        replace(space_case.volumetry, prepared=moved, segmented=Segmented(labels), evidence=None)
    )["sequences"]
    assert [one["moved_mm"] for one in told] == [0.0, pytest.approx(3.0, abs=0.01)]
    assert told[1]["turned_deg"] == pytest.approx(np.degrees(np.arccos(0.8)))


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


def test_what_is_drawn_stands_in_the_patients_space(written):
    lesion = written["lesions"][0]
    assert lesion["side"] == "left"
    assert lesion["center_mm"][0] < 0  # x grows to the patient's right
    longest = written["drawn"]["longest"]["WT"]
    assert longest["length_mm"] == pytest.approx(208**0.5)  # 8 mm across, 12 mm forward
    assert written["drawn"]["crossed"]["WT"]["product_mm2"] == pytest.approx(208**0.5 * 117**0.5)
    shift, line = written["midline"]["shift"], written["midline"]["drawn"]
    assert shift["value"] == line["end_mm"][0] - line["start_mm"][0] == 5.25
    assert written["mismatch"]["cautions"] == ["Cysts look the same."]


def test_regions_without_an_estimate_are_null_and_not_zero(written):
    whole, core, enhancing = written["regions"]
    assert (whole["code"], whole["volume_ml"], whole["interval_ml"]) == ("WT", 3.46, [2.0, 5.0])
    assert (whole["expected_dice"], whole["expected_dice_interval"]) == (0.87, [0.7, 0.95])
    for region in (core, enhancing):
        assert region["volume_ml"] is region["interval_ml"] is region["expected_dice"] is None


def test_the_rule_for_small_parts_and_who_chose_it_are_told(space_case, validator):
    segmented = replace(space_case.volumetry.segmented, rule="metastases")
    told = replace(space_case.volumetry, segmented=segmented, is_kind_told=True)

    written = json.loads(json.dumps(volumetry_json(told)))

    validator.validate(written)
    assert written["small_parts"] == {"kind": "metastases", "is_told": True}
    assert volumetry_json(space_case.volumetry)["small_parts"] is None


def test_a_study_where_nothing_was_found_is_valid_too(space_case, validator):
    nothing = replace(
        space_case.volumetry,
        segmented=replace(space_case.volumetry.segmented, model=None),
        measurements=Measurements("a drawn mask", ()),
        evidence=None,
    )
    written = json.loads(json.dumps(volumetry_json(nothing), allow_nan=False))
    validator.validate(written)
    for name in ("model", "midline", "mismatch", "evidence"):
        assert written[name] is None
    assert written["lesions"] == written["values"] == written["vasari"] == []


def test_the_summary_is_what_result_json_allows(space_case):
    described = volumetry_json(space_case.volumetry)
    summary = volumetry_summary(described, files={"segmentation": "segmentation.nii.gz"})
    schema = json.loads((REFERENCE / "result.schema.json").read_text())
    part = {**schema["$defs"]["volumetry"], "$defs": schema["$defs"]}
    jsonschema_rs.validator_for(part).validate(json.loads(json.dumps(summary)))
    assert summary["cautions"] == described["cautions"]
    assert "values" not in summary


def test_evidence_of_cuts_that_were_not_compared_has_no_agreement(space_case):
    evidence = space_case.volumetry.evidence
    written = evidence_json(evidence)
    assert (written["target"], written["threshold"]) == ("meningioma", 0.4)
    assert (written["consistency"], written["p_value"]) == (0.61, 0.02)
    alone = evidence_json(replace(evidence, consistency=None))
    assert alone["consistency"] is alone["p_value"] is None
    assert evidence_json(None) is None


def test_every_caution_is_said_once(space_case):
    volumetry = space_case.volumetry
    twice = volumetry.segmented.cautions * 2
    again = replace(volumetry, segmented=replace(volumetry.segmented, cautions=twice))
    assert volumetry_json(again)["cautions"] == volumetry_json(volumetry)["cautions"]
