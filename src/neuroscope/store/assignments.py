"""Who shall read which series; and blind reading: nothing of others is shown until one's own is in.

There are no accounts: a reader is a name. Blind reading keeps people from being swayed; it does not
keep out somebody who gives another name.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.store import audit
from neuroscope.store.database import Store
from neuroscope.store.reading_tables import (
    AnnotationRow,
    AnnotationVersionRow,
    AssignmentRow,
    ReaderLabelRow,
)
from neuroscope.store.tables import SeriesRow, now

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
        If its reading was submitted: that stays. And if blind readers ask for their own, because
        they would see what others drew.
    """
    with store.transaction() as session:
        row = _require(session, (study_id, series_id, reader))
        if row.blind and row.submitted is None and actor == reader:
            raise ConflictError(
                "You read this series blind, and would see what others drew.",
                fix="Submit your reading, or let the one who assigned it take it back.",
            )
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
    """Hand a reading in: the versions and answers that count now are noted, others become visible.

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
            row.submitted_labels = _own_labels(session, row)
            session.flush()
            facts = {
                "study_id": study_id,
                "submitted": row.submitted_versions,
                "labels": row.submitted_labels,
            }
            audit.append(session, "review.submit", _object_id(row), actor=reader, facts=facts)
        return _assignment(row)


def list_assignments(
    store: Store,
    *,
    reader: str | None = None,
    study_id: str | None = None,
    series_id: str | None = None,
    is_open: bool | None = None,
    asked_by: str | None = None,
    limit: int = 500,
) -> tuple[Assignment, ...]:
    """List assignments, oldest first, of a reader or a series; or only those (not) submitted.

    Parameters
    ----------
    asked_by
        Who asks: how much others drew on a series that this one reads blind is not told. None if
        it is to be shown to nobody.

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
        found = [_assignment(row) for row in session.scalars(query.limit(limit))]
        return tuple(
            replace(one, annotations=None)
            if asked_by not in (None, one.reader)
            and reads_blind(session, one.study_id, one.series_id, asked_by or "")
            else one
            for one in found
        )


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


def require_not_blind(store: Store, study_id: str, series_id: str, *, reader: str) -> None:
    """Refuse to go on for one who must not see what others drew on the series.

    Raises
    ------
    ConflictError
        If they read it blind and have not handed in.
    """
    with store.reading() as session:
        if reads_blind(session, study_id, series_id, reader):
            raise ConflictError(
                "You read this series blind and have not handed in.",
                fix="Submit your reading; then you see what others drew.",
            )


def blind_series(store: Store, reader: str) -> frozenset[tuple[str, str]]:
    """Return the series, by study, of which a reader must not see what others said (yet)."""
    row = AssignmentRow
    query = select(row.study_id, row.series_id).where(
        row.reader == reader, row.blind.is_(True), row.submitted.is_(None)
    )
    with store.reading() as session:
        return frozenset((found.study_id, found.series_id) for found in session.execute(query))


def read_blind(store: Store, reader: str) -> frozenset[tuple[str, str]]:
    """Return the series, as study and series, on which a reader must not see others (yet)."""
    query = select(AssignmentRow.study_id, AssignmentRow.series_id).where(
        AssignmentRow.reader == reader,
        AssignmentRow.blind.is_(True),
        AssignmentRow.submitted.is_(None),
    )
    with store.reading() as session:
        return frozenset((study_id, series_id) for study_id, series_id in session.execute(query))


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


def _own_labels(session: Session, row: AssignmentRow) -> dict[str, str]:
    """Return what the reader says of the series and its pictures, by place."""
    label = ReaderLabelRow
    query = (
        select(label.slice_index, label.label)
        .where(
            label.study_id == row.study_id,
            label.series_id == row.series_id,
            label.reader == row.reader,
            label.label.is_not(None),
        )
        .order_by(label.slice_index)
    )
    return {place_of(index): str(said) for index, said in session.execute(query)}


def place_of(slice_index: int) -> str:
    """Name the picture that an answer is about, or all of the series, as the trail does."""
    return "all" if slice_index < 0 else str(slice_index)


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
