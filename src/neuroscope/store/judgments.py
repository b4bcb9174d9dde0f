"""Keep which similar cases a reader found relevant. It orders what is shown, and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from neuroscope.store import audit
from neuroscope.store.database import Store
from neuroscope.store.similar_tables import JudgmentRow
from neuroscope.store.studies import require_study
from neuroscope.store.tables import now


@dataclass(frozen=True, slots=True)
class Judgment:
    """What one reader says of one case that was found.

    Attributes
    ----------
    scope
        What was asked with: empty for the whole study, `series/index` for a slice of it,
        `series/annotation` for a region.
    model_sha256
        Of the network whose vectors found the case.
    """

    study_id: str
    scope: str
    reader: str
    case_id: str
    is_relevant: bool
    model_sha256: str
    created: datetime


def judge(
    store: Store,
    study_id: str,
    case_id: str,
    *,
    scope: str,
    reader: str,
    is_relevant: bool | None,
    model_sha256: str,
) -> tuple[Judgment, ...]:
    """Note whether a case is relevant, or take that back with None; said again, nothing changes.

    Returns
    -------
    tuple[Judgment, ...]
        All that the reader now says of this question.

    Raises
    ------
    NotFoundError
        If there is no such study.
    """
    with store.transaction() as session:
        require_study(session, study_id)
        row = session.get(JudgmentRow, (study_id, scope, reader, case_id))
        if (None if row is None else row.is_relevant) != is_relevant:
            if row is not None and is_relevant is None:
                session.delete(row)
            else:
                if row is None:
                    row = JudgmentRow(
                        study_id=study_id, scope=scope, reader=reader, case_id=case_id
                    )
                    session.add(row)
                row.is_relevant = bool(is_relevant)
                row.model_sha256, row.created = model_sha256, now()
            session.flush()
            facts = {"study_id": study_id, "scope": scope, "is_relevant": is_relevant}
            audit.append(
                session, "similar.judge", f"{study_id}/{case_id}", actor=reader, facts=facts
            )
    return list_judgments(store, study_id, scope=scope, reader=reader)


def list_judgments(store: Store, study_id: str, *, scope: str, reader: str) -> tuple[Judgment, ...]:
    """List what a reader says of one question, oldest first."""
    row = JudgmentRow
    query = select(row).where(row.study_id == study_id, row.scope == scope, row.reader == reader)
    with store.reading() as session:
        found = session.scalars(query.order_by(row.created, row.case_id))
        return tuple(_judgment(one) for one in found)


def read_judgments(store: Store) -> tuple[Judgment, ...]:
    """Return every judgment of every reader, to learn an order from."""
    row = JudgmentRow
    query = select(row).order_by(row.study_id, row.scope, row.reader, row.case_id)
    with store.reading() as session:
        return tuple(_judgment(one) for one in session.scalars(query))


def _judgment(row: JudgmentRow) -> Judgment:
    return Judgment(
        study_id=row.study_id,
        scope=row.scope,
        reader=row.reader,
        case_id=row.case_id,
        is_relevant=row.is_relevant,
        model_sha256=row.model_sha256,
        created=row.created,
    )
