"""What ships answers as what was trained."""

import json

import numpy as np
import pytest
import torch

from neuroscope.models.pose import POSES, load_pose
from neuroscope.models.pose_weights import PoseNet, save_pose

THRESHOLDS = dict.fromkeys(POSES[1:], 0.6)


@pytest.fixture
def network():
    torch.manual_seed(0)
    made = PoseNet(24)
    with torch.no_grad():  # norms as training leaves them, so that folding them matters
        for norm in made.places[1::3]:
            norm.running_mean.uniform_(-1, 1)
            norm.running_var.uniform_(0.5, 2)
            norm.weight.uniform_(0.5, 2)
            norm.bias.uniform_(-1, 1)
    return made.eval()


def test_the_graph_answers_as_the_network(network, tmp_path):
    save_pose(network, THRESHOLDS, {"seconds": 1.0}, tmp_path)
    images = torch.rand(7, 1, 24, 24)
    with torch.inference_mode():
        expected = network(images).softmax(1).numpy()
    loaded = load_pose(tmp_path)
    np.testing.assert_allclose(loaded.p_pose(images[:, 0].numpy()), expected, atol=1e-5)
    assert loaded.spec.thresholds == THRESHOLDS
    assert json.loads((tmp_path / "pose.json").read_text())["run"] == {"seconds": 1.0}


def test_the_same_network_gives_the_same_file(network, tmp_path):
    paths = [save_pose(network, THRESHOLDS, {}, tmp_path / name) for name in ("a", "b")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
