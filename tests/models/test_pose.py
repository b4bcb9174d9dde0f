import hashlib
import json

import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.models.inference import SHIPPED_WEIGHTS, load_engine
from neuroscope.models.pose import POSES, load_pose, named, shrunk

THRESHOLDS = dict.fromkeys(POSES[1:], 0.8)


def test_shrinking_keeps_the_mean_and_averages_whole_squares():
    images = np.random.default_rng(0).random((2, 12, 12)).astype(np.float32)
    squares = images.reshape(2, 4, 3, 4, 3).mean((2, 4))
    np.testing.assert_allclose(shrunk(images, 4), squares, rtol=1e-5)
    np.testing.assert_allclose(shrunk(images, 5).mean((1, 2)), images.mean((1, 2)), rtol=1e-5)


def test_a_pose_is_named_only_above_its_threshold():
    def answer(pose, p):
        row = np.full(len(POSES), (1 - p) / (len(POSES) - 1), np.float32)
        row[POSES.index(pose)] = p
        return row

    rows = np.stack([answer("upright", 0.5), answer("inverted", 0.7), answer("inverted", 0.9)])
    assert named(rows, THRESHOLDS) == ("upright", "upright", "inverted")


def test_weights_without_a_pose_network_have_none(tmp_path, known_weights):
    assert load_pose(tmp_path) is None
    engine = load_engine(weights=known_weights)
    assert engine.poses(np.zeros((2, 1, 160, 160), np.float32)) == ("upright", "upright")


def test_a_damaged_or_lonely_file_is_named(tmp_path):
    (tmp_path / "pose.onnx").write_bytes(b"graph")
    with pytest.raises(ModelError, match=r"pose\.json is missing"):
        load_pose(tmp_path)
    sidecar = {"input_size": 40, "thresholds": THRESHOLDS, "sha256": "0" * 64}
    (tmp_path / "pose.json").write_text(json.dumps(sidecar))
    with pytest.raises(ModelError, match="not the one"):
        load_pose(tmp_path)
    sidecar["sha256"] = hashlib.sha256(b"graph").hexdigest()
    (tmp_path / "pose.json").write_text(json.dumps(sidecar))
    with pytest.raises(ModelError, match="cannot load"):
        load_pose(tmp_path)
    (tmp_path / "pose.onnx").unlink()
    with pytest.raises(ModelError, match="are missing"):
        load_pose(tmp_path)
    (tmp_path / "pose.json").write_text('{"input_size": 40}')
    with pytest.raises(ModelError, match="damaged"):
        load_pose(tmp_path)


def test_the_shipped_graph_is_small_and_answers_each_slice_by_itself():
    graph = (SHIPPED_WEIGHTS / "pose.onnx").read_bytes()
    assert len(graph) < 300_000
    for word in (b"/home", b"/work", b"/usr", b".py"):
        assert word not in graph
    network = load_pose(SHIPPED_WEIGHTS)
    images = np.random.default_rng(1).random((5, 160, 160)).astype(np.float32)
    together = network.p_pose(images)
    alone = np.concatenate([network.p_pose(images[row : row + 1]) for row in range(5)])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together.sum(1), 1, atol=1e-5)
    assert network.p_pose(images[:0]).shape == (0, len(POSES))
