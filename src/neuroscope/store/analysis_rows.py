"""All analyses of a study in short: which version made each, and what it says."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.store.database import Store
from neuroscope.store.model_tables import ModelRow
from neuroscope.store.models import active_sha256
from neuroscope.store.result_rows import model_ref, prediction_of, require_analysis
from neuroscope.store.studies import require_study
from neuroscope.store.tables import AnalysisRow, SeriesFindingRow, SliceFindingRow

NO_TUMOR = "notumor"


@dataclass(frozen=True, slots=True)
class AnalysisSummary:
    """An analysis in short.

    Attributes
    ----------
    model_id
        The registered version with these weights, if it is known.
    headline
        The answer of the series that speaks for the study.
    """

    id: str
    study_id: str
    created: datetime
    finished: datetime | None
    model: ModelRef
    model_id: str | None
    is_stale: bool
    is_trial: bool
    headline: Prediction | None


def list_analyses(store: Store, study_id: str) -> tuple[AnalysisSummary, ...]:
    """List the analyses of a study, newest first, trials too.

    Raises
    ------
    NotFoundError
        If there is no such study.
    """
    query = (
        select(AnalysisRow)
        .where(AnalysisRow.study_id == study_id)
        .order_by(AnalysisRow.created.desc(), AnalysisRow.id)
    )
    with store.reading() as session:
        require_study(session, study_id)
        return tuple(_summary(session, row) for row in session.scalars(query).all())


def read_summary(store: Store, analysis_id: str) -> AnalysisSummary:
    """Return one analysis in short.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.reading() as session:
        return _summary(session, require_analysis(session, analysis_id))


def _summary(session: Session, row: AnalysisRow) -> AnalysisSummary:
    active = active_sha256(session, row.model_name)
    known = select(ModelRow.id).where(
        ModelRow.name == row.model_name, ModelRow.weights_sha256 == row.model_sha256
    )
    return AnalysisSummary(
        id=row.id,
        study_id=row.study_id,
        created=row.created,
        finished=row.finished,
        model=model_ref(row),
        model_id=session.scalar(known.order_by(ModelRow.created.desc()).limit(1)),
        is_stale=active is not None and active != row.model_sha256,
        is_trial=row.is_trial,
        headline=_headline(session, row),
    )


def _headline(session: Session, row: AnalysisRow) -> Prediction | None:
    """Return the decision on the series that speaks; of pictures, as `SeriesFinding.headline`."""
    if row.headline_series is None:
        return None
    found = session.get(SeriesFindingRow, (row.id, row.headline_series))
    if found is not None and found.decision is not None:
        return prediction_of(found.decision, model_ref(row))
    query = (
        select(SliceFindingRow.prediction)
        .where(
            SliceFindingRow.analysis_id == row.id,
            SliceFindingRow.series_id == row.headline_series,
        )
        .order_by(SliceFindingRow.index)
    )
    said = [prediction_of(stored, model_ref(row)) for stored in session.scalars(query)]
    tumors = [one for one in said if one.label != NO_TUMOR]
    return max(tumors or said, key=lambda one: one.p_label, default=None)
