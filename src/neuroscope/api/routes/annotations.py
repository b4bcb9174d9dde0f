"""What readers draw on a series, every version of it, and who shall read what."""

from typing import Annotated

from fastapi import APIRouter, Query

from neuroscope.api.annotation_schema import (
    AnnotationIn,
    AnnotationOut,
    AnnotationsOut,
    AssignmentIn,
    AssignmentOut,
    AssignmentsOut,
    EditIn,
    VersionsOut,
)
from neuroscope.api.annotation_views import annotation_out, drawn, version_out
from neuroscope.api.deps import Id, ReaderDep, StoreDep, cleaned_name, required_name
from neuroscope.errors import NotFoundError
from neuroscope.records.prediction import ModelRef
from neuroscope.store import annotation_reads, annotations, assignments
from neuroscope.store.result_rows import model_ref, require_analysis

router = APIRouter(tags=["annotations"])
SERIES = "/studies/{study_id}/series/{series_id}"
Parent = Annotated[int, Query(ge=1, le=1_000_000, description="The version that was seen.")]
NAME = r"^[^\x00-\x1f\x7f]+$"


@router.get(SERIES + "/annotations")
def list_annotations(
    study_id: Id,
    series_id: Id,
    store: StoreDep,
    reader: ReaderDep,
    with_deleted: Annotated[bool, Query(description="Also those that were deleted.")] = False,
) -> AnnotationsOut:
    """List what counts on a series; in a blind reading, only your own."""
    found = annotation_reads.list_annotations(
        store, study_id, series_id, reader=reader, with_deleted=with_deleted
    )
    with store.reading() as session:
        blind = assignments.reads_blind(session, study_id, series_id, reader)
    return AnnotationsOut(annotations=[annotation_out(one) for one in found], reads_blind=blind)


@router.post(SERIES + "/annotations", status_code=201)
def create_annotation(
    study_id: Id, series_id: Id, body: AnnotationIn, store: StoreDep, reader: ReaderDep
) -> AnnotationOut:
    """Store a new annotation; sent again with the same `id`, it is stored once."""
    model = _model(store, study_id, body.analysis_id)
    new = drawn(body, series_id=series_id, author=reader, model=model)
    annotations.create(store, study_id, new)
    return _now(store, study_id, series_id, new.id, reader)


@router.get(SERIES + "/annotations/{annotation_id}")
def get_annotation(
    study_id: Id, series_id: Id, annotation_id: Id, store: StoreDep, reader: ReaderDep
) -> AnnotationOut:
    """Return an annotation as it counts now, also if it was deleted."""
    return _now(store, study_id, series_id, annotation_id, reader)


@router.put(SERIES + "/annotations/{annotation_id}")
def edit_annotation(
    study_id: Id,
    series_id: Id,
    annotation_id: Id,
    body: EditIn,
    store: StoreDep,
    reader: ReaderDep,
) -> AnnotationOut:
    """Store a new version. If `parent` is the newest no more: 409 with `current` and `yours`.

    Both are kept. Look at both and save again on top of `current`, with `resolves`.
    """
    new = drawn(
        body,
        series_id=series_id,
        author=reader,
        model=_model(store, study_id, body.analysis_id),
        annotation_id=annotation_id,
    )
    resolves = tuple(body.resolves)
    annotations.edit(store, study_id, new, parent=body.parent, resolves=resolves)
    return _now(store, study_id, series_id, annotation_id, reader)


@router.delete(SERIES + "/annotations/{annotation_id}")
def delete_annotation(
    study_id: Id,
    series_id: Id,
    annotation_id: Id,
    parent: Parent,
    store: StoreDep,
    reader: ReaderDep,
) -> AnnotationOut:
    """Take an annotation away; its versions stay, and an edit brings it back."""
    annotations.delete(store, study_id, series_id, annotation_id, parent=parent, actor=reader)
    return _now(store, study_id, series_id, annotation_id, reader)


@router.get(SERIES + "/annotations/{annotation_id}/versions")
def list_versions(
    study_id: Id, series_id: Id, annotation_id: Id, store: StoreDep, reader: ReaderDep
) -> VersionsOut:
    """List all versions of an annotation, the first one first."""
    found = annotation_reads.read_versions(store, study_id, series_id, annotation_id, reader=reader)
    return VersionsOut(versions=[version_out(version) for version in found])


@router.get("/assignments")
def list_all_assignments(
    store: StoreDep,
    asked_by: ReaderDep,
    reader: Annotated[
        str | None, Query(min_length=1, max_length=64, pattern=NAME, description="Only theirs.")
    ] = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Only those not yet submitted, or only those.")
    ] = None,
) -> AssignmentsOut:
    """List who shall read what, oldest first; of one reader, if one is named.

    How much others drew is null on series that you read blind.
    """
    name = None if reader is None else cleaned_name(reader)
    found = assignments.list_assignments(store, reader=name, is_open=is_open, asked_by=asked_by)
    return AssignmentsOut(assignments=[AssignmentOut.model_validate(one) for one in found])


@router.get(SERIES + "/assignments")
def list_assignments(
    study_id: Id, series_id: Id, store: StoreDep, reader: ReaderDep
) -> AssignmentsOut:
    """List who shall read a series; how much others drew is null while you read it blind."""
    found = assignments.list_assignments(
        store, study_id=study_id, series_id=series_id, asked_by=reader
    )
    return AssignmentsOut(assignments=[AssignmentOut.model_validate(one) for one in found])


@router.post(SERIES + "/assignments", status_code=201)
def assign(
    study_id: Id, series_id: Id, body: AssignmentIn, store: StoreDep, reader: ReaderDep
) -> AssignmentOut:
    """Give a series to a reader; asked again, the same assignment answers."""
    made = assignments.assign(
        store,
        study_id,
        series_id,
        reader=required_name(body.reader),
        blind=body.blind,
        actor=reader,
    )
    return AssignmentOut.model_validate(made)


@router.delete(SERIES + "/assignments", status_code=204)
def withdraw(
    study_id: Id,
    series_id: Id,
    of: Annotated[
        str,
        Query(
            alias="reader", min_length=1, max_length=64, pattern=NAME, description="Whose it is."
        ),
    ],
    store: StoreDep,
    reader: ReaderDep,
) -> None:
    """Take an assignment back that was not submitted; 409 for your own blind one."""
    assignments.withdraw(store, study_id, series_id, reader=cleaned_name(of), actor=reader)


@router.post(SERIES + "/assignments/submit")
def submit(study_id: Id, series_id: Id, store: StoreDep, reader: ReaderDep) -> AssignmentOut:
    """Hand your reading in: it counts as it is now, and you see what others drew."""
    done = assignments.submit(store, study_id, series_id, reader=reader)
    return AssignmentOut.model_validate(done)


def _now(
    store: StoreDep, study_id: str, series_id: str, annotation_id: str, reader: str
) -> AnnotationOut:
    return annotation_out(
        annotation_reads.read_annotation(store, study_id, series_id, annotation_id, reader=reader)
    )


def _model(store: StoreDep, study_id: str, analysis_id: str | None) -> ModelRef | None:
    """Return the model of an analysis of this very study."""
    if analysis_id is None:
        return None
    with store.reading() as session:
        row = require_analysis(session, analysis_id)
        if row.study_id != study_id:
            raise NotFoundError("The study has no such analysis.", fix="Open the study again.")
        return model_ref(row)
