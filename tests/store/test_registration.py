import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuroscope.errors import BadInputError, ConflictError, ModelError, NotFoundError, StorageError
from neuroscope.records.prediction import ModelRef
from neuroscope.store import audit
from neuroscope.store.database import Store
from neuroscope.store.models import active_model, list_models, read_model
from neuroscope.store.promotion import promote
from neuroscope.store.registration import ensure_shipped, note_shipped, register, reject

FIRST, SECOND = ModelRef("evidence", "1", "a" * 64), ModelRef("evidence", "2", "b" * 64)
Trained = Callable[..., dict[str, Any]]


def test_the_models_of_the_package_are_noted_once(store: Store) -> None:
    note_shipped(store)
    noted = list_models(store)
    assert "evidence" in {one.model.name for one in noted}
    assert {one.status for one in noted} == {"active"}
    note_shipped(store)
    assert list_models(store) == noted
    assert audit.head_of(store)[0] == len(noted)


def test_new_weights_of_the_package_take_the_place_of_its_old_ones(store: Store) -> None:
    old, new = ensure_shipped(store, FIRST), ensure_shipped(store, SECOND)
    assert (new.status, new.parent, read_model(store, old.id).status) == (
        "active",
        old.id,
        "retired",
    )


def test_new_weights_of_the_package_leave_a_trained_model_active(
    store: Store, trained: Trained
) -> None:
    parent = ensure_shipped(store, FIRST)
    mine = register(store, **trained(parent.id), actor="ann")
    promote(store, mine.id, actor="ann", run_canaries=lambda model: _answers(model.id))
    assert ensure_shipped(store, SECOND).status == "retired"
    active = active_model(store, "evidence")
    assert active is not None
    assert active.id == mine.id


def test_a_version_says_where_it_comes_from(store: Store, trained: Trained) -> None:
    parent = ensure_shipped(store, FIRST)
    new = trained(parent.id)
    made = register(store, **new, actor="ann")
    assert (made.status, made.parent, made.verdict) == ("candidate", parent.id, "promote")
    assert made.model == new["new"].model
    assert made.metrics == new["new"].metrics
    assert made.certificate == {"verdict": "promote", "energy": [0.4, 0.7]}
    assert (made.seed, made.config) == (7, {"epsilon": 0.05})
    assert made.annotation_head == "d" * 64
    assert made.files["evidence.safetensors"] == made.model.sha256
    event, _ = audit.list_events(store, object_id=made.id)
    assert (event[0].action, event[0].actor) == ("model.register", "ann")


def test_a_refused_model_is_kept_and_rejected(store: Store, trained: Trained) -> None:
    parent = ensure_shipped(store, FIRST)
    refused = register(store, **trained(parent.id, verdict="refuse"), actor="ann")
    assert refused.status == "rejected"


def test_a_candidate_is_rejected_once(store: Store, trained: Trained) -> None:
    parent = ensure_shipped(store, FIRST)
    made = register(store, **trained(parent.id), actor="ann")
    assert reject(store, made.id, actor="bob").status == "rejected"
    with pytest.raises(ConflictError, match="rejected"):
        reject(store, made.id, actor="bob")


def test_other_weights_than_those_named_are_refused(store: Store, trained: Trained) -> None:
    parent = ensure_shipped(store, FIRST)
    new = trained(parent.id)
    (new["folder"] / "evidence.safetensors").write_bytes(b"others")
    with pytest.raises(ModelError, match="None of 2 files"):
        register(store, **new, actor="ann")
    assert list(store.models.iterdir()) == []


def test_a_parent_that_is_not_there_leaves_nothing(store: Store, trained: Trained) -> None:
    with pytest.raises(NotFoundError):
        register(store, **trained("other"), actor="ann")
    assert list(store.models.iterdir()) == []
    assert audit.head_of(store)[0] == 0


def test_a_full_disk_leaves_nothing(
    store: Store, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = ensure_shipped(store, FIRST)
    copied = []

    def copy_one(source: Path, target: Path) -> None:
        if copied:
            raise OSError(errno.ENOSPC, "No space left on device")
        copied.append(target)
        target.write_bytes(source.read_bytes())

    monkeypatch.setattr(shutil, "copyfile", copy_one)
    with pytest.raises(StorageError, match="full"):
        register(store, **trained(parent.id), actor="ann")
    assert list(store.models.iterdir()) == []
    assert [one.id for one in list_models(store)] == [parent.id]


def test_a_certificate_comes_with_a_verdict(trained: Trained) -> None:
    with pytest.raises(BadInputError, match="verdict"):
        trained("parent", certificate=None)


def _answers(name: str) -> Any:
    import numpy as np

    return np.full((4, 3), len(name), np.float64)
