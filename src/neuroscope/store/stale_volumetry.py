"""Studies measured in space by a segmenter that is active no more."""

from typing import Any

from sqlalchemy import ColumnElement, select

from neuroscope.records.prediction import ModelRef
from neuroscope.store.database import Store
from neuroscope.store.explanation_tables import VolumetryRow
from neuroscope.store.models import SEGMENTER, StaleResult, active_sha256, is_stale
from neuroscope.store.tables import AnalysisRow


def stale_volumetry(store: Store) -> tuple[StaleResult, ...]:
    """List the studies whose newest measurements another version than the active one made.

    What a segmenter made that the user brought is no version of ours.
    """
    analysis = AnalysisRow
    query = (
        select(analysis.study_id, analysis.id, *_model())
        .join(VolumetryRow, VolumetryRow.analysis_id == analysis.id)
        .where(analysis.finished.is_not(None), analysis.is_trial.is_(False))
        .order_by(analysis.study_id, analysis.created.desc(), analysis.id)
    )
    newest: dict[str, StaleResult | None] = {}
    with store.reading() as session:
        active = active_sha256(session, SEGMENTER)
        for study_id, analysis_id, *ref in session.execute(query):
            is_mask = None in ref  # that was given: it has no model, and is never out of date
            found = None if is_mask else StaleResult(study_id, analysis_id, ModelRef(*ref))
            newest.setdefault(study_id, found)
    own = [found for found in newest.values() if found and found.model.name == SEGMENTER]
    return tuple(found for found in own if active is not None and found.model.sha256 != active)


def is_volumetry_stale(store: Store, analysis_id: str) -> bool:
    """Tell whether an analysis was measured in space by a segmenter that is active no more."""
    query = select(*_model()).where(VolumetryRow.analysis_id == analysis_id)
    with store.reading() as session:
        found = session.execute(query).one_or_none()
    return found is not None and None not in found and is_stale(store, ModelRef(*found))


def _model() -> tuple[ColumnElement[Any], ...]:
    """Give name, version and hash of the segmenter, as they stand in what was found."""
    model = VolumetryRow.content["model"]
    return tuple(model[part].as_string() for part in ("name", "version", "sha256"))
