"""The card of the pose network counts what it says it counts."""

import json

import numpy as np
import pytest
import torch

from neuroscope.errors import ModelError
from neuroscope.learn import evaluate_pose as evaluation
from neuroscope.learn.dataset import SliceSet
from neuroscope.learn.train_pose import Pictures, PoseConfig
from neuroscope.models.cards import read_card
from neuroscope.models.pose import POSES
from neuroscope.models.pose_weights import PoseNet, save_pose

RUN = {
    "config": {"steps": 5, "seed": 3},
    "seconds": 90.0,
    "machine": "a machine",
    "manifest_sha256": "ab" * 32,
}


@pytest.fixture
def half_right(monkeypatch, tmp_path):
    """A network that calls bright pictures upside down, and slices of which half are bright."""
    network = PoseNet(24).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        layers, norms = network.places[::3], network.places[1::3]
        for layer, norm in zip(layers, norms, strict=True):
            middle = layer.kernel_size[0] // 2
            layer.weight[0, 0, middle, middle] = 1
            norm.weight[0] = 1
        network.answer[-1].weight[POSES.index("upside down"), :9] = 10
        network.answer[-1].bias[POSES.index("upright")] = 20
    save_pose(network, dict.fromkeys(POSES[1:], 0.5), RUN, tmp_path)
    images = np.zeros((8, 48, 48), np.uint8)
    images[::2] = 255
    heads = np.ones(images.shape, bool)
    names = np.array(list("aabbccdd"))
    slices = SliceSet(
        images, heads, images, heads[:, 0, 0], np.ones(8), np.zeros(8, np.int64), *[names] * 4
    )
    monkeypatch.setattr(evaluation, "load_slices", lambda *_, **__: slices)
    monkeypatch.setattr(evaluation, "manifest_sha256", lambda _: "cd" * 32)
    monkeypatch.setattr(evaluation, "inverted_pictures", lambda *_, **__: Pictures(images, heads))
    drawn = {"noise": Pictures(images[:2], heads[:2])}
    monkeypatch.setattr(evaluation, "no_head_pictures", lambda *_, **__: drawn)
    return tmp_path


def test_the_card_counts_false_alarms_and_recall_by_unit(half_right, tmp_path):
    path = evaluation.evaluate_pose(half_right, tmp_path, tmp_path, split="val")
    values = {m["name"]: m["value"] for m in json.loads(path.read_text())["metrics"]}
    assert values["false alarms"] == 0.5
    assert values["upside down: turned by 180 degrees"] == 0.5
    assert values["lying, turned left"] == 0
    assert values["no head, all drawn kinds"] == 0
    card = read_card(path)
    assert card.model.name == "pose"
    assert "8 slices in 4 units" in card.metrics[0].how
    page = (tmp_path / "model-card-pose.md").read_text()
    assert "Written by `neuroscope evaluate pose`" in page
    assert "| upside down | 0.5000 | 4 | 0.5000 |" in page
    assert "| inverted | 0.5000 | 0 | 0.0000 |" in page
    assert "| no head: noise | 2 | 0.000 | 0.500 |" in page


def test_a_folder_without_pose_network_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="no pose network"):
        evaluation.evaluate_pose(tmp_path, tmp_path, tmp_path)


def test_the_drawn_pictures_are_not_those_of_training():
    assert PoseConfig().seed != evaluation.SEED
