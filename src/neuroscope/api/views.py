"""Records of the store as answers."""

from collections.abc import Mapping
from typing import Any

from neuroscope.api.doubt_schema import doubt_out
from neuroscope.api.passport_schema import MapTestsOut, PassportOut, PassportsOut
from neuroscope.api.schemas import (
    AnalysisOut,
    EvidenceScaleOut,
    HeadlineOut,
    JobOut,
    ModelOut,
    PredictionOut,
    SeriesFindingOut,
    SeriesOut,
    SliceFindingOut,
    SliceOut,
    StudyOut,
    StudyRowOut,
    UnreadableOut,
)
from neuroscope.records.geometry import spacing_mm
from neuroscope.records.passport import Passport
from neuroscope.records.prediction import CLASS_NAMES, Prediction
from neuroscope.records.study import ROLE_NAMES
from neuroscope.store.passports import MapTests
from neuroscope.store.stored_analysis import StoredAnalysis, StoredSeriesFinding
from neuroscope.store.studies import StoredSeries, StoredSlice, StoredStudy
from neuroscope.store.worklist import WorklistRow


def study_row_out(row: WorklistRow) -> StudyRowOut:
    """Answer with a row of the worklist."""
    return StudyRowOut(
        id=row.id,
        pseudonym=row.pseudonym,
        created=row.created,
        status=row.status,
        headline=_headline(row.headline),
        cautions=list(row.cautions),
        series_count=row.series_count,
        slice_count=row.slice_count,
        job=JobOut.model_validate(row.job) if row.job else None,
    )


def study_out(stored: StoredStudy, analysis_id: str | None, *, is_stale: bool) -> StudyOut:
    """Answer with a study."""
    row = stored.row
    return StudyOut(
        id=row.id,
        pseudonym=row.pseudonym,
        created=row.created,
        status=row.status,
        headline=_headline(row.headline),
        cautions=list(row.cautions),
        unreadable=[UnreadableOut.model_validate(u) for u in stored.unreadable],
        series=[_series(series) for series in stored.series],
        job=JobOut.model_validate(row.job) if row.job else None,
        analysis_id=analysis_id,
        is_stale=is_stale,
        has_mask=stored.has_mask,
    )


def analysis_out(analysis: StoredAnalysis, *, has_volumetry: bool, is_stale: bool) -> AnalysisOut:
    """Answer with an analysis."""
    return AnalysisOut(
        id=analysis.id,
        study_id=analysis.study_id,
        created=analysis.created,
        finished=analysis.finished,
        state="done" if analysis.finished else "running",
        model=ModelOut.model_validate(analysis.model),
        temperature=analysis.spec.temperature,
        evidence=EvidenceScaleOut(
            scale=dict(zip(analysis.spec.classes, analysis.spec.scale, strict=True)),
            floor=dict(zip(analysis.spec.classes, analysis.spec.floor, strict=True)),
            threshold=analysis.spec.threshold,
            step=analysis.step,
        ),
        series=[_finding(series) for series in analysis.series],
        cautions=list(analysis.cautions),
        unreadable=[UnreadableOut.model_validate(u) for u in analysis.unreadable],
        headline_series=analysis.headline_series,
        is_stale=is_stale,
        is_trial=analysis.is_trial,
        has_report=analysis.report is not None,
        has_volumetry=has_volumetry,
    )


def prediction_out(prediction: Prediction) -> PredictionOut:
    """Answer with what a model says."""
    return PredictionOut(
        label=prediction.label,
        name=CLASS_NAMES[prediction.label],
        p_label=prediction.p_label,
        p_class=dict(prediction.p_class),
        outlier_score=prediction.outlier_score,
        conformal_set=list(prediction.conformal_set),
        doubt=doubt_out(prediction.doubt),
        cautions=list(prediction.cautions),
    )


def _headline(stored: Mapping[str, Any] | None) -> HeadlineOut | None:
    if stored is None:
        return None
    return HeadlineOut.model_validate({**stored, "name": CLASS_NAMES[stored["label"]]})


def _series(stored: StoredSeries) -> SeriesOut:
    series, array = stored.series, stored.array
    is_volume = array is not None and stored.affine is not None
    return SeriesOut(
        id=series.id,
        role=series.role,
        role_name=ROLE_NAMES[series.role],
        description=series.description,
        kind="volume" if is_volume else "slices",
        shape=(array.shape[0], array.shape[1], array.shape[2]) if array else None,
        dtype=array.name if array else None,
        affine=stored.affine.tolist() if stored.affine is not None else None,
        spacing_mm=spacing_mm(stored.affine) if stored.affine is not None else None,
        window=stored.window,
        acquisition=dict(series.acquisition),
        cautions=list(series.cautions),
        slices=[_slice(cut) for cut in stored.slices],
    )


def _slice(cut: StoredSlice) -> SliceOut:
    return SliceOut(
        index=cut.index,
        name=cut.name,
        rows=cut.array.shape[0],
        columns=cut.array.shape[1],
        window=cut.window,
        plane=cut.plane,
        position_mm=cut.position_mm,
        affine=None if cut.affine is None else cut.affine.tolist(),
        cautions=list(cut.cautions),
    )


def _finding(series: StoredSeriesFinding) -> SeriesFindingOut:
    return SeriesFindingOut(
        series_id=series.series_id,
        axis=series.axis,
        plane=series.plane,
        decision=prediction_out(series.decision) if series.decision else None,
        decided_by=list(series.decided_by),
        not_run=list(series.not_run),
        evidence_targets=list(series.evidence),
        map_tests=_map_tests(series.map_tests),
        cautions=list(series.cautions),
        slices=[
            SliceFindingOut(
                index=found.index,
                name=found.name,
                label=found.prediction.label,
                p_class=dict(found.prediction.p_class),
                outlier_score=found.prediction.outlier_score,
                doubt=doubt_out(found.prediction.doubt),
                completeness_error=found.completeness_error,
                map_tests=_map_tests(found.map_tests),
                cautions=list(found.prediction.cautions),
            )
            for found in series.slices
        ],
    )


def passports_out(passports: tuple[Passport, ...], *, is_volume: bool) -> PassportsOut:
    """Answer with how maps did in their tests."""
    return PassportsOut(
        kind="volume" if is_volume else "slice",
        passports=[PassportOut.model_validate(one) for one in passports],
    )


def _map_tests(found: MapTests | None) -> MapTestsOut | None:
    return None if found is None else MapTestsOut.model_validate(found)
