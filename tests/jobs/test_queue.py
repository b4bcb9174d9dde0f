from collections.abc import Callable, Iterator

import pytest
from dbos import DBOSClient

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.jobs.queue import JobQueue, queue_url
from neuroscope.records.imported import ImportedStudy
from neuroscope.settings import Limits, Settings
from neuroscope.store import jobs, uploads
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel
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
