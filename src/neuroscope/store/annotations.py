"""Save what readers draw, as versions that never change; two who draw at once lose nothing.

An edit names the version its author saw. If another has become the newest meanwhile, the edit is
kept beside the line, does not count, and its author is told with both; `conflicts` tells everybody
else until somebody has looked at both (`resolves`).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, ConflictError
from neuroscope.records.annotation import Annotation
from neuroscope.store import audit
from neuroscope.store.annotation_rows import (
    StoredVersion,
    content_of,
    says_the_same,
    stored_version,
    version_sha256,
    versions_of,
)
from neuroscope.store.assignments import reads_blind, require_visible
from neuroscope.store.database import Store
from neuroscope.store.drawn_on import require_image
from neuroscope.store.reading_tables import AnnotationRow, AnnotationVersionRow
from neuroscope.store.studies import study_folder
from neuroscope.store.tables import Json, now


class EditConflictError(ConflictError):
    """An edit came too late; `current` counts, `yours` is kept beside it."""

    def __init__(self, current: StoredVersion, yours: StoredVersion) -> None:
        super().__init__(
            f"{current.annotation.author} saved version {current.annotation.version} of this "
            f"annotation meanwhile. Yours is kept as version {yours.annotation.version}.",
            fix="Look at both, then save one of them or a third on top of the newest version, "
            f"with `resolves` [{yours.annotation.version}].",
        )
        self.current = current
        self.yours = yours


def create(store: Store, study_id: str, drawn: Annotation) -> StoredVersion:
    """Store the first version of an annotation; sent again, the same version answers.

    Parameters
    ----------
    drawn
        Its id is the caller's choice, its author the actor; version and time are set here.

    Raises
    ------
    NotFoundError, BadInputError, GeometryMismatchError
        If it does not fit the images of the study.
    ConflictError
        If the id is another annotation's.
    """
    return create_all(store, study_id, [drawn])[0]


def create_all(
    store: Store, study_id: str, drawn: Sequence[Annotation]
) -> tuple[StoredVersion, ...]:
    """Store the first versions of several annotations: all, or, if one cannot be, none.

    Raises
    ------
    NotFoundError, BadInputError, GeometryMismatchError, ConflictError
        As for `create`.
    """
    try:
        return _create_all(store, study_id, drawn)
    except IntegrityError:
        return _create_all(store, study_id, drawn)  # sent twice at once: now they are there


def edit(
    store: Store, study_id: str, drawn: Annotation, *, parent: int, resolves: tuple[int, ...] = ()
) -> StoredVersion:
    """Store a new version of an annotation; sent again, the same version answers.

    Parameters
    ----------
    drawn
        What it is now, by its new author. With `deleted`, the annotation is taken away; its
        versions stay.
    parent
        The version its author saw.
    resolves
        Versions beside the line that the author looked at.

    Raises
    ------
    NotFoundError
        If there is no such annotation, or the reader may not see it yet.
    BadInputError, GeometryMismatchError
        If it does not fit the images, or names versions that are not there.
    EditConflictError
        If `parent` is the newest version no more. The edit is kept.
    ConflictError
        If the annotation belongs to a blind reading that is not submitted.
    """
    folder = study_folder(store, study_id)
    with store.transaction() as session:
        place = (study_id, drawn.series_id, drawn.id)
        row = require_visible(session, *place, reader=drawn.author, lock=True)
        _require_not_read_blind(session, row, drawn.author)
        image = require_image(session, study_id, drawn)
        content = content_of(drawn, image_sha256=image, folder=folder)
        versions = versions_of(session, row.id)
        _require_versions(versions, parent, resolves)
        current = stored_version(folder, row, versions[row.head - 1])
        fresh = _version(drawn, content, parent, resolves, versions, head=row.head)
        version = next((known for known in versions if _is_repeated(known, fresh)), fresh)
        if version is fresh:
            session.add(fresh)
            row.head = row.head if fresh.is_conflict else fresh.version
            session.flush()
            _tell(session, row, fresh)
        stored = stored_version(folder, row, version)
    if version.is_conflict:
        raise EditConflictError(current, stored)
    return stored


def delete(
    store: Store,
    study_id: str,
    series_id: str,
    annotation_id: str,
    *,
    parent: int,
    actor: str,
) -> StoredVersion:
    """Take an annotation away, as a last version that says so; earlier versions stay.

    Raises
    ------
    NotFoundError, ConflictError, EditConflictError
        As for `edit`.
    """
    folder = study_folder(store, study_id)
    with store.reading() as session:
        row = require_visible(session, study_id, series_id, annotation_id, reader=actor)
        head = session.get_one(AnnotationVersionRow, (row.id, row.head))
        last = stored_version(folder, row, head).annotation
    return edit(store, study_id, replace(last, author=actor, deleted=True), parent=parent)


def _create_all(
    store: Store, study_id: str, drawn: Sequence[Annotation]
) -> tuple[StoredVersion, ...]:
    folder = study_folder(store, study_id)
    made: list[StoredVersion] = []
    told: list[tuple[AnnotationRow, AnnotationVersionRow]] = []
    with store.transaction() as session:
        for one in drawn:
            image = require_image(session, study_id, one)
            content = content_of(one, image_sha256=image, folder=folder)
            version = _version(one, content, None, (), [], head=1)
            known = session.get(AnnotationRow, one.id)
            if known is not None:
                made.append(_known(session, folder, known, study_id, version))
                continue
            row = AnnotationRow(
                id=one.id, study_id=study_id, series_id=one.series_id, owner=one.author, head=1
            )
            session.add(row)
            session.flush()
            session.add(version)
            session.flush()
            told.append((row, version))
            made.append(stored_version(folder, row, version))
        for row, version in told:
            _tell(session, row, version)
    return tuple(made)


def _known(
    session: Session,
    folder: Path,
    row: AnnotationRow,
    study_id: str,
    version: AnnotationVersionRow,
) -> StoredVersion:
    first = session.get_one(AnnotationVersionRow, (row.id, 1))
    if row.study_id != study_id or not _is_repeated(first, version):
        raise ConflictError(
            "There is another annotation under this id.",
            fix="Choose a new random id, or edit that annotation.",
        )
    return stored_version(folder, row, first)


def _version(
    drawn: Annotation,
    content: Json,
    parent: int | None,
    resolves: tuple[int, ...],
    versions: list[AnnotationVersionRow],
    *,
    head: int,
) -> AnnotationVersionRow:
    return AnnotationVersionRow(
        annotation_id=drawn.id,
        version=len(versions) + 1,
        parent=parent,
        is_conflict=parent is not None and parent != head,
        resolves=sorted(set(resolves)),
        author=drawn.author,
        created=now(),
        deleted=drawn.deleted,
        content=content,
    )


def _is_repeated(known: AnnotationVersionRow, fresh: AnnotationVersionRow) -> bool:
    """Tell whether a request was sent again because its answer was lost."""
    return (
        (known.author, known.parent, known.deleted, known.resolves)
        == (fresh.author, fresh.parent, fresh.deleted, fresh.resolves)
    ) and says_the_same(known.content, fresh.content)


def _require_versions(
    versions: list[AnnotationVersionRow], parent: int, resolves: tuple[int, ...]
) -> None:
    beside = {version.version for version in versions if version.is_conflict}
    on_line = {version.version for version in versions} - beside
    if parent not in on_line:
        raise BadInputError(
            f"The annotation has no version {parent} to edit.",
            fix="Name the newest version that counts, or the one that was shown.",
        )
    if not beside.issuperset(resolves):
        raise BadInputError(
            f"Of {sorted(set(resolves))}, not all are versions in conflict.",
            fix="Name some of the `conflicts` of the annotation.",
        )


def _require_not_read_blind(session: Session, row: AnnotationRow, actor: str) -> None:
    owner_is_blind = reads_blind(session, row.study_id, row.series_id, row.owner)
    if actor != row.owner and owner_is_blind:
        raise ConflictError(
            "The annotation belongs to a blind reading that is not submitted.",
            fix="Wait until it is submitted, or draw one of your own.",
        )


def _tell(session: Session, row: AnnotationRow, version: AnnotationVersionRow) -> None:
    action: audit.Action = "annotation.edit"
    if version.is_conflict:
        action = "annotation.conflict"
    elif version.parent is None:
        action = "annotation.create"
    elif version.deleted:
        action = "annotation.delete"
    audit.append(
        session,
        action,
        row.id,
        actor=version.author,
        parent_version=version.parent,
        facts={
            "study_id": row.study_id,
            "series_id": row.series_id,
            "version": version.version,
            "kind": version.content["kind"],
            "sha256": version_sha256(version),
        },
    )
