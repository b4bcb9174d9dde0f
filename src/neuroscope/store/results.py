"""Analyses: what is found, and the report. Every write may safely be repeated."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from neuroscope.errors import NotFoundError
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.doubt import doubt_of
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.imported import Unreadable
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.records.volume import Plane
from neuroscope.store import audit
from neuroscope.store.blobs import ArrayBlob, Blob, sync_folder, write_array, write_bytes
from neuroscope.store.database import Store, insert_once
from neuroscope.store.explanation_tables import EvidenceRow
from neuroscope.store.looks import look_rows
from neuroscope.store.passports import WHOLE, MapTests, map_tests_of
from neuroscope.store.slice_focus import focus_rows
from neuroscope.store.studies import study_folder
from neuroscope.store.tables import (
    AnalysisRow,
    SeriesFindingRow,
    SeriesRow,
    SliceFindingRow,
    SliceLookRow,
    StudyRow,
    now,
)
from neuroscope.store.validation_tables import SliceFocusRow

STEPS = 4096  # int16 steps from 0 to the largest scale: evidence up to 8 times it fits


@dataclass(frozen=True, slots=True)
class StoredSliceFinding:
    """What the model says of a slice, without its evidence."""

    index: int
    name: str
    prediction: Prediction
    completeness_error: float
    map_tests: MapTests | None = None


@dataclass(frozen=True, slots=True)
class StoredSeriesFinding:
    """What the model says of a series, without its evidence.

    `evidence` names the classes whose evidence volume is stored; `map_tests` tells how the map of
    a volume did.
    """

    series_id: str
    axis: int | None
    plane: Plane | None
    decision: Prediction | None
    decided_by: tuple[int, ...]
    not_run: tuple[int, ...]
    cautions: tuple[str, ...]
    slices: tuple[StoredSliceFinding, ...]
    evidence: Mapping[str, ArrayBlob]
    map_tests: MapTests | None = None


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis, without its evidence; `headline_series` speaks for the study.

    A trial was made with a named version, to compare: it does not speak for the study.
    """

    id: str
    study_id: str
    created: datetime
    finished: datetime | None
    model: ModelRef
    spec: EvidenceSpec
    series: tuple[StoredSeriesFinding, ...]
    cautions: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    report: Blob | None
    headline_series: str | None
    is_trial: bool

    @property
    def step(self) -> float:
        """What one unit of an int16 evidence volume means, in the unit of the evidence."""
        return step_of(self.spec)

    def require_series(self, series_id: str) -> StoredSeriesFinding:
        """Return the finding of one series.

        Raises
        ------
        NotFoundError
            If the analysis has none (yet).
        """
        for stored in self.series:
            if stored.series_id == series_id:
                return stored
        raise NotFoundError(
            "The analysis has no result for this series (yet).", fix="Wait for its job to end."
        )


def step_of(spec: EvidenceSpec) -> float:
    """Return what one unit of an int16 evidence volume means; the same for all classes."""
    return max(spec.scale) / STEPS


def start_analysis(
    store: Store,
    analysis_id: str,
    study_id: str,
    model: ModelRef,
    spec: EvidenceSpec,
    *,
    is_trial: bool = False,
) -> bool:
    """Note that an analysis has begun; tell whether it had not."""
    values = {
        "id": analysis_id,
        "study_id": study_id,
        "created": now(),
        "model_name": model.name,
        "model_version": model.version,
        "model_sha256": model.sha256,
        "temperature": spec.temperature,
        "spec": asdict(spec),
        "cautions": [],
        "unreadable": [],
        "is_trial": is_trial,
    }
    with store.transaction() as session:
        started = session.get(AnalysisRow, analysis_id) is None
        insert_once(session, AnalysisRow, [values])
    return started


def delete_analysis(store: Store, analysis_id: str) -> None:
    """Forget an analysis and all it found."""
    with store.transaction() as session:
        session.execute(delete(AnalysisRow).where(AnalysisRow.id == analysis_id))


def model_of(store: Store, analysis_id: str) -> ModelRef:
    """Return the model that makes, or made, an analysis."""
    with store.reading() as session:
        return model_ref(require_analysis(session, analysis_id))


def found_indices(store: Store, analysis_id: str, series_id: str) -> frozenset[int]:
    """Return the indices of the slices whose findings are stored."""
    with store.reading() as session:
        return frozenset(
            session.scalars(
                select(SliceFindingRow.index).where(
                    SliceFindingRow.analysis_id == analysis_id,
                    SliceFindingRow.series_id == series_id,
                )
            )
        )


def add_findings(
    store: Store, analysis_id: str, series_id: str, findings: tuple[SliceFinding, ...]
) -> None:
    """Store the findings of some slices; those stored before stay as they are."""
    if not findings:
        return
    folder = folder_of(store, analysis_id)
    cells = write_array(folder, np.stack([f.evidence.contributions for f in findings])).to_json()
    looks = look_rows(folder, analysis_id, series_id, findings)
    sync_folder(folder)
    rows = [
        {
            "analysis_id": analysis_id,
            "series_id": series_id,
            "index": finding.index,
            "name": finding.name,
            "prediction": _prediction_to_json(finding.prediction),
            "logits": [float(x) for x in finding.evidence.logits],
            "cell_to_pixel": finding.evidence.cell_to_pixel.tolist(),
            "image_rows": finding.evidence.image_shape[0],
            "image_columns": finding.evidence.image_shape[1],
            "completeness_error": finding.evidence.completeness_error,
            "cells": cells,
            "cells_position": position,
        }
        for position, finding in enumerate(findings)
    ]
    with store.transaction() as session:
        insert_once(session, SliceFindingRow, rows)
        insert_once(session, SliceFocusRow, focus_rows(analysis_id, series_id, findings))
        if looks:
            insert_once(session, SliceLookRow, looks)


def save_series(store: Store, analysis_id: str, finding: SeriesFinding) -> None:
    """Store what the model says of a series (its slices are stored by `add_findings`)."""
    decision = finding.decision
    values = {
        "analysis_id": analysis_id,
        "series_id": finding.series_id,
        "axis": finding.axis,
        "plane": finding.plane,
        "decision": None if decision is None else _prediction_to_json(decision),
        "decided_by": list(finding.decided_by),
        "not_run": list(finding.not_run),
        "cautions": list(finding.cautions),
    }
    with store.transaction() as session:
        insert_once(session, SeriesFindingRow, [values])


def save_report(store: Store, analysis_id: str, pdf: Path) -> None:
    """Store the report of an analysis; the same report is told to the audit trail once."""
    folder = folder_of(store, analysis_id)
    blob = write_bytes(folder, pdf.read_bytes())
    sync_folder(folder)
    with store.transaction() as session:
        row = require_analysis(session, analysis_id)
        if row.report == asdict(blob):
            return
        row.report = asdict(blob)
        session.flush()
        facts = {
            "study_id": row.study_id,
            "sha256": blob.sha256,
            "model_sha256": row.model_sha256,
        }
        audit.append(session, "report.write", analysis_id, actor="neuroscope", facts=facts)


def save_conclusion(store: Store, analysis_id: str, analysis: Analysis) -> None:
    """Store what is said of the study as a whole, and what the worklist shall say of it.

    A trial leaves the worklist as it is.
    """
    with store.transaction() as session:
        row = require_analysis(session, analysis_id)
        row.cautions = list(analysis.cautions)
        row.unreadable = [asdict(unreadable) for unreadable in analysis.unreadable]
        row.headline_series = analysis.headline_series
        if row.is_trial:
            return
        study = session.get_one(StudyRow, row.study_id)
        study.headline = _headline(analysis, said_of_study=study.cautions)
        study.headline_label = study.headline["label"] if study.headline else None


def add_caution(store: Store, analysis_id: str, caution: str, *, is_first: bool = False) -> None:
    """Add a caution to an analysis and to what the worklist says of its study, once."""

    def added(cautions: list[str]) -> list[str]:
        both = [caution, *cautions] if is_first else [*cautions, caution]
        return list(dict.fromkeys(both))

    with store.transaction() as session:
        row = require_analysis(session, analysis_id)
        row.cautions = added(row.cautions)
        study = session.get_one(StudyRow, row.study_id)
        if study.headline is not None:
            study.headline = {**study.headline, "cautions": added(study.headline["cautions"])}


def finish_analysis(store: Store, analysis_id: str) -> None:
    """Note that an analysis is complete."""
    with store.transaction() as session:
        row = require_analysis(session, analysis_id)
        row.finished = row.finished or now()


def latest_analysis(store: Store, study_id: str) -> str:
    """Return the id of the newest analysis of a study that has findings; no trial.

    Raises
    ------
    NotFoundError
        If the study was never analyzed.
    """
    with store.reading() as session:
        query = select(AnalysisRow.id).where(
            AnalysisRow.study_id == study_id, AnalysisRow.is_trial.is_(False)
        )
        newest = query.order_by(
            AnalysisRow.finished.is_(None), AnalysisRow.created.desc(), AnalysisRow.id
        )
        found = session.scalar(newest.limit(1))
    if found is None:
        raise NotFoundError(
            "The study has no analysis yet.", fix="Ask for one, or wait until its job is done."
        )
    return found


def newest_finished(store: Store, study_id: str) -> str | None:
    """Return the id of the newest finished analysis of a study, if any; no trial."""
    with store.reading() as session:
        return session.scalar(
            select(AnalysisRow.id)
            .where(
                AnalysisRow.study_id == study_id,
                AnalysisRow.finished.is_not(None),
                AnalysisRow.is_trial.is_(False),
            )
            .order_by(AnalysisRow.created.desc(), AnalysisRow.id)
            .limit(1)
        )


def read_analysis(store: Store, analysis_id: str) -> StoredAnalysis:
    """Return an analysis without its evidence.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.reading() as session:
        row = require_analysis(session, analysis_id)
        series_rows = session.scalars(
            select(SeriesFindingRow)
            .join(
                SeriesRow,
                (SeriesRow.study_id == row.study_id) & (SeriesRow.id == SeriesFindingRow.series_id),
            )
            .where(SeriesFindingRow.analysis_id == analysis_id)
            .order_by(SeriesRow.position)
        ).all()
        slice_rows = session.scalars(
            select(SliceFindingRow)
            .where(SliceFindingRow.analysis_id == analysis_id)
            .order_by(SliceFindingRow.index)
        ).all()
        evidence_rows = session.scalars(
            select(EvidenceRow)
            .where(EvidenceRow.analysis_id == analysis_id)
            .order_by(EvidenceRow.target)
        ).all()
        tests = map_tests_of(session, analysis_id)
    model = model_ref(row)
    return StoredAnalysis(
        id=row.id,
        study_id=row.study_id,
        created=row.created,
        finished=row.finished,
        model=model,
        spec=spec_of(row),
        series=tuple(_series(s, slice_rows, evidence_rows, tests, model) for s in series_rows),
        cautions=tuple(row.cautions),
        unreadable=tuple(Unreadable(**u) for u in row.unreadable),
        report=Blob(**row.report) if row.report else None,
        headline_series=row.headline_series,
        is_trial=row.is_trial,
    )


def _series(
    row: SeriesFindingRow,
    slices: Iterable[SliceFindingRow],
    evidence: Iterable[EvidenceRow],
    tests: Mapping[tuple[str, int], MapTests],
    model: ModelRef,
) -> StoredSeriesFinding:
    return StoredSeriesFinding(
        series_id=row.series_id,
        axis=row.axis,
        plane=cast("Plane | None", row.plane),
        decision=prediction_of(row.decision, model) if row.decision else None,
        decided_by=tuple(row.decided_by),
        not_run=tuple(row.not_run),
        cautions=tuple(row.cautions),
        slices=tuple(
            StoredSliceFinding(
                s.index,
                s.name,
                prediction_of(s.prediction, model),
                s.completeness_error,
                tests.get((row.series_id, s.index)),
            )
            for s in slices
            if s.series_id == row.series_id
        ),
        evidence={
            e.target: ArrayBlob.from_json(e.array) for e in evidence if e.series_id == row.series_id
        },
        map_tests=tests.get((row.series_id, WHOLE)),
    )


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


def _prediction_to_json(prediction: Prediction) -> dict[str, Any]:
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


def _headline(analysis: Analysis, said_of_study: list[str]) -> dict[str, Any] | None:
    """Repeat for the worklist what the series that speaks for the study says, and all its doubts.

    Cautions that stand beside the study itself are left out: the worklist shows them as well.
    """
    found = analysis.headline
    if found is None or found.headline is None:
        return None
    answer = found.headline
    doubts = [caution for caution in analysis.cautions if caution not in said_of_study]
    return {
        "series_id": found.series_id,
        "label": answer.label,
        "p_label": answer.p_label,
        **_prediction_to_json(answer),
        "cautions": [*dict.fromkeys((*doubts, *found.cautions, *answer.cautions))],
    }
