"""Analyses: what is found, and the report. Every write may safely be repeated."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
from sqlalchemy import delete, select

from neuroscope.errors import NotFoundError
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.imported import Unreadable
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Plane
from neuroscope.store import audit
from neuroscope.store.blobs import ArrayBlob, Blob, sync_folder, write_array, write_bytes
from neuroscope.store.database import Store, insert_once
from neuroscope.store.explanation_tables import EvidenceRow
from neuroscope.store.looks import look_rows
from neuroscope.store.passports import WHOLE, MapTests, map_tests_of
from neuroscope.store.result_rows import (
    folder_of,
    model_ref,
    prediction_of,
    prediction_to_json,
    require_analysis,
    spec_of,
)
from neuroscope.store.slice_focus import focus_rows
from neuroscope.store.stored_analysis import (
    StoredAnalysis,
    StoredSeriesFinding,
    StoredSliceFinding,
    no_series,
)
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
            "prediction": prediction_to_json(finding.prediction),
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
        "decision": None if decision is None else prediction_to_json(decision),
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


def read_series(store: Store, analysis_id: str, series_id: str) -> StoredSeriesFinding:
    """Return what an analysis found in one series, without the evidence.

    Raises
    ------
    NotFoundError
        If there is no such analysis, or it has none (yet).
    """
    with store.reading() as session:
        row = require_analysis(session, analysis_id)
        found = session.get(SeriesFindingRow, (analysis_id, series_id))
        if found is None:
            raise no_series()
        slice_rows = session.scalars(
            select(SliceFindingRow)
            .where(
                SliceFindingRow.analysis_id == analysis_id, SliceFindingRow.series_id == series_id
            )
            .order_by(SliceFindingRow.index)
        ).all()
        evidence_rows = session.scalars(
            select(EvidenceRow)
            .where(EvidenceRow.analysis_id == analysis_id, EvidenceRow.series_id == series_id)
            .order_by(EvidenceRow.target)
        ).all()
        tests = map_tests_of(session, analysis_id)
    return _series(found, slice_rows, evidence_rows, tests, model_ref(row))


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
        **prediction_to_json(answer),
        "cautions": [*dict.fromkeys((*doubts, *found.cautions, *answer.cautions))],
    }
