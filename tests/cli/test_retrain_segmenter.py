"""`neuroscope retrain --segmenter` learns from edited studies and says what was proven."""

import json

import numpy as np
import pytest
import torch

from neuroscope.cli import retrain_segmenter as module
from neuroscope.learn.corrections.cases import EditedCase
from neuroscope.learn.segmentation_cases import StoredCase
from neuroscope.models import segmenter_weights
from neuroscope.models.segmenter_weights import load_segmenter_network, save_segmenter
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.unet_segmenter import SegmenterSpec


def small_study(number: int) -> StoredCase:
    images = np.random.default_rng(number).integers(90, 110, (4, 32, 16, 16)).astype(np.uint8)
    labels = np.zeros((32, 16, 16), np.uint8)
    labels[4:12, 4:12, 4:12] = 2
    labels[6:10, 6:10, 6:10] = 3
    images[3][labels > 0] = 200
    return StoredCase("glioblastoma", images, labels)


@pytest.fixture
def base(tmp_path, monkeypatch):
    """Tiny weights; studies and synthetic ones come from memory, and no graph is made."""

    def no_graph(folder):
        (folder / "none").write_bytes(b"")
        return folder / "none"

    monkeypatch.setattr(segmenter_weights, "export_segmenter", no_graph)
    monkeypatch.setattr(
        module,
        "_edited",
        lambda folder, settings: [EditedCase(f"NS-{n}", small_study(n)) for n in range(6)],
    )
    monkeypatch.setattr(
        module,
        "_synthetic",
        lambda number, *_: [small_study(100 + n) for n in range(number)],
    )
    torch.manual_seed(0)
    network = UNet(UNetShape(widths=(2, 2, 2, 2, 2), heads=1, head_width=2))
    save_segmenter(network, SegmenterSpec(), {"config": {}}, tmp_path / "base")
    return tmp_path / "base"


def test_the_command_writes_weights_and_says_the_verdict(command, base, tmp_path):
    out = tmp_path / "out"
    common = ("--weights", base, "--out", out, "--replay", 6, "--steps", 2, "--threads", 1)
    code, text, err = command("retrain", "--segmenter", tmp_path, *common)
    assert code == 0, err
    assert "Certificate: " in text
    assert "edited WT, n = " in text
    assert "step 2: loss on edited studies" in err
    load_segmenter_network(out)
    code, text, err = command("retrain", "--segmenter", tmp_path, *common, "--json")
    assert json.loads(text) == json.loads((out / "retrain.json").read_text())
    assert json.loads(text)["config"]["epsilon"] == 0.02


def test_a_tier_of_slices_alone_is_refused(command, base, tmp_path):
    code, _, err = command("retrain", "--segmenter", tmp_path, "--tier", "adapter")
    assert code == 2
    assert "head, last, full" in err


def test_a_folder_without_edited_studies_says_how_to_lay_them_out(command, tmp_path):
    (tmp_path / "study").mkdir()
    code, _, err = command("retrain", "--segmenter", tmp_path, "--threads", 1)
    assert code == 2
    assert "edited.nii.gz" in err
    assert "images/" in err
