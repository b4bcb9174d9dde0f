import json

import pytest

from neuroscope.errors import ModelError
from neuroscope.models.forgetting import FORGETTING_NAME, load_forgetting, save_forgetting
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.records.passport import judged
from neuroscope.records.prediction import ModelRef

MODEL = ModelRef("evidence", "1", "a" * 64)
FOUND = {
    "gradcam": judged("model_randomization", -0.0212, 0.3, rule="at most", interval=(-0.1, 0.05)),
    "rise": judged("model_randomization", 0.61, 0.3, rule="at most", details={"slices": 12.0}),
}


def test_what_was_written_is_read_again_and_belongs_to_the_rules(tmp_path):
    save_forgetting(MODEL.sha256, FOUND, tmp_path, notes={"slices": 12})
    assert load_forgetting(MODEL, weights=tmp_path) == FOUND
    assert dict(load_passport_rules(MODEL, weights=tmp_path).of_method) == FOUND


def test_of_other_weights_nothing_is_known(tmp_path):
    assert load_forgetting(MODEL, weights=tmp_path) == {}
    save_forgetting("b" * 64, FOUND, tmp_path)
    assert load_forgetting(MODEL, weights=tmp_path) == {}


@pytest.mark.parametrize("methods", [{"magic": {}}, {"rise": {"name": "x"}}, None])
def test_a_damaged_file_says_how_to_mend_it(tmp_path, methods):
    content = {"weights_sha256": MODEL.sha256, "methods": methods}
    (tmp_path / FORGETTING_NAME).write_text(json.dumps(content))
    with pytest.raises(ModelError, match=r"forgetting\.json") as caught:
        load_forgetting(MODEL, weights=tmp_path)
    assert "neuroscope evaluate forgetting" in caught.value.fix
