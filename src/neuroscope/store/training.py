"""Trainings: what was asked for, what they learned from, how they went and what came of them.

A training has the id of its job, which says whether it waits, runs or has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from neuroscope.errors import NotFoundError
from neuroscope.store import audit
from neuroscope.store.database import Store, insert_once
from neuroscope.store.jobs import Job, job_of
from neuroscope.store.model_tables import TrainingPointRow, TrainingRow
from neuroscope.store.models import Verdict
from neuroscope.store.tables import JobRow

Point = Mapping[str, Any]
MOST = 100  # trainings in a list


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A training as it stands.

    Attributes
    ----------
    group_id
        Shared by the runs of one trade-off, which differ in epsilon alone.
    config
        Loss, tier, epsilon, steps, seed.
    annotation_ids
        Only these annotations were to be used; None for all.
    annotation_head
        Head of the audit trail when the annotations were read; None before.
    manifest
        What it learns from, counted by source; None before the slices are gathered.
    outcome
        Status, step, hashes; None before it has ended well.
    tracking
        Where else it is logged; None if nowhere.
    points
        What it looked like after some steps, in order.
    """

    id: str
    name: str
    group_id: str | None
    job: Job
    created: datetime
    config: Mapping[str, Any]
    annotation_ids: tuple[str, ...] | None
    annotation_head: str | None
    manifest: Mapping[str, Any] | None
    cautions: tuple[str, ...]
    outcome: Mapping[str, Any] | None
    model_id: str | None
    verdict: Verdict | None
    tracking: Mapping[str, Any] | None
    points: tuple[Point, ...]


def add_run(
    session: Session,
    job: Job,
    *,
    name: str,
    config: Mapping[str, Any],
    group_id: str | None = None,
    annotation_ids: Sequence[str] | None = None,
) -> None:
    """Note what a training job shall do, in the transaction that notes the job."""
    session.add(
        TrainingRow(
            id=job.id,
            name=name,
            group_id=group_id,
            created=job.created,
            config=dict(config),
            annotation_ids=None if annotation_ids is None else list(annotation_ids),
            cautions=[],
        )
    )
    session.flush()
    facts = {
        "config": dict(config),
        "annotation_ids": None if annotation_ids is None else sorted(annotation_ids),
    }
    audit.append(session, "training.request", job.id, actor=job.actor or "", facts=facts)


def note_stop(store: Store, run_id: str, *, actor: str) -> None:
    """Note who stopped a training, and after which of its steps."""
    _note_change(store, "training.stop", run_id, actor)


def note_resume(store: Store, run_id: str, *, actor: str) -> None:
    """Note who let a training go on, and after which of its steps."""
    _note_change(store, "training.resume", run_id, actor)


def _note_change(store: Store, action: audit.Action, run_id: str, actor: str) -> None:
    query = select(func.max(TrainingPointRow.step)).where(TrainingPointRow.run_id == run_id)
    with store.transaction() as session:
        facts = {"step": session.scalar(query)}
        audit.append(session, action, run_id, actor=actor, facts=facts)


def read_run(store: Store, run_id: str) -> TrainingRun:
    """Return one training with its points.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.reading() as session:
        return _run_of(session, _require(session, run_id))


def list_runs(store: Store) -> tuple[TrainingRun, ...]:
    """List the newest trainings with their points, the newest first."""
    query = select(TrainingRow).order_by(TrainingRow.created.desc(), TrainingRow.id).limit(MOST)
    with store.reading() as session:
        return tuple(_run_of(session, row) for row in session.scalars(query).all())


def note_material(
    store: Store,
    run_id: str,
    *,
    annotation_head: str,
    manifest: Mapping[str, Any],
    cautions: Sequence[str],
    actor: str,
) -> None:
    """Note what a training learns from, once: a run that goes on has noted it before."""
    with store.transaction() as session:
        row = _require(session, run_id, lock=True)
        if row.annotation_head is not None:
            return
        row.annotation_head, row.manifest = annotation_head, dict(manifest)
        row.cautions = list(cautions)
        session.flush()
        facts = {
            "config": row.config,
            "annotation_head": annotation_head,
            "manifest_sha256": audit.sha256(audit.canonical(manifest)),
        }
        audit.append(session, "training.start", run_id, actor=actor, facts=facts)


def add_point(store: Store, run_id: str, step: int, content: Point) -> None:
    """Keep what a training looked like; told again after a kill, it is kept once."""
    with store.transaction() as session:
        row = {"run_id": run_id, "step": step, "content": dict(content)}
        insert_once(session, TrainingPointRow, [row])


def add_caution(store: Store, run_id: str, caution: str) -> None:
    """Add a doubt about a training, once."""
    with store.transaction() as session:
        row = _require(session, run_id, lock=True)
        if caution not in row.cautions:
            row.cautions = [*row.cautions, caution]


def note_tracking(store: Store, run_id: str, tracking: Mapping[str, Any]) -> None:
    """Note where else a training is logged."""
    with store.transaction() as session:
        _require(session, run_id, lock=True).tracking = dict(tracking)


def end_run(
    store: Store,
    run_id: str,
    *,
    outcome: Mapping[str, Any],
    model_id: str | None,
    verdict: Verdict | None,
    actor: str,
) -> None:
    """Note what came of a training, once."""
    with store.transaction() as session:
        row = _require(session, run_id, lock=True)
        if row.outcome is not None:
            return
        row.outcome, row.model_id, row.verdict = dict(outcome), model_id, verdict
        session.flush()
        facts = {"outcome": row.outcome, "model_id": model_id, "verdict": verdict}
        audit.append(session, "training.finish", run_id, actor=actor, facts=facts)


def _require(session: Session, run_id: str, *, lock: bool = False) -> TrainingRow:
    row = session.get(TrainingRow, run_id, with_for_update=True if lock else None)
    if row is None:
        raise NotFoundError("There is no such training.", fix="Look at the list of trainings.")
    return row


def _run_of(session: Session, row: TrainingRow) -> TrainingRun:
    points = session.scalars(
        select(TrainingPointRow)
        .where(TrainingPointRow.run_id == row.id)
        .order_by(TrainingPointRow.step)
    )
    ids = row.annotation_ids
    return TrainingRun(
        id=row.id,
        name=row.name,
        group_id=row.group_id,
        job=job_of(session.get_one(JobRow, row.id)),
        created=row.created,
        config=row.config,
        annotation_ids=None if ids is None else tuple(ids),
        annotation_head=row.annotation_head,
        manifest=row.manifest,
        cautions=tuple(row.cautions),
        outcome=row.outcome,
        model_id=row.model_id,
        verdict=cast("Verdict | None", row.verdict),
        tracking=row.tracking,
        points=tuple(point.content for point in points),
    )
