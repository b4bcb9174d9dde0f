"""Put work on the durable queue, cancel it, try it again. Light: it never loads a model."""

import logging
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from types import MappingProxyType
from typing import Literal

from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy.exc import SQLAlchemyError

from neuroscope.errors import ConflictError, StorageError
from neuroscope.jobs.explanation_request import note_explanation, note_replacement
from neuroscope.jobs.training_request import (
    SET_UP,
    missing_for_training,
    note_training,
    require_something_to_learn,
)
from neuroscope.records.segmented import TumorRule
from neuroscope.records.training import TrainingConfig
from neuroscope.settings import Settings
from neuroscope.store.audit import append
from neuroscope.store.database import Store, database_url
from neuroscope.store.explanations import Asked
from neuroscope.store.given_masks import GivenMask, take_back_mask
from neuroscope.store.jobs import (
    ACTIVE,
    Job,
    Kind,
    Told,
    active_jobs,
    add_job,
    cancel_job,
    list_jobs,
    read_job,
    retry_job,
    tumor_told,
)
from neuroscope.store.models import (
    EVIDENCE,
    SEGMENTER,
    active_model,
    read_model,
    require_evidence,
    stale_results,
)
from neuroscope.store.promotion import refusal_noted, require_displaced, require_promotable
from neuroscope.store.stale_volumetry import stale_volumetry
from neuroscope.store.studies import require_study
from neuroscope.store.training import note_resume, note_stop
from neuroscope.store.uploads import close_upload, lock_upload

QUEUE = "studies"
TRAINING_QUEUE = "trainings"  # beside the studies, which need not wait for it
WORKFLOW = "analyze_study"
CHANGE_WORKFLOW = "change_model"
TRAIN_WORKFLOW = "train_model"
INDEX_QUEUE = "indexes"  # beside both: vectors are made again for hours
INDEX_WORKFLOW = "renew_index"
EXPLANATION_QUEUE = "explanations"  # someone looks at the screen and waits
EXPLAIN_WORKFLOW = "explain_slice"
WORKFLOW_OF: Mapping[Kind, str] = MappingProxyType(
    {
        "promote": CHANGE_WORKFLOW,
        "rollback": CHANGE_WORKFLOW,
        "train": TRAIN_WORKFLOW,
        "index": INDEX_WORKFLOW,
        "explain": EXPLAIN_WORKFLOW,
    }
)
QUEUE_OF: Mapping[Kind, str] = MappingProxyType(
    {"train": TRAINING_QUEUE, "index": INDEX_QUEUE, "explain": EXPLANATION_QUEUE}
)
APPLICATION = "neuroscope"
# Raise it when the order of the steps in worker.py changes: work that waits is then begun anew.
WORKFLOW_VERSION = "4"


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

    def put_analysis(
        self,
        study_id: str,
        *,
        model_id: str | None = None,
        tumor: TumorRule | Literal["unknown"] | None = None,
        mask: GivenMask | Literal["none"] | None = None,
        actor: str = "neuroscope",
    ) -> Job:
        """Queue a new analysis of a stored study; one that waits or runs is returned as it is.

        Parameters
        ----------
        model_id
            A registered version to try, beside the active one and without touching what it said.
        tumor
            What the tumor is known to be, for small parts; `unknown` leaves it to the classifier,
            None to what the newest analysis was told.
        mask
            A segmentation to measure in the place of the segmenter's; once it was, it holds for the
            study until `none` takes it back.
        actor
            Who says so. What is said goes to the audit trail.

        Raises
        ------
        NotFoundError
            If there is no such study or version.
        ConflictError
            If it is a version of a model that cannot be exchanged.
        """
        if model_id is not None:
            require_evidence(read_model(self._store, model_id))
        with self._store.transaction() as session:
            require_study(session, study_id)
            known = _tumor_now(tumor_told(session, study_id), tumor)
            told = Told(known, None if mask == "none" else mask)
            if mask == "none":
                take_back_mask(session, study_id)
            for active in active_jobs(session, study_id):
                if active.model_id == model_id and _does(active, told, tumor=tumor, mask=mask):
                    return active
            job = add_job(session, "analyze", study_id=study_id, model_id=model_id, told=told)
            if tumor is not None:
                append(session, "study.tumor", study_id, actor=actor, facts={"tumor": tumor})
            if mask == "none":
                append(session, "study.unmask", study_id, actor=actor, facts={})
            elif mask is not None:
                facts = {"mask": mask.array.sha256, "scheme": mask.scheme or None}
                append(session, "study.mask", study_id, actor=actor, facts=facts)
        return self._enqueue(job)

    def put_stale(self, *, actor: str) -> tuple[Job, ...]:
        """Queue an analysis of every study whose newest another than the active version made."""
        stale = {
            EVIDENCE: stale_results(self._store, EVIDENCE),
            SEGMENTER: stale_volumetry(self._store),
        }
        for name, found in stale.items():
            active = active_model(self._store, name)
            if found and active is not None:
                facts = {"studies": [one.study_id for one in found]}
                with self._store.transaction() as session:
                    append(session, "analysis.recompute", active.id, actor=actor, facts=facts)
        studies = dict.fromkeys(one.study_id for found in stale.values() for one in found)
        return tuple(self.put_analysis(study_id) for study_id in studies)

    def put_promotion(self, model_id: str, *, actor: str) -> Job:
        """Queue the promotion of a candidate.

        Raises
        ------
        NotFoundError
            If there is no such model.
        ConflictError
            If it is no candidate, or its certificate does not say so of the active version.
        """
        candidate = read_model(self._store, model_id)
        with refusal_noted(self._store, model_id, actor=actor):
            require_promotable(candidate, active_model(self._store, candidate.model.name))
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

    def put_training(
        self,
        configs: Sequence[TrainingConfig],
        *,
        name: str,
        actor: str,
        annotation_ids: Sequence[str] | None = None,
    ) -> tuple[Job, ...]:
        """Queue trainings on the annotations of the store; more than one are a trade-off.

        Raises
        ------
        ConflictError
            If what trains is not installed.
        BadInputError
            If no annotated slice can be learned from.
        """
        missing = missing_for_training()
        if missing is not None:
            raise ConflictError(f"Training needs {missing}, which is not installed.", fix=SET_UP)
        require_something_to_learn(self._store, annotation_ids)
        group_id = secrets.token_hex(8) if len(configs) > 1 else None
        queued = []
        for config in configs:
            job = note_training(
                self._store,
                config,
                name=name,
                actor=actor,
                group_id=group_id,
                annotation_ids=annotation_ids,
            )
            queued.append(self._enqueue(job))
        return tuple(queued)

    def put_explanation(self, asked: Asked, *, actor: str) -> Job:
        """Queue a map of an explanation method; one that is there or waits is returned as it is.

        Raises
        ------
        BadInputError
            For an unknown method.
        ConflictError
            If what the method needs is not installed.
        NotFoundError
            If the slice was not analyzed.
        """
        job, is_new = note_explanation(self._store, asked, actor=actor)
        return self._enqueue(job) if is_new else job

    def put_replacement(self, asked: Asked, *, actor: str) -> Job:
        """Queue that a part of a slice is replaced; one that waits is returned as it is.

        Raises
        ------
        ConflictError
            If what it needs is not installed.
        NotFoundError
            If the slice was not analyzed.
        """
        job, is_new = note_replacement(self._store, asked, actor=actor)
        return self._enqueue(job) if is_new else job

    def put_index(self, *, actor: str) -> Job:
        """Queue a renewal of the index of past cases; one that waits or runs is returned."""
        return self._enqueue(note_index(self._store, actor=actor))

    def cancel(self, job_id: str, *, actor: str = "") -> Job:
        """Stop a job: at once if it waits, else before its next chunk.

        Parameters
        ----------
        actor
            Who is named in the trail, where a training is stopped.

        Raises
        ------
        ConflictError
            If it has ended.
        """
        job = cancel_job(self._store, job_id)
        if job.kind == "train":
            note_stop(self._store, job_id, actor=actor)
        self._client.cancel_workflow(job.workflow_id)
        return job

    def cancel_study(self, study_id: str) -> None:
        """Stop what waits or runs for a study."""
        with self._store.reading() as session:
            active = active_jobs(session, study_id)
        for job in active:
            with suppress(ConflictError):  # it ended in this moment
                self.cancel(job.id)

    def retry(self, job_id: str, *, actor: str = "") -> Job:
        """Queue a failed or canceled job again; what it had done is kept.

        Parameters
        ----------
        actor
            Who is named in the trail, where a training goes on.

        Raises
        ------
        ConflictError
            If it has not ended, or ended well.
        """
        job = retry_job(self._store, job_id)
        if job.kind == "train":
            note_resume(self._store, job_id, actor=actor)
        return self._enqueue(job)

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
        self._client.enqueue(options_of(job), job.id)
        return job


def options_of(job: Job) -> EnqueueOptions:
    """Say which workflow does a job; a known name is not run again, so asking twice is harmless."""
    return {
        "workflow_name": WORKFLOW_OF.get(job.kind, WORKFLOW),
        "queue_name": QUEUE_OF.get(job.kind, QUEUE),
        "workflow_id": job.workflow_id,
        "app_version": WORKFLOW_VERSION,
    }


def _tumor_now(
    before: TumorRule | None, tumor: TumorRule | Literal["unknown"] | None
) -> TumorRule | None:
    if tumor is None:
        return before
    return None if tumor == "unknown" else tumor


def _does(job: Job, told: Told, *, tumor: str | None, mask: object) -> bool:
    """Tell whether a job that waits or runs will answer what is asked now.

    An import says nothing of its own; one that runs may have measured what is taken back.
    """
    if job.told.tumor != told.tumor or (mask is not None and job.told.mask != told.mask):
        return False
    if mask == "none" and job.state != "queued":
        return False
    return job.kind == "analyze" or (tumor is None and mask is None)


def note_index(store: Store, *, actor: str) -> Job:
    """Note a renewal of the index; one that waits or runs is returned as it is."""
    for active in list_jobs(store, states=ACTIVE):
        if active.kind == "index":
            return active
    with store.transaction() as session:
        return add_job(session, "index", actor=actor)
