"""A network that could be promoted, beside the one that ships."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from neuroscope.records.prediction import ModelRef
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, active_model
from neuroscope.store.registration import NewModel, note_shipped, register


@pytest.fixture
def shipped(store: Store) -> RegisteredModel:
    note_shipped(store)
    active = active_model(store, "evidence")
    assert active is not None
    return active


@pytest.fixture
def candidate(
    store: Store, shipped: RegisteredModel, known_weights: Path, tmp_path: Path
) -> RegisteredModel:
    """The network whose answer is known, as if it had been trained here."""
    folder = tmp_path / "run"
    shutil.copytree(known_weights, folder)
    (folder / "evidence.safetensors").write_bytes(b"known")
    sha256 = hashlib.sha256(b"known").hexdigest()
    sidecar = json.loads((folder / "evidence.json").read_text())
    (folder / "evidence.json").write_text(
        json.dumps({**sidecar, "name": "evidence", "sha256": sha256})
    )
    new = NewModel(
        model=ModelRef("evidence", str(sidecar["version"]), sha256),
        parent=shipped.id,
        config={},
        seed=0,
        data_manifest_sha256="c" * 64,
        annotation_head="d" * 64,
        certificate={"verdict": "promote"},
        verdict="promote",
    )
    return register(store, new, folder, actor="ann")
