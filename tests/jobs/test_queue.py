from collections.abc import Callable, Iterator

import pytest
from dbos import DBOSClient

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.jobs import queue as module
from neuroscope.jobs.queue import JobQueue, queue_url
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.training import TrainingConfig
from neuroscope.settings import Limits, Settings
from neuroscope.store import jobs, uploads
from neuroscope.store.audit import list_events
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, StaleResult
from neuroscope.store.studies import save_study


@pytest.fixture
def queue(store: Store, settings: Settings) -> Iterator[JobQueue]:
    opened = JobQueue(store, settings)
    yield opened
    opened.close()


def workflows(settings: Settings) -> dict[str, str]:
    """Name and state of everything that the worker would find."""
    client = DBOSClient(system_database_url=queue_url(settings))
    found = {w.workflow_id: w.status for w in client.list_workflows()}
    client.destroy()
    return found


def test_a_job_is_put_on_the_queue(
    store: Store,
    settings: Settings,
    queue: JobQueue,
    picture_study: Callable[..., ImportedStudy],
) -> None:
    job = queue.put_analysis(save_study(store, picture_study(1)).study_id)
    assert workflows(settings) == {job.workflow_id: "ENQUEUED"}


def test_what_a_person_said_of_the_tumor_holds_until_it_is_taken_back(
    store: Store, queue: JobQueue, picture_study: Callable[..., ImportedStudy]
) -> None:
    study_id = save_study(store, picture_study(1)).study_id
    plain = queue.put_analysis(study_id)
    told = queue.put_analysis(study_id, tumor="metastases")

    assert plain.told.tumor is None
    assert told.told.tumor == "metastases"
    assert queue.put_analysis(study_id, tumor="metastases").id == told.id  # it waits already
    with store.transaction() as session:
        jobs.add_job(session, "import", study_id=study_id)  # the same images, brought again
    assert queue.put_analysis(study_id).id == told.id  # as for a version that is new
    queue.cancel(told.id)
    assert queue.put_analysis(study_id).id == plain.id  # what was taken back does not hold
    assert queue.put_analysis(study_id, tumor="unknown", actor="ann").id == plain.id
    events, _ = list_events(store, action="study.tumor")
    assert [one.facts for one in events] == [{"tumor": "metastases"}]


def test_a_canceled_job_is_taken_off_and_its_next_attempt_put_on(
    store: Store,
    settings: Settings,
    queue: JobQueue,
    picture_study: Callable[..., ImportedStudy],
) -> None:
    job = queue.put_analysis(save_study(store, picture_study(1)).study_id)
    queue.cancel(job.id)
    again = queue.retry(job.id)
    assert workflows(settings) == {job.workflow_id: "CANCELLED", again.workflow_id: "ENQUEUED"}


def test_a_job_noted_by_a_program_that_died_is_queued_at_the_next_start(
    store: Store, settings: Settings, queue: JobQueue
) -> None:
    with store.transaction() as session:
        job = jobs.add_job(session, "import", upload_id="upload")
    assert workflows(settings) == {}
    queue.put_again()
    queue.put_again()
    assert workflows(settings) == {job.workflow_id: "ENQUEUED"}


def test_an_upload_that_is_not_complete_is_not_queued(
    store: Store, settings: Settings, queue: JobQueue
) -> None:
    upload = uploads.create_upload(store, [("a.png", 1)], Limits())
    with pytest.raises(ConflictError):
        queue.put_upload(upload.id)
    assert workflows(settings) == {}
    assert jobs.list_jobs(store) == ()


def test_a_study_that_is_not_there_is_not_queued(queue: JobQueue) -> None:
    with pytest.raises(NotFoundError):
        queue.put_analysis("none")


def test_the_promotion_of_a_model_is_put_on_the_queue(
    store: Store, settings: Settings, queue: JobQueue, candidate: RegisteredModel
) -> None:
    job = queue.put_promotion(candidate.id, actor="ann")
    assert (job.kind, job.model_id, job.actor, job.study_id) == (
        "promote",
        candidate.id,
        "ann",
        None,
    )
    client = DBOSClient(system_database_url=queue_url(settings))
    (found,) = client.list_workflows()
    client.destroy()
    assert (found.workflow_id, found.name) == (job.workflow_id, "change_model")


def test_what_cannot_be_changed_is_not_queued(
    store: Store, settings: Settings, queue: JobQueue, shipped: RegisteredModel
) -> None:
    for put in (queue.put_promotion, queue.put_rollback):
        with pytest.raises(ConflictError):
            put(shipped.id, actor="ann")
        with pytest.raises(NotFoundError):
            put("none", actor="ann")
    assert workflows(settings) == {}
    assert {e.action for e in list_events(store, object_id=shipped.id)[0]} >= {"model.refuse"}


def test_who_asks_for_recomputation_is_told(
    store: Store,
    queue: JobQueue,
    shipped: RegisteredModel,
    picture_study: Callable[..., ImportedStudy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study_id = save_study(store, picture_study(1)).study_id
    stale = StaleResult(study_id, "a1", shipped.model)
    monkeypatch.setattr(module, "stale_results", lambda *_: (stale,))
    (job,) = queue.put_stale(actor="ann")
    assert (job.kind, job.study_id) == ("analyze", study_id)
    (event,), _ = list_events(store, action="analysis.recompute")
    assert (event.actor, event.object_id, event.facts) == (
        "ann",
        shipped.id,
        {"studies": [study_id]},
    )


def test_who_asks_for_a_training_stops_it_and_lets_it_go_on_is_told(
    store: Store, queue: JobQueue, shipped: RegisteredModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "missing_for_training", lambda: None)
    monkeypatch.setattr(module, "require_something_to_learn", lambda *_: None)
    (job,) = queue.put_training([TrainingConfig()], name="", actor="ann", annotation_ids=["b", "a"])
    queue.cancel(job.id, actor="bob")
    queue.retry(job.id, actor="eve")
    events, _ = list_events(store, object_id=job.id)
    assert [(e.action, e.actor) for e in reversed(events)] == [
        ("training.request", "ann"),
        ("training.stop", "bob"),
        ("training.resume", "eve"),
    ]
    assert events[-1].facts["annotation_ids"] == ["a", "b"]
    assert events[0].facts == {"step": None}
    assert differences(store) == ()
