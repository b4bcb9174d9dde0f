"""Model cards: read whole, or refused."""

import hashlib
import json

import pytest

from neuroscope.errors import ModelError, NotFoundError
from neuroscope.models.cards import damaged_files, read_card, read_cards, require_card, shipped_card
from neuroscope.records.prediction import ModelRef

CARD = {
    "model": {"name": "evidence", "version": "1", "sha256": "ab" * 32},
    "intended_use": "Research.",
    "training_data": {"figshare": "CC BY 4.0"},
    "split": "by ranges",
    "metrics": [
        {
            "name": "balanced accuracy",
            "value": 0.9,
            "unit": "1",
            "how": "mean recall",
            "source": "test split",
            "interval": [0.85, 0.95],
        }
    ],
    "known_failures": ["metastases"],
    "trained_on": "2 cores, 1 h",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "evidence.card.json").write_text(json.dumps(CARD))
    return tmp_path


def test_a_card_is_read_whole(folder):
    (card,) = read_cards(folder)
    assert card.model.sha256 == "ab" * 32
    assert card.metrics[0].interval == (0.85, 0.95)
    assert card.training_data["figshare"] == "CC BY 4.0"


def test_a_card_without_intended_use_is_refused(folder):
    path = folder / "evidence.card.json"
    path.write_text(json.dumps({k: v for k, v in CARD.items() if k != "intended_use"}))
    with pytest.raises(ModelError):
        read_card(path)


def test_a_card_of_other_weights_is_not_quoted(folder):
    assert shipped_card(ModelRef("evidence", "1", "ab" * 32), folder) is not None
    assert shipped_card(ModelRef("evidence", "1", "cd" * 32), folder) is None


def test_an_unknown_name_lists_the_known_ones(folder):
    with pytest.raises(NotFoundError, match="evidence"):
        require_card("oracle", folder)


def test_a_changed_byte_in_the_weights_is_found(tmp_path):
    weights, graph = b"weights", b"graph"
    (tmp_path / "evidence.safetensors").write_bytes(weights)
    (tmp_path / "evidence.onnx").write_bytes(graph)
    sidecar = {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "onnx_sha256": hashlib.sha256(graph).hexdigest(),
    }
    (tmp_path / "evidence.json").write_text(json.dumps(sidecar))
    assert damaged_files(tmp_path) == ()
    (tmp_path / "evidence.onnx").write_bytes(b"grapf")
    assert damaged_files(tmp_path) == ("evidence.onnx has another hash than evidence.json names",)


def test_missing_weights_are_named(tmp_path):
    assert damaged_files(tmp_path) == ("evidence.json is missing or damaged",)
    (tmp_path / "evidence.json").write_text("{}")
    assert damaged_files(tmp_path) == (
        "evidence.safetensors is missing",
        "evidence.onnx is missing",
    )


def test_the_pose_network_is_verified_where_there_is_one(tmp_path):
    (tmp_path / "evidence.json").write_text("{}")
    missing = damaged_files(tmp_path)
    (tmp_path / "pose.onnx").write_bytes(b"graph")
    assert damaged_files(tmp_path) == (*missing, "pose.json is missing or damaged")
    sidecar = {"sha256": hashlib.sha256(b"graph").hexdigest()}
    (tmp_path / "pose.json").write_text(json.dumps(sidecar))
    assert damaged_files(tmp_path) == missing
    (tmp_path / "pose.onnx").write_bytes(b"grapf")
    assert damaged_files(tmp_path)[2:] == ("pose.onnx has another hash than pose.json names",)


def test_the_files_of_doubt_are_verified_where_there_are_any(tmp_path):
    missing = damaged_files(tmp_path)
    (tmp_path / "doubt.npz").write_bytes(b"arrays")
    assert damaged_files(tmp_path) == (*missing, "doubt.json is missing or damaged")
    sidecar = {"arrays_sha256": hashlib.sha256(b"arrays").hexdigest()}
    (tmp_path / "doubt.json").write_text(json.dumps(sidecar))
    assert damaged_files(tmp_path) == missing
    (tmp_path / "doubt.npz").write_bytes(b"arrayz")
    further = damaged_files(tmp_path)[len(missing) :]
    assert further == ("doubt.npz has another hash than doubt.json names",)
