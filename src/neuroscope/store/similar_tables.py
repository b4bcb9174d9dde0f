"""The tables of similar cases. A change here needs a migration."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from neuroscope.store.tables import Id, Json, Table, now


class JudgmentRow(Table):
    """What a reader says of a case that was found for a study: relevant or not."""

    __tablename__ = "relevance_judgments"

    study_id: Mapped[str] = mapped_column(
        Id, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[str] = mapped_column(String(160), primary_key=True)
    reader: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[str] = mapped_column(Id, primary_key=True)
    is_relevant: Mapped[bool]
    model_sha256: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime] = mapped_column(default=now)


class SimilarAnswerRow(Table):
    """The similar cases that stand in the report of an analysis."""

    __tablename__ = "similar_answers"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[Json]
