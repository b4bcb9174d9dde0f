"""How often held-out patients were asked about retrained networks: told by the audit trail.

Whoever asks the same patients often enough is told yes once, by luck. Every certificate is
therefore announced here before anything is measured, and its verdict noted afterwards; a later
one of the same patients must show more (docs/explanation/certificate.md).
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError
from neuroscope.records.certificate import Asking, Certificate
from neuroscope.store import audit
from neuroscope.store.database import Store
from neuroscope.store.tables import AuditEventRow

ASK: audit.Action = "certificate.ask"
WRITE: audit.Action = "certificate.write"
NAMED = 16  # hexadecimal digits that stand for a patient: names stay out of the trail
NEVER_PROMOTED = "insufficient"


def ask(
    store: Store, weights: str, *, replaces: str, patients: Collection[str], actor: str
) -> Asking:
    """Announce that patients are asked whether weights shall replace others; say how often before.

    What could not be promoted anyway, because too few patients were held out, has spent nothing.
    Asked again about the same weights, the same attempt answers.

    Parameters
    ----------
    weights, replaces
        Hashes of the weights in memory.
    patients
        All that anything is measured on, by whatever name stands for them.
    """
    named = sorted({_named(patient) for patient in patients})
    with store.transaction() as session:
        audit.wait_for_others(session)
        earlier = [
            (about, facts)
            for about, facts in _events(session, ASK)
            if set(named) & set(facts["patients"])
        ]
        others = {about for about, _ in earlier if about != weights}
        spent = {
            about
            for about, facts in earlier
            if about != weights
            and facts["replaces"] == replaces
            and _verdict_on(session, about) != NEVER_PROMOTED
        }
        known = [
            facts["attempt"]
            for about, facts in earlier
            if about == weights and facts["replaces"] == replaces
        ]
        attempt = known[0] if known else len(spent) + 1
        facts = {"replaces": replaces, "patients": named, "attempt": attempt}
        audit.append(session, ASK, weights, actor=actor, facts=facts)
    return Asking(attempt, len(others))


def note_certificate(store: Store, certificate: Certificate, *, actor: str) -> None:
    """Note what was concluded, and the hash of the certificate."""
    note_verdict(
        store,
        certificate.hashes["after"],
        verdict=certificate.verdict,
        attempt=certificate.attempt,
        content=certificate.as_dict(),
        actor=actor,
    )


def note_verdict(
    store: Store,
    weights: str,
    *,
    verdict: str,
    attempt: int,
    content: Mapping[str, Any],
    actor: str,
) -> None:
    """Note the verdict on weights that were asked about, and the hash of all it rests on."""
    facts = {
        "verdict": verdict,
        "attempt": attempt,
        "certificate_sha256": content_sha256(content),
    }
    with store.transaction() as session:
        audit.append(session, WRITE, weights, actor=actor, facts=facts)


def require_noted(store: Store, weights: str, content: Mapping[str, Any]) -> None:
    """Refuse a certificate that was not written with this store, or was changed since.

    Parameters
    ----------
    weights
        Hash of the weights in memory that it is about.
    content
        All it says, as plain values.

    Raises
    ------
    BadInputError
        If the trail knows no such certificate.
    """
    with store.reading() as session:
        noted = [
            facts["certificate_sha256"]
            for about, facts in _events(session, WRITE)
            if about == weights
        ]
    if content_sha256(content) not in noted:
        raise BadInputError(
            "The audit trail knows no such certificate: it was changed, or written elsewhere.",
            fix="Retrain and certify again with this store: neuroscope retrain",
        )


def content_sha256(certificate: Mapping[str, Any]) -> str:
    """Hash a certificate as the registry does."""
    return audit.sha256(audit.canonical(certificate))


def _verdict_on(session: Session, weights: str) -> str | None:
    """Return the last verdict on weights; None if they were asked about and nothing was written."""
    said = [facts["verdict"] for about, facts in _events(session, WRITE) if about == weights]
    return said[-1] if said else None


def _events(session: Session, action: audit.Action) -> list[tuple[str, dict[str, Any]]]:
    query = (
        select(AuditEventRow.object_id, AuditEventRow.payload)
        .where(AuditEventRow.action == action)
        .order_by(AuditEventRow.seq)
    )
    return [(about, json.loads(payload)) for about, payload in session.execute(query)]


def _named(patient: str) -> str:
    return audit.sha256(f"patient {patient}")[:NAMED]
