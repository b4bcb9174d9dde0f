from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuroscope.errors import ModelError, NotFoundError
from neuroscope.models.inference import load_engine
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.store import results
from neuroscope.store.database import Store
from neuroscope.store.models import (
    StaleResult,
    active_model,
    is_stale,
    list_models,
    read_model,
    stale_results,
    weights_folder,
)
from neuroscope.store.registration import ensure_shipped, register
from neuroscope.store.studies import save_study

FIRST, SECOND = ModelRef("evidence", "1", "a" * 64), ModelRef("evidence", "2", "b" * 64)


def test_of_one_name_one_version_is_active(store: Store) -> None:
    assert active_model(store, "evidence") is None
    ensure_shipped(store, FIRST)
    other = ensure_shipped(store, ModelRef("segmenter", "1", "c" * 64))
    active = active_model(store, "evidence")
    assert active is not None
    assert active.model == FIRST
    assert {one.id for one in list_models(store)} == {active.id, other.id}
    assert list_models(store, name="segmenter") == (other,)
    assert read_model(store, other.id) == other


def test_what_an_older_version_found_is_stale(
    store: Store, known_weights: Path, picture_study: Callable[..., ImportedStudy]
) -> None:
    spec = load_engine(weights=known_weights, threads=1).spec
    studies = [save_study(store, picture_study(1, seed=seed)).study_id for seed in range(3)]

    def analyze(name: str, study: str, model: ModelRef, *, finished: bool = True) -> None:
        results.start_analysis(store, name, study, model, spec)
        if finished:
            results.finish_analysis(store, name)

    analyze("old-0", studies[0], FIRST)
    analyze("old-1", studies[1], FIRST)
    analyze("other-2", studies[2], ModelRef("other", "1", "e" * 64))
    assert stale_results(store, "evidence") == ()  # nobody knows which version is active
    ensure_shipped(store, SECOND)
    analyze("new-1", studies[1], SECOND)
    analyze("new-0", studies[0], SECOND, finished=False)
    assert stale_results(store, "evidence") == (StaleResult(studies[0], "old-0", FIRST),)
    assert (is_stale(store, FIRST), is_stale(store, SECOND)) == (True, False)
    results.finish_analysis(store, "new-0")
    assert stale_results(store, "evidence") == ()


def test_weights_are_checked_before_they_are_used(
    store: Store, trained: Callable[..., dict[str, Any]]
) -> None:
    parent = ensure_shipped(store, FIRST)
    assert weights_folder(store, parent) is None
    model = register(store, **trained(parent.id), actor="ann")
    folder = weights_folder(store, model)
    assert folder is not None
    assert {path.name for path in folder.iterdir()} == {"evidence.json", "evidence.safetensors"}
    (folder / "evidence.json").write_text("{}")
    with pytest.raises(ModelError, match=r"evidence\.json of model .* damaged"):
        weights_folder(store, model)
    (folder / "evidence.json").unlink()
    with pytest.raises(ModelError, match="missing"):
        weights_folder(store, model)


def test_a_model_that_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no such model"):
        read_model(store, "other")
