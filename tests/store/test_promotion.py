"""The pointer moves at once, only when proven, and stays where it was whatever goes wrong."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neuroscope.errors import ConflictError, ModelError, NotFoundError, StorageError
from neuroscope.records.prediction import ModelRef
from neuroscope.store import audit, audit_replay, promotion
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.models import (
    RegisteredModel,
    active_model,
    list_models,
    read_model,
    require_row,
)
from neuroscope.store.promotion import promote, roll_back
from neuroscope.store.registration import ensure_shipped, register

SHIPPED = ModelRef("evidence", "1", "a" * 64)
Trained = Callable[..., dict[str, Any]]


class Canaries:
    """Answers that depend on the version; `drift` is added from some time on."""

    def __init__(self) -> None:
        self.drift = 0.0
        self.asked: list[str] = []

    def __call__(self, model: RegisteredModel) -> np.ndarray:
        self.asked.append(model.id)
        seed = int(model.model.sha256[:6], 16)
        return np.random.default_rng(seed).normal(size=(16, 4)) + self.drift


@pytest.fixture
def shipped(store: Store) -> RegisteredModel:
    return ensure_shipped(store, SHIPPED)


@pytest.fixture
def candidate(store: Store, shipped: RegisteredModel, trained: Trained) -> RegisteredModel:
    return register(store, **trained(shipped.id), actor="ann")


def active_id(store: Store) -> str:
    active = active_model(store, "evidence")
    assert active is not None
    return active.id


def test_a_certified_candidate_becomes_active_and_one_can_go_back(
    store: Store, shipped: RegisteredModel, candidate: RegisteredModel
) -> None:
    canaries = Canaries()
    promoted = promote(store, candidate.id, actor="ann", run_canaries=canaries)
    assert (promoted.status, promoted.displaced, promoted.has_canaries) == (
        "active",
        shipped.id,
        True,
    )
    assert read_model(store, shipped.id).status == "retired"
    assert canaries.asked == [candidate.id, shipped.id]  # the old one had none to go back by

    canaries.drift = 0.9e-6
    back = roll_back(store, "evidence", actor="bob", run_canaries=canaries)
    assert (back.id, back.status) == (shipped.id, "active")
    assert read_model(store, candidate.id).status == "retired"
    told = [(event.action, event.actor) for event in audit.events(store)][-2:]
    assert told == [("model.promote", "ann"), ("model.rollback", "bob")]
    assert differences(store) == ()


def test_going_back_needs_the_same_answers(
    store: Store, shipped: RegisteredModel, candidate: RegisteredModel
) -> None:
    canaries = Canaries()
    promote(store, candidate.id, actor="ann", run_canaries=canaries)
    for drift in (1.1e-6, float("nan")):
        canaries.drift = drift
        with pytest.raises(ModelError, match="does not answer as it did"):
            roll_back(store, "evidence", actor="ann", run_canaries=canaries)
    with pytest.raises(ModelError, match="differ by inf"):
        roll_back(store, "evidence", actor="ann", run_canaries=lambda _: np.zeros((3, 4)))
    assert active_id(store) == candidate.id


@pytest.mark.parametrize("verdict", ["insufficient", None])
def test_nothing_is_promoted_without_a_certificate(
    store: Store, shipped: RegisteredModel, trained: Trained, verdict: str | None
) -> None:
    made = register(store, **trained(shipped.id, verdict=verdict), actor="ann")
    with pytest.raises(ConflictError, match="certificate"):
        promote(store, made.id, actor="ann", run_canaries=Canaries())
    assert active_id(store) == shipped.id


def test_a_rejected_or_active_version_is_no_candidate(
    store: Store, shipped: RegisteredModel, trained: Trained
) -> None:
    refused = register(store, **trained(shipped.id, verdict="refuse"), actor="ann")
    for model_id in (refused.id, shipped.id):
        with pytest.raises(ConflictError, match="only a candidate"):
            promote(store, model_id, actor="ann", run_canaries=Canaries())
    with pytest.raises(NotFoundError):
        promote(store, "other", actor="ann", run_canaries=Canaries())


def test_a_certificate_against_another_version_than_the_active_one_does_not_count(
    store: Store, shipped: RegisteredModel, trained: Trained
) -> None:
    first, second = (
        register(store, **trained(shipped.id, seed=n), actor="ann").id for n in range(2)
    )
    promote(store, first, actor="ann", run_canaries=Canaries())
    with pytest.raises(ConflictError, match="not active any more"):
        promote(store, second, actor="ann", run_canaries=Canaries())
    assert active_id(store) == first
    roll_back(store, "evidence", actor="ann", run_canaries=Canaries())
    assert promote(store, second, actor="ann", run_canaries=Canaries()).id == second


def test_a_full_disk_leaves_the_old_version_active(
    store: Store,
    shipped: RegisteredModel,
    candidate: RegisteredModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*given: object) -> None:
        raise StorageError("The disk is full.", fix="Free some space.")

    monkeypatch.setattr(promotion, "write_array", full)
    with pytest.raises(StorageError):
        promote(store, candidate.id, actor="ann", run_canaries=Canaries())
    assert (active_id(store), read_model(store, candidate.id).status) == (shipped.id, "candidate")


@pytest.mark.parametrize("at", ["audit", "swap"])
def test_a_kill_in_the_middle_leaves_the_old_version_active(
    store: Store,
    shipped: RegisteredModel,
    candidate: RegisteredModel,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    """An exception that nothing catches ends a transaction as the end of the process does."""

    def killed(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    if at == "audit":
        monkeypatch.setattr(promotion.audit, "append", killed)
    else:
        monkeypatch.setattr(promotion, "_swap", killed)
    with pytest.raises(KeyboardInterrupt):
        promote(store, candidate.id, actor="ann", run_canaries=Canaries())
    monkeypatch.undo()
    assert (active_id(store), read_model(store, candidate.id).status) == (shipped.id, "candidate")
    assert differences(store) == ()
    promote(store, candidate.id, actor="ann", run_canaries=Canaries())
    assert active_id(store) == candidate.id


def test_damaged_weights_are_not_promoted(
    store: Store, shipped: RegisteredModel, candidate: RegisteredModel
) -> None:
    (store.models / candidate.id / "evidence.json").write_text("{}")
    with pytest.raises(ModelError, match="damaged"):
        promote(store, candidate.id, actor="ann", run_canaries=Canaries())
    assert active_id(store) == shipped.id


def test_there_may_be_nothing_to_go_back_to(store: Store, shipped: RegisteredModel) -> None:
    for name in ("evidence", "other"):
        with pytest.raises(ConflictError, match="no version to go back to"):
            roll_back(store, name, actor="ann", run_canaries=Canaries())


def test_of_two_promotions_at_once_one_is_told(
    store: Store, shipped: RegisteredModel, trained: Trained
) -> None:
    ids = [register(store, **trained(shipped.id, seed=n), actor="ann").id for n in range(2)]
    looked = threading.Barrier(2)
    outcomes: list[object] = []

    def work(model_id: str) -> None:
        canaries = Canaries()

        def run(model: RegisteredModel) -> np.ndarray:
            if model.id == model_id:
                looked.wait()  # both have seen the same active version
            return canaries(model)

        try:
            outcomes.append(promote(store, model_id, actor="ann", run_canaries=run).id)
        except ConflictError as error:
            outcomes.append(error)

    workers = [threading.Thread(target=work, args=(model_id,)) for model_id in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, str)]
    (lost,) = [outcome for outcome in outcomes if isinstance(outcome, ConflictError)]
    assert "promoted meanwhile" in lost.problem
    assert active_id(store) == won
    assert sorted(one.status for one in list_models(store)) == ["active", "candidate", "retired"]
    assert differences(store) == ()


def refusals(store: Store) -> list[str]:
    events, _ = audit.list_events(store, action="model.refuse")
    return [event.facts["problem"] for event in events]


def test_a_verdict_that_the_trail_does_not_tell_is_not_trusted(
    store: Store, shipped: RegisteredModel, trained: Trained
) -> None:
    made = register(store, **trained(shipped.id, verdict="insufficient"), actor="ann")
    with store.transaction() as session:  # behind the back of the trail
        require_row(session, made.id).verdict = "promote"
    with pytest.raises(ModelError, match="differs from the trail in: verdict"):
        promote(store, made.id, actor="ann", run_canaries=Canaries())
    assert active_id(store) == shipped.id
    assert "cannot be trusted" in refusals(store)[0]


def test_nothing_is_promoted_on_a_broken_trail(
    store: Store, candidate: RegisteredModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = audit.Verification(0, audit.GENESIS, audit.Broken(1, "Its payload is not sealed."))
    monkeypatch.setattr(audit_replay, "verify", lambda _: broken)
    with pytest.raises(ModelError, match="broken at event 1"):
        promote(store, candidate.id, actor="ann", run_canaries=Canaries())
    monkeypatch.undo()
    assert promote(store, candidate.id, actor="ann", run_canaries=Canaries()).status == "active"


def test_a_refused_promotion_is_told_and_changes_nothing(
    store: Store, shipped: RegisteredModel, trained: Trained
) -> None:
    made = register(store, **trained(shipped.id, verdict=None), actor="ann")
    with pytest.raises(ConflictError):
        promote(store, made.id, actor="bob", run_canaries=Canaries())
    (event,), _ = audit.list_events(store, action="model.refuse")
    assert (event.object_id, event.actor) == (made.id, "bob")
    assert "certificate" in event.facts["problem"]
    assert differences(store) == ()
