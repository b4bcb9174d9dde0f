"""The audit trail: events that are added and never changed, each sealed together with the last.

`hash = SHA-256(prev_hash + canonical JSON of the event)`, so that whoever changes, moves or takes
out an event must write all later ones anew. Whoever owns the database can do that: `audit_anchor`
is for them. Events hold ids and hashes and no drawing, reason or image, so that a study can be
forgotten although what happened to it cannot.
"""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sqlalchemy import LargeBinary, cast, func, select, text
from sqlalchemy.orm import Session

from neuroscope.store.database import Store
from neuroscope.store.tables import AuditEventRow, now

Action = Literal[
    "annotation.create",
    "annotation.edit",
    "annotation.delete",
    "annotation.conflict",
    "assignment.create",
    "assignment.withdraw",
    "review.submit",
    "label.set",
    "verdict.set",
    "view.save",
    "view.delete",
    "modelaudit.import",
    "training.request",
    "training.start",
    "training.stop",
    "training.resume",
    "training.finish",
    "certificate.ask",
    "certificate.write",
    "model.register",
    "model.promote",
    "model.refuse",
    "model.redact",
    "model.rollback",
    "model.reject",
    "model.retire",
    "analysis.recompute",
    "report.write",
    "study.tumor",
    "study.mask",
    "study.unmask",
    "study.mask_refused",
    "study.delete",
    "similar.judge",
]
GENESIS = "0" * 64
LOCK = 727_368  # of PostgreSQL; who adds an event holds it until the transaction ends
SEALED = ("seq", "ts_utc", "actor", "action", "object_id", "parent_version", "payload_hash")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened.

    Attributes
    ----------
    seq
        Counts from 1 without gaps.
    ts_utc
        ISO 8601, to the microsecond.
    parent_version
        The version of the object that the actor saw, where objects have versions.
    payload
        Canonical JSON.
    """

    seq: int
    ts_utc: str
    actor: str
    action: str
    object_id: str
    parent_version: int | None
    payload: str
    payload_hash: str
    prev_hash: str
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """The payload, read."""
        read: dict[str, Any] = json.loads(self.payload)
        return read

    def sealed(self) -> str:
        """Compute what `hash` must be."""
        content = canonical({name: getattr(self, name) for name in SEALED})
        return sha256(self.prev_hash + content)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first event that is not what it was, and how that shows."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Verification:
    """How many events were found whole, the hash of the last of them, and what broke the chain."""

    events: int
    head: str
    broken: Broken | None

    @property
    def is_whole(self) -> bool:
        """Whether no event is broken."""
        return self.broken is None


def canonical(value: Mapping[str, Any]) -> str:
    r"""Write JSON in the one way that is hashed: sorted keys, no blanks, ASCII.

    Examples
    --------
    >>> canonical({"b": 1.0, "a": "ä"})
    '{"a":"\\u00e4","b":1.0}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(content: str) -> str:
    """Hash a text."""
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


def append(
    session: Session,
    action: Action,
    object_id: str,
    *,
    actor: str,
    facts: Mapping[str, Any],
    parent_version: int | None = None,
) -> Event:
    """Add an event to the trail, in the transaction of the change that it tells of.

    Call it after all other statements of the transaction: it makes other writers wait until the
    transaction ends, and whoever waits for a row meanwhile must not be waited for.
    """
    wait_for_others(session)
    seq, head = last_event(session)
    payload = canonical(facts)
    unsealed = Event(
        seq=seq + 1,
        ts_utc=now().isoformat(timespec="microseconds"),
        actor=actor,
        action=action,
        object_id=object_id,
        parent_version=parent_version,
        payload=payload,
        payload_hash=sha256(payload),
        prev_hash=head,
        hash="",
    )
    event = replace(unsealed, hash=unsealed.sealed())
    session.add(AuditEventRow(**asdict(event)))
    session.flush()
    return event


def verify(store: Store) -> Verification:
    """Look for the first event that was changed, moved or taken out.

    Events missing at the end leave a shorter chain that is whole: only an anchor shows them.
    """
    count, head = 0, GENESIS
    with closing(events(store)) as trail:
        for event in trail:
            why = _fault(event, expected=count + 1, head=head)
            if why is not None:
                return Verification(count, head, Broken(count + 1, why))
            count, head = event.seq, event.hash
    return Verification(count, head, None)


def head_of(store: Store) -> tuple[int, str]:
    """Return number and hash of the last event; `(0, GENESIS)` for an empty trail."""
    with store.reading() as session:
        return last_event(session)


def last_event(session: Session) -> tuple[int, str]:
    """Return number and hash of the last event, within a transaction."""
    last = session.execute(
        select(AuditEventRow.seq, AuditEventRow.hash).order_by(AuditEventRow.seq.desc()).limit(1)
    ).first()
    return (last.seq, last.hash) if last else (0, GENESIS)


def events(store: Store) -> Generator[Event]:
    """Read all events in order, bytes that are no text included, without holding all at once."""
    with store.reading() as session:
        yield from events_in(session)


def events_in(session: Session) -> Generator[Event]:
    """Read all events in order, within a transaction."""
    columns = [_readable(session, column) for column in AuditEventRow.__table__.columns]
    query = select(*columns).order_by(AuditEventRow.seq)
    with session.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            yield Event(*(_text(value) for value in row))


def wait_for_others(session: Session) -> None:
    """Let nobody else add an event until the transaction ends."""
    # SQLite lets one transaction write at a time from its beginning (database.py).
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))


def list_events(
    store: Store,
    *,
    object_id: str | None = None,
    action: str | None = None,
    actor: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[tuple[Event, ...], int]:
    """List the newest events first, and count how many there are in all.

    Parameters
    ----------
    object_id
        Only what happened to one annotation, model, study, ...
    action
        Only this action, such as `annotation.edit`, or all of one kind, such as `annotation`.
    actor
        Only what this one did.
    before
        Only events before this number.
    """
    query = select(AuditEventRow)
    if object_id is not None:
        query = query.where(AuditEventRow.object_id == object_id)
    if action is not None:
        is_of_kind = AuditEventRow.action.startswith(f"{action}.", autoescape=True)
        query = query.where((AuditEventRow.action == action) | is_of_kind)
    if actor is not None:
        query = query.where(AuditEventRow.actor == actor)
    page = query.order_by(AuditEventRow.seq.desc()).limit(limit)
    if before is not None:
        page = page.where(AuditEventRow.seq < before)
    with store.reading() as session:
        rows = session.scalars(page).all()
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    names = [column.name for column in AuditEventRow.__table__.columns]
    return tuple(Event(*(getattr(row, name) for name in names)) for row in rows), total


def _fault(event: Event, *, expected: int, head: str) -> str | None:
    if event.seq != expected:
        return f"Event {expected} is missing; the next is {event.seq}."
    if event.payload_hash != sha256(event.payload):
        return "Its payload is not what was sealed."
    if event.prev_hash != head:
        return "It does not follow the event before it."
    if event.hash != event.sealed():
        return "Its seal does not fit what it says."
    return None


def _readable(session: Session, column: Any) -> Any:
    """Ask SQLite for bytes: a damaged text that is not UTF-8 any more would stop the reading."""
    is_text = column.type.python_type is str
    if is_text and session.get_bind().dialect.name == "sqlite":
        return cast(column, LargeBinary)
    return column


def _text(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
