"""A retrained segmenter is registered, promoted and left again, only with its own certificate."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from neuroscope.jobs.active_model import load_active_segmenter
from neuroscope.learn.corrections.retrain import weights_sha256
from neuroscope.models import segmenter_weights
from neuroscope.models.cards import SHIPPED
from neuroscope.models.segmenter_weights import load_segmenter_network, save_segmenter
from neuroscope.models.unet_segmenter import SegmenterSpec
from neuroscope.settings import read_settings
from neuroscope.store.askings import note_verdict
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import open_store

CHANGE = {"value": 0.04, "low": 0.02, "high": 0.06, "n": 24, "units": 24}
ROW = {
    "of": "edited", "region": "WT", "n": 24, "before": 0.7, "after": 0.74, "control": 0.7,
    "change": CHANGE, "is_proved": True,
}  # fmt: skip


def certificate(verdict: str) -> dict[str, object]:
    return {"verdict": verdict, "reasons": ["For a test."], "rows": [ROW], "attempt": 1}


@pytest.fixture
def retrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a folder as `retrain --segmenter` does: other weights, and the shipped graph."""
    graph = SHIPPED / "segmenter.onnx"
    monkeypatch.setattr(
        segmenter_weights,
        "export_segmenter",
        lambda folder: Path(shutil.copy(graph, folder / "segmenter.onnx")),
    )

    def write(name: str, *, verdict: str, shift: float) -> Path:
        folder = tmp_path / name
        described = json.loads((SHIPPED / "segmenter.json").read_text())
        network = load_segmenter_network(SHIPPED)
        with torch.no_grad():
            next(iter(network.parameters())).add_(shift)
        spec = SegmenterSpec.from_dict(described)
        digest = save_segmenter(network, spec, described["run"], folder, version=f"0.1.0+{name}")
        record = {
            "trained_from_sha256": described["sha256"],
            "manifest_sha256": "a" * 64,
            "weights_sha256": digest,
            "certified_sha256": weights_sha256(load_segmenter_network(folder)),
            "certificate": certificate(verdict),
            "config": {"seed": 3, "tier": "last"},
        }
        (folder / "retrain.json").write_text(json.dumps(record))
        return folder

    return write


def note(folder: Path) -> None:
    """Tell the trail of the certificate, as the command that retrains does."""
    record = json.loads((folder / "retrain.json").read_text())
    store = open_store(read_settings())
    note_verdict(
        store, record["certified_sha256"], verdict=record["certificate"]["verdict"], attempt=1,
        content=record["certificate"], actor="ann",
    )  # fmt: skip
    store.close()


def active_segmenter() -> tuple[str, tuple[str, ...]]:
    """Give the version that the worker would load, and what the trail holds against the store."""
    store = open_store(read_settings())
    try:
        return load_active_segmenter(store, threads=1).model.version, differences(store)
    finally:
        store.close()


def test_a_certified_segmenter_becomes_the_active_one_and_one_can_go_back(command, retrained):
    folder = retrained("better", verdict="promote", shift=0.01)
    code, _, err = command("models", "register", folder)
    assert code == 2
    assert "knows no such certificate" in err

    note(folder)
    code, text, err = command("models", "register", folder, "--json")
    assert code == 0, err
    made = json.loads(text)
    assert (made["name"], made["status"], made["verdict"]) == ("segmenter", "candidate", "promote")
    assert command("models", "register", folder)[0] == 2  # it is there already

    shipped, _ = active_segmenter()
    code, text, err = command("models", "promote", made["id"])
    assert code == 0, err
    assert text.startswith("segmenter 0.1.0+better is active")
    assert active_segmenter() == ("0.1.0+better", ())

    assert command("models", "roll-back")[0] == 2  # of the evidence network nothing was displaced
    code, text, err = command("models", "roll-back", "segmenter")
    assert code == 0, err
    assert active_segmenter() == (shipped, ())


def test_a_refused_segmenter_is_kept_and_never_promoted(command, retrained):
    folder = retrained("worse", verdict="refuse", shift=0.02)
    note(folder)
    made = json.loads(command("models", "register", folder, "--json")[1])
    assert made["status"] == "rejected"
    code, _, err = command("models", "promote", made["id"])
    assert code == 2
    assert "only a candidate can be promoted" in err


def test_a_certificate_of_other_weights_or_a_changed_one_is_refused(command, retrained):
    folder = retrained("good", verdict="promote", shift=0.01)
    note(folder)
    other = retrained("other", verdict="promote", shift=0.5)
    for name in ("segmenter.safetensors", "segmenter.json", "segmenter.onnx"):
        shutil.copy(other / name, folder / name)
    code, _, err = command("models", "register", folder)
    assert code == 1
    assert "about other weights" in err

    changed = retrained("changed", verdict="refuse", shift=0.03)
    note(changed)
    record = json.loads((changed / "retrain.json").read_text())
    record["certificate"]["verdict"] = "promote"
    (changed / "retrain.json").write_text(json.dumps(record))
    code, _, err = command("models", "register", changed)
    assert code == 2
    assert "knows no such certificate" in err


def test_a_folder_without_the_record_of_a_retraining_is_refused(command, retrained):
    folder = retrained("bare", verdict="promote", shift=0.01)
    (folder / "retrain.json").write_text(json.dumps({"config": {}}))
    code, _, err = command("models", "register", folder)
    assert code == 2
    assert "retrain --segmenter" in err
