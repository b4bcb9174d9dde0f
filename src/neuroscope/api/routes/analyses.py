"""Analyses, their evidence and their report."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from neuroscope.api.bodies import downloaded, picture, stored_array
from neuroscope.api.comparison_schema import AnalysesOut
from neuroscope.api.comparison_views import analysis_row_out
from neuroscope.api.deps import Id, Index, QueueDep, ReaderDep, Responses, StoreDep
from neuroscope.api.passport_schema import PassportsOut
from neuroscope.api.routes.studies import BINARY
from neuroscope.api.schemas import AnalysisOut, ClassLabel, JobOut
from neuroscope.api.views import analysis_out, passports_out
from neuroscope.api.volumetry_schema import VolumetryOut
from neuroscope.errors import NotFoundError
from neuroscope.explain.evidence_map import slice_heatmap
from neuroscope.io.nifti import nifti_gz
from neuroscope.records.segmented import TumorRule
from neuroscope.report.volumetry import measurements_csv
from neuroscope.store import analysis_rows, evidence, passports, results, studies
from neuroscope.store.blobs import stream_bytes, verified_path
from neuroscope.store.models import is_stale
from neuroscope.store.stale_volumetry import is_volumetry_stale
from neuroscope.store.stored_analysis import StoredAnalysis
from neuroscope.store.volumetry import (
    StoredVolumetry,
    has_volumetry,
    read_labels,
    read_maps,
    read_uncertainty,
    read_volumetry,
)
from neuroscope.workflow.stored_maps import labels_where_scanned

router = APIRouter(prefix="/studies/{study_id}/analyses", tags=["analyses"])
Target = Annotated[ClassLabel, Query(description="The class the evidence speaks for or against.")]
GLB_TYPE = "model/gltf-binary"
GLB: Responses = {200: {"content": {GLB_TYPE: {"schema": {"type": "string", "format": "binary"}}}}}
NIFTI_TYPE = "application/gzip"
NIFTI: Responses = {
    200: {"content": {NIFTI_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}
CSV: Responses = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
PDF: Responses = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post("", status_code=202)
def request_analysis(
    study_id: Id,
    queue: QueueDep,
    reader: ReaderDep,
    model_id: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9A-Za-z_-]{1,64}$",
            description="A registered version to try: a trial, which changes nothing else.",
        ),
    ] = None,
    tumor: Annotated[
        TumorRule | Literal["unknown"] | None,
        Query(
            description="What the tumor is known to be: it decides which small parts of the "
            "segmentation are believed. `unknown` leaves it to the classifier; without it what was "
            "said last holds.",
        ),
    ] = None,
) -> JobOut:
    """Queue an analysis of a study and name the job to watch.

    Without `model_id` the active version analyzes it, also one that was analyzed before: that is
    how a stale result is made new.
    """
    return JobOut.model_validate(
        queue.put_analysis(study_id, model_id=model_id, tumor=tumor, actor=reader)
    )


@router.get("")
def list_analyses(study_id: Id, store: StoreDep) -> AnalysesOut:
    """List all analyses of a study, newest first, each with the version that made it."""
    return AnalysesOut(
        analyses=[analysis_row_out(one) for one in analysis_rows.list_analyses(store, study_id)]
    )


@router.get("/latest")
def get_latest_analysis(study_id: Id, store: StoreDep) -> AnalysisOut:
    """Return the newest analysis of a study; a finished one before one that still runs."""
    return _answer(store, results.read_analysis(store, results.latest_analysis(store, study_id)))


@router.get("/{analysis_id}")
def get_analysis(study_id: Id, analysis_id: Id, store: StoreDep) -> AnalysisOut:
    """Return one analysis of a study."""
    return _answer(store, _require(store, study_id, analysis_id))


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


@router.get("/{analysis_id}/series/{series_id}/passports")
def get_passports(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    store: StoreDep,
    index: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="Of a slice; the volume without it.")
    ] = None,
) -> PassportsOut:
    """Return how the maps of a slice, or of a whole volume, did in their tests."""
    _require(store, study_id, analysis_id).require_series(series_id)
    found = passports.read_passports(store, analysis_id, series_id, index)
    return passports_out(found, is_volume=index is None)


@router.get("/{analysis_id}/volumetry")
def get_volumetry(study_id: Id, analysis_id: Id, store: StoreDep) -> VolumetryOut:
    """Return every number that was measured in space, with what to draw and all doubts."""
    found = _volumetry(store, study_id, analysis_id)
    return VolumetryOut.model_validate(found.content)


@router.get("/{analysis_id}/volumetry/labels", response_class=Response, responses=BINARY)
def get_labels(study_id: Id, analysis_id: Id, request: Request, store: StoreDep) -> Response:
    """Send BraTS 2023 labels on the grid of the reference: uint8, i fastest."""
    found = _volumetry(store, study_id, analysis_id)
    return stored_array(request, studies.study_folder(store, study_id), found.labels)


@router.get("/{analysis_id}/volumetry/uncertainty", response_class=Response, responses=BINARY)
def get_uncertainty(study_id: Id, analysis_id: Id, request: Request, store: StoreDep) -> Response:
    """Send the doubt about each voxel: uint8, i fastest; 255 is one bit."""
    blob = _volumetry(store, study_id, analysis_id).uncertainty
    if blob is None:
        raise _no_doubt()
    return stored_array(request, studies.study_folder(store, study_id), blob)


@router.get("/{analysis_id}/volumetry/evidence", response_class=Response, responses=BINARY)
def get_fused_evidence(
    study_id: Id, analysis_id: Id, request: Request, store: StoreDep
) -> Response:
    """Send the evidence of three axes, fused: uint8, i fastest; 127.5 is strong evidence."""
    blob = _volumetry(store, study_id, analysis_id).evidence
    if blob is None:
        raise _no_evidence()
    return stored_array(request, studies.study_folder(store, study_id), blob)


@router.get("/{analysis_id}/volumetry/surfaces.glb", response_class=Response, responses=GLB)
def get_surfaces(study_id: Id, analysis_id: Id, store: StoreDep) -> Response:
    """Send the surfaces of brain and regions: GLB, one node each, RAS+ millimeters."""
    found = _volumetry(store, study_id, analysis_id)
    path = verified_path(studies.study_folder(store, study_id), found.surfaces.sha256)
    return StreamingResponse(
        stream_bytes(path),
        media_type=GLB_TYPE,
        headers={"Content-Length": str(found.surfaces.size), "Cache-Control": "private, no-cache"},
    )


@router.get(
    "/{analysis_id}/volumetry/segmentation.nii.gz", response_class=Response, responses=NIFTI
)
def get_segmentation_file(
    study_id: Id,
    analysis_id: Id,
    store: StoreDep,
    role: Annotated[
        Literal["t1", "t1c", "t2", "flair", "ct"] | None,
        Query(description="The sequence on whose own grid they shall lie."),
    ] = None,
) -> Response:
    """Send BraTS 2023 labels as a NIfTI file, on the grid of the reference or of a sequence."""
    found = _volumetry(store, study_id, analysis_id)
    if role is None:
        content, name = nifti_gz(read_labels(store, analysis_id), _affine(found)), "segmentation"
    else:
        content = nifti_gz(*labels_where_scanned(store, study_id, analysis_id, role))
        name = f"segmentation_{role}"
    return downloaded(content, name=f"{analysis_id}-{name}.nii.gz", media_type=NIFTI_TYPE)


@router.get("/{analysis_id}/volumetry/uncertainty.nii.gz", response_class=Response, responses=NIFTI)
def get_uncertainty_file(study_id: Id, analysis_id: Id, store: StoreDep) -> Response:
    """Send the doubt about each voxel in bits (float32, steps of 1/255) as a NIfTI file."""
    affine = _affine(_volumetry(store, study_id, analysis_id))
    doubt = read_uncertainty(store, analysis_id)
    if doubt is None:
        raise _no_doubt()
    content = nifti_gz(doubt, affine)
    return downloaded(content, name=f"{analysis_id}-uncertainty.nii.gz", media_type=NIFTI_TYPE)


@router.get(
    "/{analysis_id}/volumetry/evidence_fused.nii.gz", response_class=Response, responses=NIFTI
)
def get_evidence_file(study_id: Id, analysis_id: Id, store: StoreDep) -> Response:
    """Send the evidence of three axes, fused, as a NIfTI file.

    1 is strong; it is stored in steps of 1/127.5, and 2 stands for 2 and more.
    """
    affine = _affine(_volumetry(store, study_id, analysis_id))
    _, evidence = read_maps(store, analysis_id)
    if evidence is None:
        raise _no_evidence()
    content = nifti_gz(evidence, affine)
    return downloaded(content, name=f"{analysis_id}-evidence_fused.nii.gz", media_type=NIFTI_TYPE)


@router.get("/{analysis_id}/volumetry/measurements.csv", response_class=Response, responses=CSV)
def get_measurements_table(study_id: Id, analysis_id: Id, store: StoreDep) -> Response:
    """Send every number as a row: those of the study, then those of each lesion."""
    table = measurements_csv(_volumetry(store, study_id, analysis_id).content)
    name = f"{analysis_id}-measurements.csv"
    return downloaded(table.encode(), name=name, media_type="text/csv; charset=utf-8")


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


def _answer(store: StoreDep, analysis: StoredAnalysis) -> AnalysisOut:
    return analysis_out(
        analysis,
        has_volumetry=has_volumetry(store, analysis.id),
        is_stale=is_stale(store, analysis.model) or is_volumetry_stale(store, analysis.id),
    )


def _no_doubt() -> NotFoundError:
    return NotFoundError("This segmentation carries no doubt.", fix="It was drawn by hand.")


def _no_evidence() -> NotFoundError:
    return NotFoundError(
        "There is no evidence in space for this study.",
        fix="It needs a decision of the classifier on the reference sequence.",
    )


def _affine(found: StoredVolumetry) -> list[list[float]]:
    affine: list[list[float]] = found.content["reference"]["affine_ras_mm"]
    return affine


def _volumetry(store: StoreDep, study_id: str, analysis_id: str) -> StoredVolumetry:
    _require(store, study_id, analysis_id)
    return read_volumetry(store, analysis_id)


def _require(store: StoreDep, study_id: str, analysis_id: str) -> StoredAnalysis:
    """Return an analysis of this very study."""
    analysis = results.read_analysis(store, analysis_id)
    if analysis.study_id != study_id:
        raise NotFoundError("The study has no such analysis.", fix="Open the study again.")
    return analysis
