"""What the queue tells the page about its jobs; the durable steps are the queue's own."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, ConflictError, NeuroscopeError, NotFoundError
from neuroscope.records.segmented import TumorRule
from neuroscope.store.database import Store
from neuroscope.store.given_masks import GivenMask
from neuroscope.store.tables import JobRow, StudyRow, now

State = Literal["queued", "running", "done", "failed", "canceled"]
Kind = Literal["import", "analyze", "promote", "rollback", "train", "index", "explain"]
ACTIVE: tuple[State, ...] = ("queued", "running")
STUDY_STATUS: dict[State, str] = {"done": "analyzed"}  # else the same word


@dataclass(frozen=True, slots=True)
class JobProblem:
    """Why a job failed and how to mend it."""

    title: str
    detail: str
    fix: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader said of a study when asking for its analysis.

    Attributes
    ----------
    tumor
        What it is; None leaves it to the classifier.
    mask
        A segmentation to try in the place of what held before; None if there is no new one.
    """

    tumor: TumorRule | None = None
    mask: GivenMask | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Work in the queue and how far it has come (`progress` 0..1).

    Attributes
    ----------
    stored
        Grows whenever more of the result is stored: worth looking at before the job is done.
    model_id
        What to promote, or to go back from; or the version to analyze with, to compare.
    actor
        Who asked for that.
    told
        What a reader said of the study.
    """

    id: str
    kind: Kind
    state: State
    progress: float
    stored: int
    message: str
    study_id: str | None
    upload_id: str | None
    analysis_id: str | None
    model_id: str | None
    actor: str | None
    told: Told
    duplicate: bool
    problem: JobProblem | None
    attempt: int
    created: datetime
    updated: datetime

    @property
    def workflow_id(self) -> str:
        """Name of the durable workflow that does this attempt."""
        return f"{self.id}-{self.attempt}"


UNTOLD = Told()


def add_job(
    session: Session,
    kind: Kind,
    *,
    study_id: str | None = None,
    upload_id: str | None = None,
    model_id: str | None = None,
    actor: str | None = None,
    told: Told = UNTOLD,
) -> Job:
    """Note a new job; the caller puts it on the queue once this is committed."""
    row = JobRow(
        id=secrets.token_hex(8),
        kind=kind,
        state="queued",
        message="Waiting for its turn",
        study_id=study_id,
        upload_id=upload_id,
        model_id=model_id,
        actor=actor,
        tumor=told.tumor,
        mask=told.mask and told.mask.to_json(),
    )
    session.add(row)
    session.flush()
    _tell_study(session, row)
    return job_of(row)


def read_job(store: Store, job_id: str) -> Job:
    """Return one job.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.reading() as session:
        return job_of(_require(session, job_id))


def list_jobs(
    store: Store, *, states: tuple[State, ...] = (), since: datetime | None = None, limit: int = 100
) -> tuple[Job, ...]:
    """List jobs, newest first; only those in `states`, or changed at or after `since`."""
    query = select(JobRow).order_by(JobRow.created.desc(), JobRow.id).limit(limit)
    if states:
        query = query.where(JobRow.state.in_(states))
    if since is not None:
        query = query.where(JobRow.updated >= since)
    with store.reading() as session:
        return tuple(job_of(row) for row in session.scalars(query))


def tell_progress(store: Store, job_id: str, progress: float, message: str) -> Job:
    """Note how far a job has come; a job that has ended (was canceled) is left as it is."""
    with store.transaction() as session:
        session.execute(
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.state.in_(ACTIVE))
            .values(
                state="running",
                progress=min(1.0, max(0.0, progress)),
                message=message,
                updated=now(),
            )
        )
        row = _require(session, job_id)
        _tell_study(session, row)
        return job_of(row)


def tell_study(store: Store, job_id: str, *, study_id: str, analysis_id: str | None = None) -> None:
    """Note which study and analysis a job works on."""
    with store.transaction() as session:
        row = _require(session, job_id)
        row.study_id, row.analysis_id, row.updated = study_id, analysis_id, now()
        _tell_study(session, row)


def tell_stored(store: Store, job_id: str) -> None:
    """Note that more of what a job finds is stored, for those who wait for it."""
    with store.transaction() as session:
        session.execute(
            update(JobRow)
            .where(JobRow.id == job_id)
            .values(stored=JobRow.stored + 1, updated=now())
        )


def finish_job(store: Store, job_id: str, *, message: str, duplicate: bool = False) -> None:
    """Note that a job is done."""
    with store.transaction() as session:
        row = _require(session, job_id)
        if row.state in ACTIVE:
            row.state, row.progress, row.message, row.problem = "done", 1.0, message, None
            row.duplicate, row.updated = duplicate, now()
            _tell_study(session, row)


def fail_job(store: Store, job_id: str, problem: JobProblem) -> None:
    """Note that a job has failed and why."""
    with store.transaction() as session:
        row = session.get(JobRow, job_id)
        if row is not None and row.state in ACTIVE:
            row.state, row.message, row.updated = "failed", problem.title, now()
            row.problem = {
                "title": problem.title,
                "detail": problem.detail,
                "fix": problem.fix,
            }
            _tell_study(session, row)


def cancel_job(store: Store, job_id: str) -> Job:
    """Mark a job as canceled; the worker sees it before its next chunk.

    Raises
    ------
    ConflictError
        If it has ended already.
    """
    with store.transaction() as session:
        row = _require(session, job_id, lock=True)
        if row.state not in ACTIVE:
            raise ConflictError(
                f"The job is {row.state}; there is nothing to cancel.",
                fix="Reload the page to see its result.",
            )
        row.state, row.message, row.updated = "canceled", "Canceled", now()
        _tell_study(session, row)
        return job_of(row)


def retry_job(store: Store, job_id: str) -> Job:
    """Make a failed or canceled job wait again, as its next attempt.

    Raises
    ------
    ConflictError
        If it has not ended, or has ended well.
    """
    with store.transaction() as session:
        row = _require(session, job_id, lock=True)
        if row.state not in ("failed", "canceled"):
            raise ConflictError(
                f"The job is {row.state}; only a failed or canceled job can be tried again.",
                fix="Wait for it to end, or ask for a new analysis.",
            )
        row.state, row.progress, row.problem = "queued", 0.0, None
        row.message, row.attempt, row.updated = "Waiting for its turn", row.attempt + 1, now()
        _tell_study(session, row)
        return job_of(row)


def newest_jobs(session: Session, study_ids: list[str]) -> dict[str, Job]:
    """Return the newest job of each study, but for trials of another version."""
    rows = session.scalars(
        select(JobRow)
        .where(JobRow.study_id.in_(study_ids), JobRow.model_id.is_(None))
        .order_by(JobRow.created, JobRow.id)
    )
    return {cast("str", row.study_id): job_of(row) for row in rows}


def tumor_told(session: Session, study_id: str) -> TumorRule | None:
    """Return what the newest analysis that was asked for was told the tumor is."""
    query = (
        select(JobRow.tumor)
        .where(
            JobRow.study_id == study_id,
            JobRow.kind == "analyze",
            JobRow.state != "canceled",
            JobRow.model_id.is_(None),
        )
        .order_by(JobRow.created.desc(), JobRow.id.desc())
        .limit(1)
    )
    return cast("TumorRule | None", session.scalar(query))


def active_jobs(session: Session, study_id: str) -> tuple[Job, ...]:
    """Return all jobs of a study that wait or run, trials too."""
    rows = session.scalars(
        select(JobRow)
        .where(JobRow.study_id == study_id, JobRow.state.in_(ACTIVE))
        .order_by(JobRow.created, JobRow.id)
    )
    return tuple(job_of(row) for row in rows)


def job_of(row: JobRow) -> Job:
    """Make the record from its row."""
    return Job(
        id=row.id,
        kind=cast("Kind", row.kind),
        state=cast("State", row.state),
        progress=row.progress,
        stored=row.stored,
        message=row.message,
        study_id=row.study_id,
        upload_id=row.upload_id,
        analysis_id=row.analysis_id,
        model_id=row.model_id,
        actor=row.actor,
        told=_told(row),
        duplicate=bool(row.duplicate),
        problem=JobProblem(**row.problem) if row.problem else None,
        attempt=row.attempt,
        created=row.created,
        updated=row.updated,
    )


def problem_of(error: BaseException) -> JobProblem:
    """Say why work failed, in words for the person who asked for it.

    An error that is not ours may carry a path or an identifier in its text: it is not repeated.
    """
    if isinstance(error, NeuroscopeError):
        is_input = isinstance(error, BadInputError)
        title = "These images cannot be used" if is_input else "The analysis stopped"
        return JobProblem(title, error.problem, error.fix)
    return JobProblem(
        "Our fault",
        f"An unexpected error stopped the work ({type(error).__name__}).",
        "Try again; if it happens again, please report it with the version of Neuroscope.",
    )


def _told(row: JobRow) -> Told:
    mask = GivenMask.from_json(row.mask) if row.mask else None
    return Told(cast("TumorRule | None", row.tumor), mask)


def _require(session: Session, job_id: str, *, lock: bool = False) -> JobRow:
    row = session.get(JobRow, job_id, with_for_update=True if lock else None)
    if row is None:
        raise NotFoundError("There is no such job.", fix="Look at the list of jobs.")
    return row


def _tell_study(session: Session, job: JobRow) -> None:
    """Repeat the state of the job as the status of its study, for the worklist; not of a trial."""
    if job.study_id is not None and job.model_id is None:
        values: dict[str, Any] = {"status": STUDY_STATUS.get(cast("State", job.state), job.state)}
        session.execute(update(StudyRow).where(StudyRow.id == job.study_id).values(**values))
