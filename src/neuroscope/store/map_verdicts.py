"""What readers say of maps: plausible, partly, artefact. Every version stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, ConflictError
from neuroscope.store import audit
from neuroscope.store.assignments import require_series
from neuroscope.store.database import Store
from neuroscope.store.tables import now
from neuroscope.store.validation_tables import MapVerdictRow

Verdict = Literal["plausible", "partly", "artefact"]
LONGEST_NOTE = 2000
AT_ONCE = 500  # slices asked for in one statement


@dataclass(frozen=True, slots=True)
class MapKey:
    """A slice, and the weights whose map of it is judged."""

    study_id: str
    series_id: str
    slice_index: int
    model_sha256: str


@dataclass(frozen=True, slots=True)
class MapVerdict:
    """What a reader says of a map; `verdict` is None if the reader took it back."""

    key: MapKey
    reader: str
    version: int
    verdict: Verdict | None
    note: str
    created: datetime


def set_verdict(
    store: Store, key: MapKey, *, verdict: Verdict | None, note: str, reader: str, parent: int
) -> MapVerdict:
    """Add a version of a reader's verdict; said again, nothing changes.

    Parameters
    ----------
    parent
        The version the reader saw; 0 for the first.

    Raises
    ------
    NotFoundError
        If the study has no such series.
    BadInputError
        If the note is too long.
    ConflictError
        If the reader has said something else meanwhile, in another window.
    """
    if len(note) > LONGEST_NOTE or "\x00" in note:
        raise BadInputError(
            "The note cannot be kept.", fix=f"Write at most {LONGEST_NOTE} plain characters."
        )
    with store.transaction() as session:
        require_series(session, key.study_id, key.series_id, lock=True)
        head = _head(session, key, reader)
        if head is not None and (head.verdict, head.note) == (verdict, note):
            return _verdict_of(head)
        version = 0 if head is None else head.version
        if parent != version:
            raise ConflictError(
                f"You said something else of this map meanwhile (version {version}).",
                fix="Load the slice again, look at it, and say it once more.",
            )
        row = MapVerdictRow(
            study_id=key.study_id,
            series_id=key.series_id,
            slice_index=key.slice_index,
            model_sha256=key.model_sha256,
            reader=reader,
            version=version + 1,
            verdict=verdict,
            note=note,
            created=now(),
        )
        session.add(row)
        session.flush()
        audit.append(
            session,
            "verdict.set",
            object_id(row),
            actor=reader,
            facts=facts_of(row),
            parent_version=version or None,
        )
        return _verdict_of(row)


def read_history(store: Store, key: MapKey) -> tuple[MapVerdict, ...]:
    """Return all versions of all readers on one map, oldest first."""
    row = MapVerdictRow
    query = select(row).where(
        row.study_id == key.study_id,
        row.series_id == key.series_id,
        row.slice_index == key.slice_index,
        row.model_sha256 == key.model_sha256,
    )
    with store.reading() as session:
        found = session.scalars(query.order_by(row.created, row.reader, row.version))
        return tuple(_verdict_of(one) for one in found)


def read_heads(store: Store, keys: Sequence[MapKey]) -> dict[MapKey, tuple[MapVerdict, ...]]:
    """Return what counts of every reader on some maps; maps without a verdict are left out."""
    row = MapVerdictRow
    place = tuple_(row.study_id, row.series_id, row.slice_index, row.model_sha256)
    found: list[MapVerdictRow] = []
    with store.reading() as session:
        for first in range(0, len(keys), AT_ONCE):
            wanted = [
                (k.study_id, k.series_id, k.slice_index, k.model_sha256)
                for k in keys[first : first + AT_ONCE]
            ]
            query = select(row).where(place.in_(wanted))
            found += session.scalars(query.order_by(row.reader, row.version))
    by_key: dict[MapKey, dict[str, MapVerdict]] = {}
    for one in map(_verdict_of, found):
        by_key.setdefault(one.key, {})[one.reader] = one  # the highest version comes last
    heads = {
        key: tuple(one for one in readers.values() if one.verdict is not None or one.note)
        for key, readers in by_key.items()
    }
    return {key: said for key, said in heads.items() if said}


def object_id(row: MapVerdictRow) -> str:
    """Name a verdict as the audit trail does."""
    place = f"{row.study_id}/{row.series_id}/{row.slice_index}"
    return f"{place}/{row.model_sha256[:12]}/{row.reader}"


def facts_of(row: MapVerdictRow) -> dict[str, Any]:
    """Say what the trail knows of a verdict: of the note only its hash."""
    return {
        "study_id": row.study_id,
        "version": row.version,
        "verdict": row.verdict,
        "note_sha256": audit.sha256(row.note),
    }


def heads_of(rows: Iterable[MapVerdictRow]) -> dict[str, MapVerdictRow]:
    """Keep of every verdict the version that counts, by its name in the trail."""
    heads: dict[str, MapVerdictRow] = {}
    for row in rows:
        known = heads.get(object_id(row))
        if known is None or row.version > known.version:
            heads[object_id(row)] = row
    return heads


def _head(session: Session, key: MapKey, reader: str) -> MapVerdictRow | None:
    row = MapVerdictRow
    return session.scalar(
        select(row)
        .where(
            row.study_id == key.study_id,
            row.series_id == key.series_id,
            row.slice_index == key.slice_index,
            row.model_sha256 == key.model_sha256,
            row.reader == reader,
        )
        .order_by(row.version.desc())
        .limit(1)
    )


def _verdict_of(row: MapVerdictRow) -> MapVerdict:
    return MapVerdict(
        key=MapKey(row.study_id, row.series_id, row.slice_index, row.model_sha256),
        reader=row.reader,
        version=row.version,
        verdict=cast("Verdict | None", row.verdict),
        note=row.note,
        created=row.created,
    )
