"""Read what readers drew: what counts now, all versions, what was submitted, what to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.records.annotation import Annotation
from neuroscope.store import audit
from neuroscope.store.annotation_rows import StoredVersion, stored_version, versions_of
from neuroscope.store.assignments import reads_blind, require_series, require_visible
from neuroscope.store.database import Store
from neuroscope.store.models import active_sha256
from neuroscope.store.reading_tables import AnnotationRow, AnnotationVersionRow, AssignmentRow
from neuroscope.store.studies import study_folder


@dataclass(frozen=True, slots=True, eq=False)
class StoredAnnotation:
    """An annotation as it counts now.

    Attributes
    ----------
    conflicts
        Versions beside the line that nobody has looked at.
    is_stale
        It was drawn against the answer of a model that is active no more.
    """

    current: StoredVersion
    conflicts: tuple[int, ...]
    is_stale: bool


def list_annotations(
    store: Store, study_id: str, series_id: str, *, reader: str, with_deleted: bool = False
) -> tuple[StoredAnnotation, ...]:
    """List what counts on a series; a blind reader sees only their own.

    Raises
    ------
    NotFoundError
        If the study has no such series.
    """
    with store.reading() as session:
        require_series(session, study_id, series_id)
        query = select(AnnotationRow).where(
            AnnotationRow.study_id == study_id, AnnotationRow.series_id == series_id
        )
        if reads_blind(session, study_id, series_id, reader):
            query = query.where(AnnotationRow.owner == reader)
        rows = session.scalars(query.order_by(AnnotationRow.id)).all()
        found = [_stored(store, session, row) for row in rows]
    return tuple(one for one in found if with_deleted or not one.current.annotation.deleted)


def read_annotation(
    store: Store, study_id: str, series_id: str, annotation_id: str, *, reader: str
) -> StoredAnnotation:
    """Return one annotation as it counts now, also if it is deleted.

    Raises
    ------
    NotFoundError
        If there is none, or the reader may not see it yet.
    """
    with store.reading() as session:
        row = require_visible(session, study_id, series_id, annotation_id, reader=reader)
        return _stored(store, session, row)


def read_versions(
    store: Store, study_id: str, series_id: str, annotation_id: str, *, reader: str
) -> tuple[StoredVersion, ...]:
    """Return all versions of an annotation, the first one first.

    Raises
    ------
    NotFoundError
        If there is none, or the reader may not see it yet.
    """
    folder = study_folder(store, study_id)
    with store.reading() as session:
        row = require_visible(session, study_id, series_id, annotation_id, reader=reader)
        return tuple(stored_version(folder, row, v) for v in versions_of(session, row.id))


def read_submitted(
    store: Store, study_id: str, series_id: str
) -> Mapping[str, tuple[Annotation, ...]]:
    """Return what each reader had drawn when they submitted, whatever was changed since."""
    query = select(AssignmentRow).where(
        AssignmentRow.study_id == study_id,
        AssignmentRow.series_id == series_id,
        AssignmentRow.submitted.is_not(None),
    )
    with store.reading() as session:
        return {
            row.reader: tuple(
                _version(store, session, annotation_id, version).annotation
                for annotation_id, version in (row.submitted_versions or {}).items()
            )
            for row in session.scalars(query.order_by(AssignmentRow.reader))
        }


def read_visible(store: Store, *, reader: str) -> tuple[StoredVersion, ...]:
    """Return every annotation that counts and that a reader may see, series by series."""
    query = select(AnnotationRow).order_by(
        AnnotationRow.study_id, AnnotationRow.series_id, AnnotationRow.id
    )
    with store.reading() as session:
        seen = [
            _version(store, session, row.id, row.head)
            for row in session.scalars(query).all()
            if row.owner == reader or not reads_blind(session, row.study_id, row.series_id, reader)
        ]
    return tuple(one for one in seen if not one.annotation.deleted)


def read_counting(store: Store, study_id: str, series_id: str) -> tuple[Annotation, ...]:
    """Return what counts on a series; blind readings that are not submitted are left out."""
    query = select(AnnotationRow).where(
        AnnotationRow.study_id == study_id, AnnotationRow.series_id == series_id
    )
    with store.reading() as session:
        counting = [
            _version(store, session, row.id, row.head).annotation
            for row in session.scalars(query.order_by(AnnotationRow.id)).all()
            if not reads_blind(session, study_id, series_id, row.owner)
        ]
    return tuple(one for one in counting if not one.deleted)


def read_all(store: Store) -> tuple[tuple[StoredVersion, ...], str]:
    """Return every annotation that counts, and the head of the trail that led to them.

    Training notes the head, so that what it learned from can be told again. Readings that are
    blind and not submitted are left out.
    """
    query = select(AnnotationRow).order_by(
        AnnotationRow.study_id, AnnotationRow.series_id, AnnotationRow.id
    )
    with store.transaction() as session:
        audit.wait_for_others(session)
        counting = [
            _version(store, session, row.id, row.head)
            for row in session.scalars(query)
            if not reads_blind(session, row.study_id, row.series_id, row.owner)
        ]
        _, head = audit.last_event(session)
    return tuple(one for one in counting if not one.annotation.deleted), head


def _stored(store: Store, session: Session, row: AnnotationRow) -> StoredAnnotation:
    versions = versions_of(session, row.id)
    current = stored_version(study_folder(store, row.study_id), row, versions[row.head - 1])
    seen = {
        number for version in versions if not version.is_conflict for number in version.resolves
    }
    beside = {version.version for version in versions if version.is_conflict}
    model = current.annotation.model
    active = None if model is None else active_sha256(session, model.name)
    return StoredAnnotation(
        current=current,
        conflicts=tuple(sorted(beside - seen)),
        is_stale=model is not None and active is not None and model.sha256 != active,
    )


def _version(store: Store, session: Session, annotation_id: str, version: int) -> StoredVersion:
    row = session.get_one(AnnotationRow, annotation_id)
    found = session.get_one(AnnotationVersionRow, (annotation_id, version))
    return stored_version(study_folder(store, row.study_id), row, found)
