"""Help with drawing, and annotations of other programs: out and in."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zipfile import ZIP_DEFLATED, ZipFile

from fastapi import APIRouter, Query, Response

from neuroscope.api.annotation_views import drawn
from neuroscope.api.deps import UNUSABLE, Id, ReaderDep, Responses, SettingsDep, StoreDep
from neuroscope.api.drawing_schema import (
    FilledOut,
    FillIn,
    FromModelIn,
    FromModelOut,
    ImportedOut,
)
from neuroscope.api.drawing_views import drafts_out, filled_out
from neuroscope.api.sent_file import BYTES, FILE, SentFile
from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.annotation import AnnotationKind
from neuroscope.store import results, studies
from neuroscope.workflow import drafts, exchange

router = APIRouter(tags=["annotations"])
SERIES = "/studies/{study_id}/series/{series_id}"
MEDIA_TYPES: dict[exchange.Form, tuple[str, str]] = {
    "dicom-seg": ("application/dicom", "dcm"),
    "coco": ("application/json", "json"),
    "nifti": ("application/zip", "zip"),
}
ONE_SERIES: Responses = {200: {"content": {kind: BYTES for kind, _ in MEDIA_TYPES.values()}}}
WHOLE_STUDY: Responses = {200: {"content": {"application/zip": BYTES}}}
FormQuery = Annotated[
    exchange.Form, Query(alias="format", description="NIfTI comes as a ZIP of one file a kind.")
]


@router.post(SERIES + "/annotations/fill")
def fill_between(
    study_id: Id, series_id: Id, body: FillIn, store: StoreDep, reader: ReaderDep
) -> FilledOut:
    """Draw contours on all slices between two of a volume; nothing is stored."""
    first, second = (
        [drawn(one, series_id=series_id, author=reader, model=None) for one in shapes]
        for shapes in (body.first, body.second)
    )
    layers, plane = drafts.fill(store, study_id, series_id, first, second)
    return filled_out(layers, plane, kind=body.first[0].kind)


@router.post(SERIES + "/annotations/from-model")
def take_over(study_id: Id, series_id: Id, body: FromModelIn, store: StoreDep) -> FromModelOut:
    """Turn what a model found on one slice into contours to edit; nothing is stored."""
    analysis = results.read_analysis(store, body.analysis_id)
    if analysis.study_id != study_id:
        raise NotFoundError("The study has no such analysis.", fix="Open the study again.")
    if body.position_mm is None:
        if body.source == "segmentation" or body.slice_index is None:
            raise BadInputError(
                "Plain pictures are not segmented.", fix="Take the evidence over instead."
            )
        found = drafts.picture_evidence(store, analysis, series_id, body.slice_index, body.target)
        return drafts_out(found, body)
    series = studies.read_study(store, study_id).require_series(series_id)
    at, plane = body.position_mm, body.plane
    if body.source == "segmentation":
        found = drafts.segmented_region(
            store, analysis, series, at, plane=plane, region=body.region
        )
    else:
        found = drafts.volume_evidence(store, analysis, series, at, plane=plane, target=body.target)
    return drafts_out(found, body)


@router.get(SERIES + "/exchange", response_class=Response, responses={**ONE_SERIES, **UNUSABLE})
def export_series(
    study_id: Id, series_id: Id, form: FormQuery, store: StoreDep, reader: ReaderDep
) -> Response:
    """Send what is drawn on a series as a file of another program; in a blind reading, your own."""
    with _folder() as folder:
        made = exchange.export_annotations(
            store, study_id, series_id, folder, form=form, reader=reader
        )
        media_type, ending = MEDIA_TYPES[form]
        if form == "nifti":
            content = _zipped(folder, made)
        else:
            content = (folder / made.files[0]).read_bytes()
    return _download(content, media_type, f"annotations-{series_id}.{ending}")


@router.get(
    "/studies/{study_id}/exchange", response_class=Response, responses={**WHOLE_STUDY, **UNUSABLE}
)
def export_study(study_id: Id, form: FormQuery, store: StoreDep, reader: ReaderDep) -> Response:
    """Send what is drawn on all series of a study: a ZIP with a folder for each."""
    with _folder() as folder:
        made = exchange.export_study(store, study_id, folder, form=form, reader=reader)
        content = _zipped(folder, made)
    return _download(content, "application/zip", f"annotations-{study_id}.zip")


@router.post(SERIES + "/exchange", status_code=201, openapi_extra=FILE)
def import_file(
    study_id: Id,
    series_id: Id,
    store: StoreDep,
    reader: ReaderDep,
    settings: SettingsDep,
    sent: SentFile,
    kind: Annotated[AnnotationKind, Query(description="Of the labels of a NIfTI file.")] = "tumor",
) -> ImportedOut:
    """Store the annotations of a DICOM SEG, NIfTI or COCO file as your own.

    The body is the file as it is; what it is, its first bytes tell. Sent twice, it is stored once.
    """
    read = exchange.import_annotations(
        store,
        study_id,
        series_id,
        exchange.named_by_content(sent),
        reader=reader,
        kind=kind,
        limits=settings.limits,
    )
    return ImportedOut(
        stored=[annotation.id for annotation in read.annotations], cautions=list(read.cautions)
    )


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="neuroscope-") as folder:
        yield Path(folder)


def _zipped(folder: Path, made: exchange.Exported) -> bytes:
    path = folder / "all.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name in made.files:
            archive.write(folder / name, name)
        if made.cautions:
            archive.writestr("cautions.txt", "\n".join(made.cautions) + "\n")
    return path.read_bytes()


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=media_type, headers=headers)
