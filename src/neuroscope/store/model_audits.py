"""What `neuroscope audit model` found, kept as it was written."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.modelaudit import SCHEMA
from neuroscope.store import audit
from neuroscope.store.audit import canonical, sha256
from neuroscope.store.database import Store
from neuroscope.store.tables import now
from neuroscope.store.validation_tables import ModelAuditRow

NOT_AN_AUDIT = "Give model-audit.json as `neuroscope audit model` writes it."
LISTS = ("models", "comparisons", "answer", "not_done", "cautions")


@dataclass(frozen=True, slots=True)
class StoredAudit:
    """An audit of one or more models on one set of pictures."""

    id: str
    created: datetime
    brought_by: str
    content: Mapping[str, Any]


def save_model_audit(store: Store, content: Mapping[str, Any], *, actor: str) -> str:
    """Keep an audit; the same one is kept once. Returns its id.

    Raises
    ------
    BadInputError
        If it is no audit, or of another version.
    """
    _check(content)
    try:
        digest = sha256(canonical(content))
    except ValueError as error:  # NaN is no JSON
        raise BadInputError("The audit holds what is no number.", fix=NOT_AN_AUDIT) from error
    with store.transaction() as session:
        known = session.scalar(
            select(ModelAuditRow.id).where(ModelAuditRow.content_sha256 == digest)
        )
        if known is not None:
            return known
        row = ModelAuditRow(
            id=secrets.token_hex(8),
            created=now(),
            brought_by=actor,
            content_sha256=digest,
            content=dict(content),
        )
        session.add(row)
        session.flush()
        facts = {"sha256": digest, "models": [one["model_id"] for one in content["models"]]}
        audit.append(session, "modelaudit.import", row.id, actor=actor, facts=facts)
        return row.id


def list_model_audits(store: Store) -> tuple[StoredAudit, ...]:
    """List all audits, newest first."""
    row = ModelAuditRow
    with store.reading() as session:
        found = session.scalars(select(row).order_by(row.created.desc(), row.id))
        return tuple(_audit_of(one) for one in found)


def read_model_audit(store: Store, audit_id: str) -> StoredAudit:
    """Return one audit.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.reading() as session:
        row = session.get(ModelAuditRow, audit_id)
    if row is None:
        raise NotFoundError("There is no such audit.", fix="Load the page again.")
    return _audit_of(row)


def _check(content: Mapping[str, Any]) -> None:
    schema = content.get("schema")
    if schema != SCHEMA:
        raise BadInputError(
            f"The file says that it is {str(schema)[:60]!r}, not {SCHEMA!r}.", fix=NOT_AN_AUDIT
        )
    data = content.get("data")
    lists = [content.get(name) for name in LISTS]
    if not isinstance(data, dict) or not all(isinstance(one, list) for one in lists):
        raise BadInputError("The audit lacks a part.", fix=NOT_AN_AUDIT)
    models = content["models"]
    if not models or not all(
        isinstance(one, dict) and isinstance(one.get("model_id"), str) for one in models
    ):
        raise BadInputError("The audit names no model.", fix=NOT_AN_AUDIT)


def _audit_of(row: ModelAuditRow) -> StoredAudit:
    return StoredAudit(row.id, row.created, row.brought_by, row.content)
