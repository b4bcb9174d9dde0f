"""A checkpoint is whole or it is not there."""

import json
import math

import pytest
import torch

from neuroscope.errors import StorageError
from neuroscope.learn.reasons.checkpoint import load, save, without_nan


def test_what_was_saved_is_loaded(tmp_path):
    path = tmp_path / "deep" / "run.safetensors"
    save(path, "abc", {"x": torch.arange(3.0)}, {"done": 4})
    tensors, facts = load(path, "abc")
    assert tensors["x"].tolist() == [0, 1, 2]
    assert facts == {"done": 4}


def test_of_another_run_or_damaged_or_absent_it_is_none(tmp_path):
    path = tmp_path / "run.safetensors"
    assert load(path, "abc") is None
    save(path, "abc", {"x": torch.zeros(1)}, {})
    assert load(path, "other") is None
    path.write_bytes(path.read_bytes()[:20])
    assert load(path, "abc") is None


def test_where_nothing_can_be_written_it_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="state of the training"):
        save(tmp_path / "file" / "run.safetensors", "abc", {"x": torch.zeros(1)}, {})


def test_a_record_with_missing_numbers_is_valid_json():
    record = {"loss": math.nan, "by_class": (1.0, math.nan), "deep": [{"worst": math.inf}], "n": 3}
    text = json.dumps(without_nan(record), allow_nan=False)
    assert json.loads(text) == {
        "loss": None,
        "by_class": [1.0, None],
        "deep": [{"worst": None}],
        "n": 3,
    }
