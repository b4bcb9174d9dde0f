import json

import pytest

from neuroscope.errors import ModelError
from neuroscope.models.passport_rules import (
    UNFITTED,
    load_passport_rules,
    passports_measured,
    read_measured,
    save_passport_rules,
)
from neuroscope.records.passport import PassportRules, judged, not_assessed
from neuroscope.records.prediction import ModelRef

MODEL = ModelRef("evidence", "1", "a" * 64)
RULES = PassportRules(
    MODEL.sha256,
    {"repeatability": 0.6, "faithfulness": 0.05, "localization": 0.2},
    (
        judged("model_randomization", 0.12, 0.3, rule="at most", interval=(0.1, 0.15)),
        not_assessed("label_randomization", "Not measured."),
    ),
    by_answer={"faithfulness": {"glioma": 0.4, "pituitary": 2.0}},
)


def test_what_was_written_is_read_again(tmp_path):
    save_passport_rules(RULES, tmp_path, table=[{"map": "edge detector"}], notes={"slices": 3})
    assert load_passport_rules(MODEL, weights=tmp_path) == RULES
    assert read_measured(tmp_path)["notes"] == {"slices": 3}


def test_a_bound_by_answer_goes_before_that_of_all():
    assert RULES.bound("faithfulness", "pituitary") == 2.0
    assert RULES.bound("faithfulness", "meningioma") == 0.05
    assert RULES.bound("localization", "pituitary") == 0.2


def test_other_weights_take_mild_bounds_and_are_told_apart(tmp_path):
    save_passport_rules(RULES, tmp_path)
    for folder in (tmp_path, tmp_path / "without"):
        other = load_passport_rules(ModelRef("evidence", "2", "b" * 64), weights=folder)
        assert not other.fitted
        assert other.bound_from == "default"
        assert other.bounds == UNFITTED
        assert {test.outcome for test in other.of_model} == {"not assessed"}


def test_bounds_of_numbers_that_are_measured_otherwise_now_are_not_used(tmp_path):
    path = save_passport_rules(RULES, tmp_path)
    content = json.loads(path.read_text())
    content["model_tests"][0] |= {"value": 0.6, "interval": [0.5, 0.7]}  # a network that failed
    path.write_text(json.dumps({**content, "schema": 1}))
    older = load_passport_rules(MODEL, weights=tmp_path)
    assert (older.bounds, older.fitted, older.by_answer) == (UNFITTED, False, {})
    assert older.of_model[0].outcome == "failed", "what was found of the model still holds"
    assert passports_measured(tmp_path, MODEL.sha256) == ()
    del content["schema"]
    path.write_text(json.dumps(content))
    assert not load_passport_rules(MODEL, weights=tmp_path).fitted


def test_the_table_is_that_of_the_very_weights(tmp_path):
    save_passport_rules(RULES, tmp_path, table=[{"map": "edge detector"}])
    assert passports_measured(tmp_path, MODEL.sha256) == ({"map": "edge detector"},)
    assert passports_measured(tmp_path, "b" * 64) == ()
    assert passports_measured(tmp_path / "without", MODEL.sha256) == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 2, "weights_sha256": "x"}'])
def test_a_damaged_file_says_how_to_mend_it(tmp_path, text):
    (tmp_path / "passport.json").write_text(text)
    with pytest.raises(ModelError, match=r"passport\.json") as caught:
        load_passport_rules(MODEL, weights=tmp_path)
    assert "neuroscope evaluate passport" in caught.value.fix


def test_the_file_is_plain_json(tmp_path):
    path = save_passport_rules(RULES, tmp_path)
    content = json.loads(path.read_text())
    assert content["model_tests"][0]["value"] == 0.12
