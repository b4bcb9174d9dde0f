"""Keep the similar cases that were found for an analysis, so that its report can say them again."""

from typing import Any

from neuroscope.store.database import Store, insert_once
from neuroscope.store.similar_tables import SimilarAnswerRow


def save_answer(store: Store, analysis_id: str, content: dict[str, Any]) -> None:
    """Keep an answer; the first one stays."""
    with store.transaction() as session:
        insert_once(session, SimilarAnswerRow, [{"analysis_id": analysis_id, "content": content}])


def read_answer(store: Store, analysis_id: str) -> dict[str, Any] | None:
    """Return what was kept; None if nothing was."""
    with store.reading() as session:
        row = session.get(SimilarAnswerRow, analysis_id)
        return None if row is None else dict(row.content)
