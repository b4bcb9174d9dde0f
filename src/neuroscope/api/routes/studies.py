"""The worklist, studies and their pixels."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from neuroscope.api.bodies import RAW, picture, stored_array
from neuroscope.api.deps import FeedDep, Id, Index, QueueDep, ReaderDep, Responses, StoreDep
from neuroscope.api.schemas import ClassLabel, StudyOut, StudyStatus, WorklistOut
from neuroscope.api.views import study_out, study_row_out
from neuroscope.errors import NeuroscopeError, NotFoundError
from neuroscope.jobs.similar_client import ask_worker
from neuroscope.store import results, studies
from neuroscope.store.blobs import read_array
from neuroscope.store.models import is_stale
from neuroscope.store.stale_volumetry import is_volumetry_stale
from neuroscope.store.worklist import worklist
from neuroscope.workflow.forget_study import forget_study

router = APIRouter(prefix="/studies", tags=["studies"])
FORGET_S = 2.0  # that a deletion waits for the index of similar cases
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BINARY: Responses = {200: {"content": {RAW: {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("")
def list_studies(
    store: StoreDep,
    q: Annotated[str, Query(max_length=64, description="Part of a pseudonym.")] = "",
    status: StudyStatus | None = None,
    label: Annotated[
        ClassLabel | None, Query(alias="class", description="What the headline says.")
    ] = None,
    cursor: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{1,16}-[0-9A-Za-z_-]{1,64}$", description="`next_cursor`."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WorklistOut:
    """List studies, newest first."""
    rows, total = worklist(
        store, words=q, status=status, label=label, after=_after(cursor), limit=limit + 1
    )
    more = len(rows) > limit
    rows = rows[:limit]
    return WorklistOut(
        studies=[study_row_out(row) for row in rows],
        total=total,
        next_cursor=_cursor(rows[-1].created, rows[-1].id) if more else None,
    )


@router.get("/{study_id}")
def get_study(study_id: Id, store: StoreDep) -> StudyOut:
    """Describe a study and its series, without pixels."""
    stored = studies.read_study(store, study_id)
    newest = results.newest_finished(store, study_id)
    stale = newest is not None and (
        is_stale(store, results.model_of(store, newest)) or is_volumetry_stale(store, newest)
    )
    return study_out(stored, newest, is_stale=stale)


@router.delete("/{study_id}", status_code=204)
def delete_study(
    study_id: Id, store: StoreDep, queue: QueueDep, feed: FeedDep, reader: ReaderDep
) -> None:
    """Delete a study with its images, results and annotations; its running job is canceled first.

    Its vectors leave the index of similar cases, its pictures the maps of trainings and the
    certificates of models.

    The audit trail keeps that it was there.
    """
    queue.cancel_study(study_id)
    forget_study(store, study_id, actor=reader)
    with suppress(NeuroscopeError):  # a worker that starts later forgets it then
        ask_worker(store.home, store.key, {"what": "forget", "study_id": study_id}, wait_s=FORGET_S)
    feed.study_changed(study_id)


@router.get("/{study_id}/series/{series_id}/volume", response_class=Response, responses=BINARY)
def get_volume(study_id: Id, series_id: Id, request: Request, store: StoreDep) -> Response:
    """Send voxels: little-endian, i fastest; `dtype` and `shape` stand in the study."""
    series = studies.read_study(store, study_id).require_series(series_id)
    if series.array is None:
        raise NotFoundError(
            "This series holds plain slices, not a volume.", fix="Fetch its slices by index."
        )
    return stored_array(request, studies.study_folder(store, study_id), series.array)


@router.get(
    "/{study_id}/series/{series_id}/slices/{index}", response_class=Response, responses=BINARY
)
def get_slice(
    study_id: Id, series_id: Id, index: Index, request: Request, store: StoreDep
) -> Response:
    """Send a plain slice: float32, row after row; its size stands in X-Rows and X-Columns."""
    cut = studies.read_slice(store, study_id, series_id, index)
    return picture(request, read_array(studies.study_folder(store, study_id), cut.array))


def _cursor(created: datetime, study_id: str) -> str:
    return f"{(created - EPOCH) // timedelta(microseconds=1)}-{study_id}"


def _after(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    microseconds, _, study_id = cursor.partition("-")
    return EPOCH + timedelta(microseconds=int(microseconds)), study_id
