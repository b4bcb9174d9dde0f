"""Who shall read which series; and blind reading: nothing of others is shown until one's own is in.

There are no accounts: a reader is a name. Blind reading keeps people from being swayed; it does not
keep out somebody who gives another name.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.store import audit
from neuroscope.store.database import Store
from neuroscope.store.tables import (
    AnnotationRow,
    AnnotationVersionRow,
    AssignmentRow,
    SeriesRow,
    now,
)

Key = tuple[str, str, str]  # study, series, reader


@dataclass(frozen=True, slots=True)
class Assignment:
    """A series that a reader shall read; `annotations` counts what was submitted."""

    study_id: str
    series_id: str
    reader: str
    blind: bool
    assigned_by: str
    created: datetime
    submitted: datetime | None
    annotations: int | None


def assign(
    store: Store, study_id: str, series_id: str, *, reader: str, blind: bool, actor: str
) -> Assignment:
    """Give a series to a reader; asked again, the same assignment answers.

    Raises
    ------
    NotFoundError
        If the study has no such series.
    ConflictError
        If the reader has the series already, the other way.
    """
    with store.transaction() as session:
        require_series(session, study_id, series_id, lock=True)
        known = session.get(AssignmentRow, (study_id, series_id, reader))
        if known is not None:
            if known.blind != blind:
                raise ConflictError(
                    f"The reader has this series already, {_how(known.blind)}.",
                    fix="Withdraw that assignment first, if nothing was submitted.",
                )
            return _assignment(known)
        row = AssignmentRow(
            study_id=study_id,
            series_id=series_id,
            reader=reader,
            blind=blind,
            assigned_by=actor,
            created=now(),
        )
        session.add(row)
        session.flush()
        facts = {"study_id": study_id, "blind": blind}
        audit.append(session, "assignment.create", _object_id(row), actor=actor, facts=facts)
        return _assignment(row)


def withdraw(store: Store, study_id: str, series_id: str, *, reader: str, actor: str) -> None:
    """Take an assignment back.

    Raises
    ------
    NotFoundError
        If there is none.
    ConflictError
        If its reading was submitted: that stays.
    """
    with store.transaction() as session:
        row = _require(session, (study_id, series_id, reader))
        if row.submitted is not None:
            raise ConflictError(
                "The reading was submitted and stays.", fix="Delete its annotations instead."
            )
        session.execute(
            delete(AssignmentRow).where(
                AssignmentRow.study_id == study_id,
                AssignmentRow.series_id == series_id,
                AssignmentRow.reader == reader,
            )
        )
        facts = {"study_id": study_id}
        audit.append(session, "assignment.withdraw", _object_id(row), actor=actor, facts=facts)


def submit(store: Store, study_id: str, series_id: str, *, reader: str) -> Assignment:
    """Hand a reading in: the versions that count now are noted, and others become visible.

    A reading without annotations says that there is nothing to mark. Asked again, the first
    submission answers.

    Raises
    ------
    NotFoundError
        If the reader does not have this series.
    """
    with store.transaction() as session:
        row = _require(session, (study_id, series_id, reader))
        if row.submitted is None:
            row.submitted, row.submitted_versions = now(), _own_heads(session, row)
            session.flush()
            facts = {"study_id": study_id, "submitted": row.submitted_versions}
            audit.append(session, "review.submit", _object_id(row), actor=reader, facts=facts)
        return _assignment(row)


def list_assignments(
    store: Store,
    *,
    reader: str | None = None,
    study_id: str | None = None,
    series_id: str | None = None,
    is_open: bool | None = None,
    limit: int = 500,
) -> tuple[Assignment, ...]:
    """List assignments, oldest first, of a reader or a series; or only those (not) submitted.

    Raises
    ------
    NotFoundError
        If a series is named that the study does not have.
    """
    query = select(AssignmentRow).order_by(
        AssignmentRow.created, AssignmentRow.study_id, AssignmentRow.series_id, AssignmentRow.reader
    )
    if reader is not None:
        query = query.where(AssignmentRow.reader == reader)
    if study_id is not None:
        query = query.where(AssignmentRow.study_id == study_id)
    if series_id is not None:
        query = query.where(AssignmentRow.series_id == series_id)
    if is_open is not None:
        query = query.where(AssignmentRow.submitted.is_(None) == is_open)
    with store.reading() as session:
        if study_id is not None and series_id is not None:
            require_series(session, study_id, series_id)
        return tuple(_assignment(row) for row in session.scalars(query.limit(limit)))


def require_series(session: Session, study_id: str, series_id: str, *, lock: bool = False) -> None:
    """Refuse to go on without the series.

    Raises
    ------
    NotFoundError
        If the study has none under this id.
    """
    key = (study_id, series_id)
    if session.get(SeriesRow, key, with_for_update=True if lock else None) is None:
        raise NotFoundError("The study has no such series.", fix="Choose one of its series.")


def reads_blind(session: Session, study_id: str, series_id: str, reader: str) -> bool:
    """Tell whether a reader must not see what others drew on a series (yet)."""
    row = session.get(AssignmentRow, (study_id, series_id, reader))
    return row is not None and row.blind and row.submitted is None


def require_visible(
    session: Session,
    study_id: str,
    series_id: str,
    annotation_id: str,
    *,
    reader: str,
    lock: bool = False,
) -> AnnotationRow:
    """Return the row of an annotation that a reader may see.

    Raises
    ------
    NotFoundError
        If there is none, or the reader may not see it yet.
    """
    row = session.get(AnnotationRow, annotation_id, with_for_update=True if lock else None)
    is_here = row is not None and (row.study_id, row.series_id) == (study_id, series_id)
    if row is None or not is_here or not _is_visible(session, row, reader):
        raise NotFoundError(
            "There is no such annotation here.",
            fix="List those of the series; in a blind reading, those of others come later.",
        )
    return row


def _is_visible(session: Session, row: AnnotationRow, reader: str) -> bool:
    return row.owner == reader or not reads_blind(session, row.study_id, row.series_id, reader)


def _own_heads(session: Session, row: AssignmentRow) -> dict[str, int]:
    """Return the version that counts of each annotation the reader has drawn and not deleted."""
    version = AnnotationVersionRow
    is_head = (version.annotation_id == AnnotationRow.id) & (version.version == AnnotationRow.head)
    query = (
        select(AnnotationRow.id, AnnotationRow.head)
        .join(version, is_head)
        .where(
            AnnotationRow.study_id == row.study_id,
            AnnotationRow.series_id == row.series_id,
            AnnotationRow.owner == row.reader,
            version.deleted.is_(False),
        )
        .order_by(AnnotationRow.id)
    )
    return {found.id: found.head for found in session.execute(query)}


def _require(session: Session, key: Key) -> AssignmentRow:
    row = session.get(AssignmentRow, key, with_for_update=True)
    if row is None:
        raise NotFoundError("The reader does not have this series.", fix="Assign it first.")
    return row


def _object_id(row: AssignmentRow) -> str:
    return f"{row.study_id}/{row.series_id}/{row.reader}"


def _how(blind: bool) -> str:
    return "blind" if blind else "not blind"


def _assignment(row: AssignmentRow) -> Assignment:
    return Assignment(
        study_id=row.study_id,
        series_id=row.series_id,
        reader=row.reader,
        blind=row.blind,
        assigned_by=row.assigned_by,
        created=row.created,
        submitted=row.submitted,
        annotations=None if row.submitted_versions is None else len(row.submitted_versions),
    )
