"""The worklist: which studies there are, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from neuroscope.store.database import Store
from neuroscope.store.jobs import Job, newest_jobs
from neuroscope.store.tables import StudyRow

Status = Literal["new", "queued", "running", "analyzed", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """What the worklist shows of a study."""

    id: str
    pseudonym: str
    created: datetime
    status: Status
    headline: Mapping[str, Any] | None
    cautions: tuple[str, ...]
    series_count: int
    slice_count: int
    job: Job | None


def worklist(
    store: Store,
    *,
    words: str = "",
    status: Status | None = None,
    label: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> tuple[tuple[WorklistRow, ...], int]:
    """List studies, newest first, and count how many match in all.

    Parameters
    ----------
    words
        Part of a pseudonym.
    label
        Only studies whose headline is this class.
    after
        `created` and `id` of the last row of the page before.
    """
    query = select(StudyRow)
    if words.strip():
        query = query.where(StudyRow.pseudonym.icontains(words.strip(), autoescape=True))
    if status is not None:
        query = query.where(StudyRow.status == status)
    if label is not None:
        query = query.where(StudyRow.headline_label == label)
    page = query.order_by(StudyRow.created.desc(), StudyRow.id.desc()).limit(limit)
    if after is not None:
        page = page.where(_before(*after))
    with store.reading() as session:
        rows = session.scalars(page).all()
        total = session.scalar(_count(query)) or 0
        jobs = newest_jobs(session, [row.id for row in rows])
        return tuple(worklist_row(row, jobs.get(row.id)) for row in rows), total


def pseudonyms(store: Store) -> dict[str, str]:
    """Return the pseudonym of every study; studies of one patient share it."""
    with store.reading() as session:
        found = session.execute(select(StudyRow.id, StudyRow.pseudonym)).all()
    return {row.id: row.pseudonym for row in found}


def worklist_row(row: StudyRow, job: Job | None) -> WorklistRow:
    """Make the record from its row."""
    return WorklistRow(
        id=row.id,
        pseudonym=row.pseudonym,
        created=row.created,
        status=cast("Status", row.status),
        headline=row.headline,
        cautions=tuple(row.cautions),
        series_count=row.series_count,
        slice_count=row.slice_count,
        job=job,
    )


def _before(created: datetime, study_id: str) -> ColumnElement[bool]:
    return tuple_(StudyRow.created, StudyRow.id) < tuple_(created, study_id)


def _count(query: Select[StudyRow]) -> Select[int]:
    return select(func.count()).select_from(query.subquery())
