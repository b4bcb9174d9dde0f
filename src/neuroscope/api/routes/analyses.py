"""Analyses, their evidence and their report."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from neuroscope.api.bodies import picture, stored_array
from neuroscope.api.deps import Id, Index, QueueDep, Responses, StoreDep
from neuroscope.api.routes.studies import BINARY
from neuroscope.api.schemas import AnalysisOut, ClassLabel, JobOut
from neuroscope.api.views import analysis_out
from neuroscope.errors import NotFoundError
from neuroscope.explain.evidence_map import slice_heatmap
from neuroscope.store import evidence, results, studies
from neuroscope.store.blobs import stream_bytes, verified_path

router = APIRouter(prefix="/studies/{study_id}/analyses", tags=["analyses"])
Target = Annotated[ClassLabel, Query(description="The class the evidence speaks for or against.")]
PDF: Responses = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post("", status_code=202)
def request_analysis(study_id: Id, queue: QueueDep) -> JobOut:
    """Queue an analysis of a study and name the job to watch."""
    return JobOut.model_validate(queue.put_analysis(study_id))


@router.get("/latest")
def get_latest_analysis(study_id: Id, store: StoreDep) -> AnalysisOut:
    """Return the newest analysis of a study; a finished one before one that still runs."""
    analysis_id = results.latest_analysis(store, study_id)
    return analysis_out(results.read_analysis(store, analysis_id))


@router.get("/{analysis_id}")
def get_analysis(study_id: Id, analysis_id: Id, store: StoreDep) -> AnalysisOut:
    """Return one analysis of a study."""
    return analysis_out(_require(store, study_id, analysis_id))


@router.get("/{analysis_id}/series/{series_id}/evidence", response_class=Response, responses=BINARY)
def get_evidence_volume(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    target: Target,
    request: Request,
    store: StoreDep,
) -> Response:
    """Send signed evidence on the grid of the volume: int16, i fastest; times `evidence.step`."""
    series = _require(store, study_id, analysis_id).require_series(series_id)
    blob = series.evidence.get(target)
    if blob is None:
        raise NotFoundError(
            "There is no evidence volume for this class (yet).",
            fix="Wait for the job to end; `evidence_targets` of the series lists what is there.",
        )
    return stored_array(request, studies.study_folder(store, study_id), blob)


@router.get(
    "/{analysis_id}/series/{series_id}/slices/{index}/evidence",
    response_class=Response,
    responses=BINARY,
)
def get_slice_evidence(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    index: Index,
    target: Target,
    request: Request,
    store: StoreDep,
) -> Response:
    """Send signed evidence on the grid of the slice: float32 in `evidence.unit`, row after row."""
    spec = _require(store, study_id, analysis_id).spec
    cells = evidence.load_cells(store, analysis_id, series_id, index)
    return picture(request, slice_heatmap(cells, target, spec).values)


@router.get("/{analysis_id}/report.pdf", response_class=Response, responses=PDF)
def get_report(study_id: Id, analysis_id: Id, store: StoreDep) -> Response:
    """Send the report as PDF."""
    report = _require(store, study_id, analysis_id).report
    if report is None:
        raise NotFoundError("The report is not written yet.", fix="Wait for the job to end.")
    path = verified_path(studies.study_folder(store, study_id), report.sha256)
    return StreamingResponse(
        stream_bytes(path),
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="neuroscope-{analysis_id}.pdf"',
            "Content-Length": str(report.size),
            "Cache-Control": "private, no-cache",
            # Browsers show a PDF by a plug-in of their own, which our usual policy would forbid.
            "Content-Security-Policy": "frame-ancestors 'self'",
        },
    )


def _require(store: StoreDep, study_id: str, analysis_id: str) -> results.StoredAnalysis:
    """Return an analysis of this very study."""
    analysis = results.read_analysis(store, analysis_id)
    if analysis.study_id != study_id:
        raise NotFoundError("The study has no such analysis.", fix="Open the study again.")
    return analysis
