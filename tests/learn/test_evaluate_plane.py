"""The card counts what is named, named wrongly and noticed, by unit."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from neuroscope.errors import BadInputError, ModelError
from neuroscope.learn import evaluate_plane as evaluation
from neuroscope.models.cards import read_card
from neuroscope.models.plane import PLANES
from neuroscope.models.plane_weights import save_plane
from neuroscope.models.pose_weights import PoseNet

RUN = {
    "config": {"steps": 5, "seed": 0}, "labeled": {"train": 3, "val": 3}, "seconds": 60.0,
    "machine": "one", "labels_sha256": "ab" * 32,
}  # fmt: skip


@pytest.fixture
def always_coronal(tmp_path):
    network = PoseNet(24, answers=len(PLANES)).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.answer[-1].bias[PLANES.index("coronal")] = 9
    save_plane(network, 0.9, RUN, tmp_path)
    return tmp_path


@pytest.fixture
def labels(tmp_path):
    (tmp_path / "some").mkdir()
    rows, columns = np.mgrid[:64, :64] - 32
    Image.fromarray((200 * (np.hypot(rows, columns) < 24)).astype(np.uint8)).save(
        tmp_path / "some" / "head.png"
    )
    path = tmp_path / "labels.csv"
    rows = [f"some,head.png,test,u{n // 2},{PLANES[n % 3]}" for n in range(6)]
    path.write_text("\n".join(["set,file,split,unit,plane", *rows]) + "\n")
    return path


def test_the_card_tells_recall_and_false_alarms(always_coronal, labels, tmp_path):
    path = evaluation.evaluate_plane(always_coronal, tmp_path, labels, tmp_path)
    values = {m["name"]: m["value"] for m in json.loads(path.read_text())["metrics"]}
    assert values == {
        "named, some": 1.0,
        "right among the named, some": pytest.approx(1 / 3, abs=1e-3),
        "accused wrongly, some": pytest.approx(2 / 3, abs=1e-3),
        # a coronal slice is noticed twice of twice, another where coronal is not expected
        "wrong plane noticed, some": pytest.approx((1 + 0.5 + 0.5) / 3, abs=1e-3),
    }
    card = read_card(path)
    assert "6 slices in 3 units" in card.metrics[0].how
    assert (
        "| some | coronal | 2 | 2 | 1.000 | 0 | 1.000 |"
        in (tmp_path / "model-card-plane.md").read_text()
    )


def test_what_is_missing_is_said(always_coronal, labels, tmp_path):
    with pytest.raises(BadInputError, match="'val'"):
        evaluation.evaluate_plane(always_coronal, tmp_path, labels, tmp_path, split="val")
    with pytest.raises(ModelError, match="no plane network"):
        evaluation.evaluate_plane(tmp_path / "some", tmp_path, labels, tmp_path)
