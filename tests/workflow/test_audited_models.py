"""Folders become models that can be asked; what they were trained without is noted."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.reliability.counterfactual.conftest import head_with_tumor

from neuroscope.errors import ModelError
from neuroscope.learn.augment import without_variation
from neuroscope.learn.dataset import MANIFEST
from neuroscope.learn.transplant import without_transplants
from neuroscope.models.cards import SHIPPED
from neuroscope.models.passport_rules import RULES_NAME, SCHEMA
from neuroscope.models.weights import save_checkpoint
from neuroscope.workflow.audited_models import asking, find_models, load_model, seen_through


def test_maps_land_on_the_pixels_they_speak_of() -> None:
    image, _, _ = head_with_tumor(0)

    def forward(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray, None]:
        """Find the brightest block of 4 pixels."""
        n, size = len(batch), batch.shape[-1]
        cells = batch.reshape(n, size // 4, 4, size // 4, 4).mean((2, 4))
        evidence = np.stack([cells == cells.max((1, 2), keepdims=True), 0 * cells], 1)
        evidence = evidence.astype(np.float32)
        return evidence.sum((2, 3)), evidence, None

    ask = asking(forward, size=64, offset=1.5, jump=4.0)
    bright = image.astype(np.float32).copy()
    bright[30:38, 40:48] = 255
    said = ask([bright, image[:50].astype(np.float32)], True)
    assert said.maps is not None
    assert [m.shape for m in said.maps] == [(64, 64), (50, 64)]
    row, column = np.unravel_index(int(said.maps[0].argmax()), (64, 64))
    assert 29 <= row <= 38
    assert 39 <= column <= 48
    assert ask([bright], False).maps is None
    assert said.embedding is None


def test_released_weights_are_named_and_measured(tmp_path: Path) -> None:
    model = load_model(SHIPPED, data=tmp_path)
    assert (model.name, model.kind) == ("evidence network", "evidence network")
    assert len(model.model_id) == 12
    assert model.parameters is not None
    assert model.parameters > 1e6
    image, _, _ = head_with_tumor(1)
    said = model.ask([image.astype(np.float32)], True)
    assert said.logits.shape == (1, 4)
    assert said.maps is not None
    assert said.maps[0].shape == image.shape


def test_a_passport_of_these_weights_is_shown_and_another_is_not(tmp_path: Path) -> None:
    for path in SHIPPED.glob("evidence.*"):
        (tmp_path / path.name).symlink_to(path)
    sha256 = json.loads((SHIPPED / "evidence.json").read_text())["sha256"]
    passed = {"value": 0.9, "low": 0.8, "high": 1.0}
    content = {
        "schema": SCHEMA, "weights_sha256": sha256, "bounds": {}, "model_tests": [], "notes": {},
        "table": [{"map": "evidence", "pointing": {"median": 1, "passed": passed}, "mass": None}],
    }  # fmt: skip
    (tmp_path / RULES_NAME).write_text(json.dumps(content))
    model = load_model(tmp_path, data=tmp_path)
    assert model.name == tmp_path.name
    (table,) = model.known
    assert table.rows == (("evidence", "90.0% (80.0% to 100.0%)", "not assessed"),)
    (tmp_path / RULES_NAME).write_text(json.dumps({**content, "weights_sha256": "another"}))
    assert load_model(tmp_path, data=tmp_path).known == ()


def run_folder(folder: Path) -> Path:
    """Write an untrained run without variation and balance."""
    from dataclasses import asdict

    import torch

    from neuroscope.learn.train_classifier import TrainConfig, build_network
    from neuroscope.models.evidence import EvidenceShape

    shape = EvidenceShape(widths=(8, 8), deepened=0, merges=0, neck=8, input_size=32)
    config = TrainConfig(
        shape=shape,
        augment=without_variation(),
        balance=False,
        transplant=without_transplants(),
    )
    network = build_network(config)
    folder.mkdir(parents=True)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    save_checkpoint(
        folder / "checkpoint.safetensors", parts={"network": network, "average": network},
        optimizer=optimizer, rng=torch.Generator().get_state(),
    )  # fmt: skip
    record = {"config": asdict(config), "epoch": 3, "seconds": 120.0}
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def test_runs_say_what_they_were_trained_without(tmp_path: Path) -> None:
    model = load_model(run_folder(tmp_path / "bare"), data=tmp_path)
    assert (model.name, model.kind, model.input_size, model.temperature) == (
        "bare", "evidence", 32, 1.0,
    )  # fmt: skip
    notes = " ".join(model.notes)
    assert "3 epochs, 2 min" in notes
    assert "without variation" in notes
    assert "rare sets and classes" in notes
    assert "without moving tumors" in notes
    assert model.explain is not None
    assert "Not calibrated" in notes
    assert not (tmp_path / MANIFEST).exists()


def test_what_cannot_be_loaded_is_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    others = tmp_path / "others"
    run_folder(others / "good")
    (others / "torn").mkdir()
    (others / "torn" / "run.json").write_text("{}")
    (others / "empty").mkdir()
    models, missing = find_models(SHIPPED, [others, others / "empty"], data=tmp_path, threads=1)
    assert [model.name for model in models] == ["evidence network", "good"]
    assert [(one.model, one.part) for one in missing] == [
        ("torn", "Comparison"),
        ("", "Comparison"),
    ]
    with pytest.raises(ModelError, match="neither weights nor a training run"):
        load_model(others / "empty", data=tmp_path)


def test_coarse_places_blur_the_outline_and_fine_ones_keep_it() -> None:
    picture, mask, _ = head_with_tumor(1)
    outline = np.asarray(mask, bool)
    fine = seen_through(size=96, offset=1.5, jump=4.0)(picture.astype(np.float32), outline)
    coarse = seen_through(size=96, offset=15.5, jump=32.0)(picture.astype(np.float32), outline)
    assert fine.shape == coarse.shape == outline.shape
    on = [float(drawn[outline].sum() / drawn.sum()) for drawn in (fine, coarse)]
    assert on[0] > 0.6
    assert on[1] < 0.5 * on[0]
    assert outline[np.unravel_index(int(fine.argmax()), fine.shape)]
