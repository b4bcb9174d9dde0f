"""A promotion from the queue: which network is loaded afterwards, and what remains if it fails."""

from sqlalchemy import text

from neuroscope.jobs.active_model import change_model, load_active_engine
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.store import jobs
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, active_model, read_model


def change(store: Store, kind: jobs.Kind, model_id: str) -> jobs.Job:
    with store.transaction() as session:
        job = jobs.add_job(session, kind, model_id=model_id, actor="ann")
    change_model(store, job.id, threads=1)
    return jobs.read_job(store, job.id)


def test_a_promoted_network_is_loaded_and_one_can_go_back(
    store: Store, shipped: RegisteredModel, candidate: RegisteredModel
) -> None:
    assert load_active_engine(store, threads=1).model == shipped.model
    done = change(store, "promote", candidate.id)
    assert (done.state, done.message) == ("done", f"evidence {candidate.model.version} is active")
    assert load_active_engine(store, threads=1).model.sha256 == candidate.model.sha256

    back = change(store, "rollback", candidate.id)  # the shipped network answers as it did
    assert back.state == "done", back.problem
    assert load_active_engine(store, threads=1).model == shipped.model
    assert differences(store) == ()


def test_a_change_that_was_done_before_a_kill_stays_done(
    store: Store, shipped: RegisteredModel, candidate: RegisteredModel
) -> None:
    change(store, "promote", candidate.id)
    assert change(store, "promote", candidate.id).state == "done"
    change(store, "rollback", candidate.id)
    assert change(store, "rollback", candidate.id).state == "done"
    assert active_model(store, "evidence") == read_model(store, shipped.id)


def test_a_change_that_cannot_be_done_says_why(
    store: Store, shipped: RegisteredModel, candidate: RegisteredModel
) -> None:
    (store.models / candidate.id / "evidence.onnx").unlink()
    failed = change(store, "promote", candidate.id)
    assert failed.state == "failed"
    assert failed.problem is not None
    assert failed.problem.title == "The active model stays as it was"
    assert "evidence.onnx" in failed.problem.detail
    assert active_model(store, "evidence") == shipped


def test_weights_of_another_release_are_not_taken_for_those_that_shipped(
    store: Store, candidate: RegisteredModel
) -> None:
    change(store, "promote", candidate.id)
    assert SHIPPED_WEIGHTS.is_dir()
    with store.transaction() as session:
        session.execute(
            text("UPDATE models SET weights_sha256 = :other WHERE is_shipped"), {"other": "0" * 64}
        )
    failed = change(store, "rollback", candidate.id)
    assert failed.problem is not None
    assert "no longer there" in failed.problem.detail


def test_a_canceled_change_does_nothing(
    store: Store, shipped: RegisteredModel, candidate: RegisteredModel
) -> None:
    with store.transaction() as session:
        job = jobs.add_job(session, "promote", model_id=candidate.id, actor="ann")
    jobs.cancel_job(store, job.id)
    change_model(store, job.id, threads=1)
    assert active_model(store, "evidence") == shipped


def test_a_network_that_displaced_none_has_no_way_back(
    store: Store, shipped: RegisteredModel
) -> None:
    segmenter = active_model(store, "segmenter")
    assert segmenter is not None
    failed = change(store, "rollback", segmenter.id)
    assert failed.problem is not None
    assert "no version to go back to" in failed.problem.detail
