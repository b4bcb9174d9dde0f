"""Rows of analyses as records, and the other way round."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from neuroscope.errors import NotFoundError
from neuroscope.records.doubt import doubt_of
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.store.database import Store
from neuroscope.store.studies import study_folder
from neuroscope.store.tables import AnalysisRow


def require_analysis(session: Session, analysis_id: str) -> AnalysisRow:
    """Return the row of an analysis, or refuse."""
    row = session.get(AnalysisRow, analysis_id)
    if row is None:
        raise NotFoundError("There is no such analysis.", fix="Open the study again.")
    return row


def folder_of(store: Store, analysis_id: str) -> Path:
    """Name the folder of the blobs of an analysis: that of its study."""
    with store.reading() as session:
        return study_folder(store, require_analysis(session, analysis_id).study_id)


def model_ref(row: AnalysisRow) -> ModelRef:
    """Say which weights made an analysis."""
    return ModelRef(row.model_name, row.model_version, row.model_sha256)


def spec_of(row: AnalysisRow) -> EvidenceSpec:
    """Return the constants of the network that made an analysis."""
    # JSON has lists where the record has tuples.
    known = {field.name for field in fields(EvidenceSpec)}  # an older version may have had others
    stored: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.spec.items()
        if name in known
    }
    return EvidenceSpec(**stored)


def prediction_to_json(prediction: Prediction) -> dict[str, Any]:
    """Write a prediction as it is stored."""
    return {
        "p_class": dict(prediction.p_class),
        "temperature": prediction.temperature,
        "outlier_score": prediction.outlier_score,
        "conformal_set": list(prediction.conformal_set),
        "doubt": None if prediction.doubt is None else prediction.doubt.as_dict(),
        "cautions": list(prediction.cautions),
    }


def prediction_of(stored: Mapping[str, Any], model: ModelRef) -> Prediction:
    """Read a prediction as it is stored."""
    return Prediction(
        p_class=stored["p_class"],
        model=model,
        temperature=stored["temperature"],
        outlier_score=stored["outlier_score"],
        conformal_set=tuple(stored["conformal_set"]),
        cautions=tuple(stored["cautions"]),
        doubt=doubt_of(stored.get("doubt")),
    )
