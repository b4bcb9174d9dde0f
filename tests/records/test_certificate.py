import json
from dataclasses import replace

import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.certificate import (
    Certificate,
    ClassCount,
    Comparison,
    Condition,
    MetricRow,
    NegativeFlip,
    Score,
)

SCORE = Score(0.5, 0.4, 0.6, 30, 20)
NOTHING = Score(None, None, None, 0, 0)
FOUND = Certificate(
    verdict="refuse",
    reasons=("The evidence did not move.",),
    conditions=(
        Condition("evidence", "must rise", "0.0", False),
        Condition("flips", "-", "", None),
    ),
    rows=(MetricRow("pointing", "pointing", "1", "higher", SCORE, SCORE, SCORE, NOTHING),),
    tests=(Comparison("pointing", "before", SCORE, 0.2, None),),
    counts=(ClassCount("glioma", 3, 2, 8, 5),),
    negative_flips=(NegativeFlip("u1", 4, "glioma", "glioma", "notumor"),),
    positive_flips=2,
    status="feasible",
    step=20,
    controls={"control_classification": "feasible, step 10"},
    hashes={"after": "00"},
    settings={"loss": "energy", "dual": {"rho": 1.0}},
    seed=3,
)


def test_a_certificate_survives_json_unchanged():
    text = json.dumps(FOUND.as_dict(), allow_nan=False)
    again = Certificate.from_dict(json.loads(text))
    assert again.as_dict() == FOUND.as_dict()
    assert again.rows == FOUND.rows
    assert again.tests == FOUND.tests
    assert again.negative_flips == FOUND.negative_flips
    assert again.conditions[1].holds is None


def test_rows_and_tests_are_found_by_name():
    assert FOUND.row("pointing").control_other_masks is NOTHING
    assert FOUND.test("pointing", "before").p == 0.2
    with pytest.raises(BadInputError, match="no 'mass'"):
        FOUND.row("mass")
    with pytest.raises(BadInputError, match="does not compare"):
        FOUND.test("pointing", "control_other_masks")


@pytest.mark.parametrize("hurt", ["schema", "rows", "verdict"])
def test_a_damaged_certificate_is_refused(hurt: str):
    plain = FOUND.as_dict()
    del plain[hurt]
    with pytest.raises(BadInputError):
        Certificate.from_dict(plain)


def test_a_certificate_cannot_be_changed():
    with pytest.raises(TypeError):
        FOUND.hashes["after"] = "11"
    assert replace(FOUND, verdict="promote").verdict == "promote"
