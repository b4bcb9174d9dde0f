"""Evidence: the exact cells of every slice, and signed volumes on a fixed scale."""

import numpy as np
from sqlalchemy import select

from neuroscope.errors import NotFoundError
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.arrays import Array
from neuroscope.records.heatmap import EvidenceCells, Heatmap
from neuroscope.store.blobs import ArrayBlob, read_array, sync_folder, write_array
from neuroscope.store.database import Store, insert_once
from neuroscope.store.explanation_tables import EvidenceRow
from neuroscope.store.passports import read_all_passports, read_passports
from neuroscope.store.result_rows import model_ref, prediction_of, require_analysis, spec_of
from neuroscope.store.results import read_analysis, read_series
from neuroscope.store.stored_analysis import StoredSeriesFinding, step_of
from neuroscope.store.studies import study_folder
from neuroscope.store.tables import AnalysisRow, SliceFindingRow, StudyRow


def load_findings(store: Store, analysis_id: str, series_id: str) -> tuple[SliceFinding, ...]:
    """Return the findings of a series with their evidence, in order."""
    with store.reading() as session:
        analysis = require_analysis(session, analysis_id)
        rows = session.scalars(
            select(SliceFindingRow)
            .where(
                SliceFindingRow.analysis_id == analysis_id, SliceFindingRow.series_id == series_id
            )
            .order_by(SliceFindingRow.index)
        ).all()
    passports = read_all_passports(store, analysis_id, series_id)
    folder = study_folder(store, analysis.study_id)
    chunks = {row.cells["sha256"]: row.cells for row in rows}
    arrays = {
        sha256: read_array(folder, ArrayBlob.from_json(cells)) for sha256, cells in chunks.items()
    }
    return tuple(
        SliceFinding(
            index=row.index,
            name=row.name,
            prediction=prediction_of(row.prediction, model_ref(analysis)),
            evidence=_cells(row, arrays[row.cells["sha256"]], analysis),
            passports=passports.get(row.index, ()),
        )
        for row in rows
    )


def load_cells(store: Store, analysis_id: str, series_id: str, index: int) -> EvidenceCells:
    """Return the exact evidence of one slice.

    Raises
    ------
    NotFoundError
        If the slice was not analyzed.
    """
    with store.reading() as session:
        analysis = require_analysis(session, analysis_id)
        row = session.get(SliceFindingRow, (analysis_id, series_id, index))
    if row is None:
        raise NotFoundError(
            "This slice has no evidence in this analysis.",
            fix="Wait for the analysis to end, or choose one of the slices it lists.",
        )
    folder = study_folder(store, analysis.study_id)
    return _cells(row, read_array(folder, ArrayBlob.from_json(row.cells)), analysis)


def load_finding(store: Store, analysis_id: str, series_id: str) -> SeriesFinding:
    """Return the finding of a series with the evidence of its slices.

    Raises
    ------
    NotFoundError
        If the series was not concluded.
    """
    return _finding(store, analysis_id, read_series(store, analysis_id, series_id))


def load_analysis(store: Store, analysis_id: str) -> Analysis:
    """Return an analysis with all its evidence, as `workflow.analyze` would."""
    stored = read_analysis(store, analysis_id)
    with store.reading() as session:
        study = session.get_one(StudyRow, stored.study_id)
    return Analysis(
        study_id=stored.study_id,
        pseudonym=study.pseudonym,
        model=stored.model,
        series=tuple(_finding(store, analysis_id, series) for series in stored.series),
        cautions=stored.cautions,
        unreadable=stored.unreadable,
        headline_series=stored.headline_series,
    )


def save_evidence(store: Store, analysis_id: str, series_id: str, heatmap: Heatmap) -> None:
    """Store the evidence volume of one class as int16, on the fixed scale of the model."""
    with store.reading() as session:
        analysis = require_analysis(session, analysis_id)
    step = step_of(spec_of(analysis))
    bounds = np.iinfo(np.int16)
    steps = np.rint(heatmap.values / np.float32(step))
    np.clip(steps, bounds.min, bounds.max, out=steps)
    folder = study_folder(store, analysis.study_id)
    array = write_array(folder, steps.astype(np.int16), order="F")
    sync_folder(folder)
    values = {
        "analysis_id": analysis_id,
        "series_id": series_id,
        "target": heatmap.target,
        "array": array.to_json(),
        "step": step,
    }
    with store.transaction() as session:
        insert_once(session, EvidenceRow, [values])


def _finding(store: Store, analysis_id: str, stored: StoredSeriesFinding) -> SeriesFinding:
    return SeriesFinding(
        series_id=stored.series_id,
        slices=load_findings(store, analysis_id, stored.series_id),
        axis=stored.axis,
        plane=stored.plane,
        decision=stored.decision,
        decided_by=stored.decided_by,
        not_run=stored.not_run,
        cautions=stored.cautions,
        passports=read_passports(store, analysis_id, stored.series_id),
    )


def _cells(row: SliceFindingRow, chunk: Array, analysis: AnalysisRow) -> EvidenceCells:
    return EvidenceCells(
        contributions=chunk[row.cells_position],
        logits=np.array(row.logits, dtype=np.float32),
        classes=tuple(analysis.spec["classes"]),
        cell_to_pixel=np.array(row.cell_to_pixel, dtype=np.float64),
        image_shape=(row.image_rows, row.image_columns),
    )
