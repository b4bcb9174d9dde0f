"""Numbers that do not exist are written as null, not as a word that JSON does not know."""

import json
import math

from neuroscope.learn.reasons.release import _finite


def test_a_record_with_missing_numbers_is_valid_json():
    record = {"loss": math.nan, "by_class": (1.0, math.nan), "deep": [{"worst": math.inf}], "n": 3}
    text = json.dumps(_finite(record), allow_nan=False)
    assert json.loads(text) == {
        "loss": None,
        "by_class": [1.0, None],
        "deep": [{"worst": None}],
        "n": 3,
    }
