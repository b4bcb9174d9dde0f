"""A retraining of the segmenter ends in a folder that every command can use."""

import json
from dataclasses import replace

import pytest

from neuroscope.learn.corrections.release import RECORD_NAME, correct_and_release
from neuroscope.learn.corrections.run import CorrectionConfig
from neuroscope.models import segmenter_weights
from neuroscope.models.segmenter_weights import load_segmenter_network, save_segmenter
from neuroscope.models.unet_segmenter import SegmenterSpec, load_segmenter

BRIEF = CorrectionConfig(steps=2, look_every=2, epsilon=1.0)


@pytest.fixture
def base(network, tmp_path, monkeypatch):
    """Weights to start from; their graph is not asked for, and takes long to make."""

    def no_graph(folder):
        (folder / "none").write_bytes(b"")
        return folder / "none"

    monkeypatch.setattr(segmenter_weights, "export_segmenter", no_graph)
    spec = SegmenterSpec(thresholds={"WT": 0.3, "TC": 0.4, "ET": 0.4})
    save_segmenter(network, spec, {"config": {}}, tmp_path / "base")
    return tmp_path / "base"


@pytest.mark.slow
def test_the_graph_is_that_of_the_new_weights(base, edited, synthetic, tmp_path, monkeypatch):
    monkeypatch.undo()
    correct_and_release(base, edited(8), synthetic(9), BRIEF, tmp_path / "out")
    segmenter = load_segmenter(weights=tmp_path / "out", threads=1)
    assert dict(segmenter.spec.thresholds) == {"WT": 0.3, "TC": 0.4, "ET": 0.4}
    assert segmenter.model.version.startswith("0.1.0+")


def test_the_folder_holds_weights_and_proof(base, edited, synthetic, tmp_path):
    record = correct_and_release(base, edited(8), synthetic(9), BRIEF, tmp_path / "out")
    assert load_segmenter_network(tmp_path / "out").shape.heads == 2

    stored = json.loads((tmp_path / "out" / RECORD_NAME).read_text())
    assert stored == json.loads(json.dumps(record))
    assert stored["status"] == "feasible"
    assert stored["studies"]["replayed"] + stored["studies"]["synthetic_locked"] == 9
    assert stored["certificate"]["verdict"] in ("promote", "refuse", "insufficient")
    assert stored["certificate"]["patients"] == stored["studies"]["edited_locked"]
    before = json.loads((base / "segmenter.json").read_text())
    assert stored["trained_from_sha256"] == before["sha256"] != stored["weights_sha256"]


def test_when_nothing_keeps_the_promise_the_certificate_refuses(base, edited, synthetic, tmp_path):
    config = replace(BRIEF, epsilon=0.0, replay=0.0, learning_rate=1.0, tier="full")
    record = correct_and_release(base, edited(8), synthetic(9), config, tmp_path / "out")
    assert record["status"] == "infeasible"
    assert record["certificate"]["verdict"] != "promote"
    first, now = (load_segmenter_network(folder) for folder in (base, tmp_path / "out"))
    for (name, before), after in zip(first.named_parameters(), now.parameters(), strict=True):
        assert bool((before == after).all()), name
