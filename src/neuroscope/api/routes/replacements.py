"""Replace a part of a slice by plausible tissue, and tell how far the score of a class falls."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from neuroscope.api.bodies import stored_array
from neuroscope.api.deps import HIDDEN, Id, Index, QueueDep, ReaderDep, StoreDep
from neuroscope.api.replacement_schema import ReplacementIn, ReplacementOut, ReplacementsOut
from neuroscope.api.routes.studies import BINARY
from neuroscope.api.schemas import ClassLabel, JobOut
from neuroscope.errors import NotFoundError
from neuroscope.records.replaced import REGIONS, Region
from neuroscope.store import jobs, results, studies
from neuroscope.store.assignments import require_not_blind
from neuroscope.store.database import Store
from neuroscope.store.explanations import Asked
from neuroscope.store.replacements import StoredReplacement, asked_to_replace, find_replacement

router = APIRouter(tags=["explanations"])
SLICE = "/studies/{study_id}/analyses/{analysis_id}/series/{series_id}/slices/{index}/replacements"
Target = Annotated[ClassLabel, Query(description="The class whose score is followed.")]


@router.post(SLICE, status_code=202)
def request_replacement(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    index: Index,
    body: ReplacementIn,
    store: StoreDep,
    queue: QueueDep,
    reader: ReaderDep,
) -> ReplacementOut:
    """Ask the worker to replace the tumor, or what the map points to, by plausible tissue.

    Asked again, it is done again: an outline may have changed. Refused to those who read the series
    blind: it would show the outlines of others.
    """
    _require(store, study_id, analysis_id, series_id, reader)
    asked = asked_to_replace(analysis_id, series_id, index, body.target, body.region)
    queue.put_replacement(asked, actor=reader)
    found = _find(store, asked)
    if found is None:
        raise _nobody()
    return _out(store, asked, found)


@router.get(SLICE, responses=HIDDEN)
def get_replacements(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    index: Index,
    target: Target,
    store: StoreDep,
    reader: ReaderDep,
) -> ReplacementsOut:
    """List what was replaced on a slice, and what followed for a class."""
    _require(store, study_id, analysis_id, series_id, reader)
    every = [asked_to_replace(analysis_id, series_id, index, target, one) for one in REGIONS]
    found = [(asked, there) for asked in every if (there := _find(store, asked)) is not None]
    return ReplacementsOut(
        target=target, replacements=[_out(store, asked, one) for asked, one in found]
    )


@router.get(SLICE + "/{region}/pictures", response_class=Response, responses={**BINARY, **HIDDEN})
def get_replacement_pictures(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    index: Index,
    region: Region,
    target: Target,
    request: Request,
    store: StoreDep,
    reader: ReaderDep,
) -> Response:
    """Send three or four pictures of one size, float32, row after row, picture after picture.

    The slice as the network sees it, the part (1 inside), the slice without it, and, where a place
    was free, the slice with a sham replaced.
    """
    _require(store, study_id, analysis_id, series_id, reader)
    found = _find(store, asked_to_replace(analysis_id, series_id, index, target, region))
    if found is None:
        raise _nobody()
    if found.pictures is None:
        raise NotFoundError("Nothing is replaced yet.", fix="Wait for its job to end.")
    return stored_array(request, studies.study_folder(store, study_id), found.pictures)


def _require(store: Store, study_id: str, analysis_id: str, series_id: str, reader: str) -> None:
    """Refuse an analysis of another study, and those who must not see the outlines of others."""
    if results.read_analysis(store, analysis_id).study_id != study_id:
        raise NotFoundError("The study has no such analysis.", fix="Open the study again.")
    require_not_blind(store, study_id, series_id, reader=reader)


def _find(store: Store, asked: Asked) -> StoredReplacement | None:
    with store.reading() as session:
        return find_replacement(session, asked)


def _nobody() -> NotFoundError:
    return NotFoundError("Nobody asked to replace this.", fix="Ask for it first.")


def _out(store: Store, asked: Asked, stored: StoredReplacement) -> ReplacementOut:
    found, blob = stored.found, stored.pictures
    return ReplacementOut.model_validate(
        {
            "region": stored.region,
            "target": asked.target,
            "job": JobOut.model_validate(jobs.read_job(store, stored.job_id)),
            "is_ready": blob is not None,
            "outlined_by": stored.outlined_by,
            "before": found and found.before,
            "after": found and found.after,
            "drop": found and found.drop,
            "sham_drops": list(found.sham_drops) if found else [],
            "effect": found and found.effect,
            "p_value": found and found.p_value,
            "has_sham": blob is not None and blob.shape[0] > 3,
            "seconds": stored.seconds,
        }
    )
