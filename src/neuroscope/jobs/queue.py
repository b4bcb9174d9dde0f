"""Put work on the durable queue, cancel it, try it again. Light: it never loads a model."""

import logging
import sqlite3
from contextlib import closing, suppress

from dbos import DBOS, DBOSClient
from sqlalchemy.exc import SQLAlchemyError

from neuroscope.errors import ConflictError, StorageError
from neuroscope.settings import Settings
from neuroscope.store.database import Store, database_url
from neuroscope.store.jobs import (
    ACTIVE,
    Job,
    Kind,
    add_job,
    cancel_job,
    list_jobs,
    newest_jobs,
    read_job,
    retry_job,
)
from neuroscope.store.models import read_model
from neuroscope.store.promotion import require_displaced, require_promotable
from neuroscope.store.studies import require_study
from neuroscope.store.uploads import close_upload, lock_upload

QUEUE = "studies"
WORKFLOW = "analyze_study"
CHANGE_WORKFLOW = "change_model"
APPLICATION = "neuroscope"
# Raise it when the order of the steps in worker.py changes: work that waits is then begun anew.
WORKFLOW_VERSION = "2"


def queue_url(settings: Settings) -> str:
    """Return where the queue keeps its steps: a file of its own, or the PostgreSQL database."""
    url = database_url(settings.resolved_database_url)
    if url.get_backend_name() == "postgresql":
        return url.render_as_string(hide_password=False)
    return f"sqlite:///{settings.home / 'queue.db'}"


def prepare_queue(url: str) -> None:
    """Make or upgrade the tables of the queue (the client of DBOS never does).

    Raises
    ------
    StorageError
        If the database cannot be written or reached.
    """
    logging.getLogger("dbos").setLevel(logging.WARNING)
    try:
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        DBOS.migrate(url)
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise StorageError(
            f"The tables of the queue cannot be made ({type(error).__name__}).",
            fix="Check the folder of the store and NEUROSCOPE_DATABASE_URL.",
        ) from error


class JobQueue:
    """The connection to the durable queue. It only writes down what the worker shall do."""

    def __init__(self, store: Store, settings: Settings) -> None:
        """Connect; the tables of the queue are made if they are not there."""
        url = queue_url(settings)
        prepare_queue(url)
        self._store = store
        self._client = DBOSClient(
            system_database_url=url, application_name=APPLICATION, retry_connection_errors=False
        )

    def close(self) -> None:
        """Give back the connections."""
        self._client.destroy()

    def put_upload(self, upload_id: str) -> Job:
        """Queue the import and analysis of an upload; asked twice, the same job answers.

        Raises
        ------
        ConflictError
            If bytes are missing.
        """
        with self._store.transaction() as session:
            job_id = lock_upload(session, upload_id).job_id  # of two who ask at once, one waits
            if job_id is None:
                job = add_job(session, "import", upload_id=upload_id)
                close_upload(session, upload_id, job.id)
        return self._enqueue(job if job_id is None else read_job(self._store, job_id))

    def put_analysis(self, study_id: str) -> Job:
        """Queue a new analysis of a stored study; one that waits or runs is returned as it is.

        Raises
        ------
        NotFoundError
            If there is no such study.
        """
        with self._store.transaction() as session:
            require_study(session, study_id)
            active = newest_jobs(session, [study_id]).get(study_id)
            if active is not None and active.state in ACTIVE:
                return active
            job = add_job(session, "analyze", study_id=study_id)
        return self._enqueue(job)

    def put_promotion(self, model_id: str, *, actor: str) -> Job:
        """Queue the promotion of a candidate.

        Raises
        ------
        NotFoundError
            If there is no such model.
        ConflictError
            If it is no candidate, or its certificate does not say so.
        """
        require_promotable(read_model(self._store, model_id))
        return self._put_change("promote", model_id, actor)

    def put_rollback(self, model_id: str, *, actor: str) -> Job:
        """Queue the way back from an active model to the version it displaced.

        Raises
        ------
        NotFoundError
            If there is no such model.
        ConflictError
            If it is not active, or displaced none.
        """
        require_displaced(read_model(self._store, model_id))
        return self._put_change("rollback", model_id, actor)

    def cancel(self, job_id: str) -> Job:
        """Stop a job: at once if it waits, else before its next chunk.

        Raises
        ------
        ConflictError
            If it has ended.
        """
        job = cancel_job(self._store, job_id)
        self._client.cancel_workflow(job.workflow_id)
        return job

    def cancel_study(self, study_id: str) -> None:
        """Stop what waits or runs for a study."""
        with self._store.reading() as session:
            job = newest_jobs(session, [study_id]).get(study_id)
        if job is not None and job.state in ACTIVE:
            with suppress(ConflictError):  # it ended in this moment
                self.cancel(job.id)

    def retry(self, job_id: str) -> Job:
        """Queue a failed or canceled job again; what it had done is kept.

        Raises
        ------
        ConflictError
            If it has not ended, or ended well.
        """
        return self._enqueue(retry_job(self._store, job_id))

    def put_again(self) -> int:
        """Queue jobs that were noted but not queued, because the program died between the two."""
        waiting = list_jobs(self._store, states=("queued",), limit=10_000)
        for job in waiting:
            self._enqueue(job)
        return len(waiting)

    def _put_change(self, kind: Kind, model_id: str, actor: str) -> Job:
        with self._store.transaction() as session:
            job = add_job(session, kind, model_id=model_id, actor=actor)
        return self._enqueue(job)

    def _enqueue(self, job: Job) -> Job:
        # The name of the workflow makes this harmless to repeat: a known name is not run again.
        self._client.enqueue(
            {
                "workflow_name": CHANGE_WORKFLOW if job.model_id is not None else WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": job.workflow_id,
                "app_version": WORKFLOW_VERSION,
            },
            job.id,
        )
        return job
