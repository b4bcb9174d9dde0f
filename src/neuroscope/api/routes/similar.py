"""Similar past cases: asked of the worker, which holds their index and the network."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from neuroscope.api.deps import UNUSABLE, Id, QueueDep, ReaderDep, Responses, StoreDep
from neuroscope.api.schemas import JobOut
from neuroscope.api.similar_schema import (
    CohortMapOut,
    IndexStateOut,
    JudgmentIn,
    JudgmentOut,
    JudgmentsOut,
    SimilarIn,
    SimilarOut,
    WhyIn,
    WhyOut,
    similar_out,
)
from neuroscope.errors import ConflictError
from neuroscope.jobs.similar_client import ask_worker
from neuroscope.store.database import Store
from neuroscope.store.judgments import Judgment, judge, list_judgments
from neuroscope.store.models import EVIDENCE, active_model
from neuroscope.store.studies import pseudonyms, read_study

router = APIRouter(tags=["similar cases"])
OF_STUDY = "/studies/{study_id}/similar"
UNREADY: Responses = {404: {}, 409: {}, 507: {}}  # no index, no worker, a broken index


@router.post(OF_STUDY, responses={**UNREADY, **UNUSABLE})
def find_similar(study_id: Id, body: SimilarIn, store: StoreDep, reader: ReaderDep) -> SimilarOut:
    """Find the past cases most like a study, a slice, or a region; your judgments order them."""
    read_study(store, study_id)
    judged = () if body.points_mm else _judged(store, study_id, body, reader)
    marks = {
        "relevant": [one.case_id for one in judged if one.is_relevant],
        "not_relevant": [one.case_id for one in judged if not one.is_relevant],
    }
    asked = _asked(study_id, body, reader) | marks
    answer = ask_worker(store.home, store.key, {"what": "search", "asked": asked})
    cases = [one["case_id"] for one in answer["neighbors"]]
    return similar_out(answer, judgments=_out(judged), pseudonyms=pseudonyms(store, cases))


@router.post(OF_STUDY + "/why", responses={**UNREADY, **UNUSABLE})
def explain_similarity(study_id: Id, body: WhyIn, store: StoreDep, reader: ReaderDep) -> WhyOut:
    """Take the similarity of two slices apart over the places of both, exactly."""
    read_study(store, study_id)
    question = {
        "what": "why",
        "asked": _asked(study_id, body, reader),
        "query": body.query_entry_id,
        "match": body.entry_id,
    }
    return WhyOut.model_validate(ask_worker(store.home, store.key, question))


@router.put(OF_STUDY + "/judgments", responses={**UNREADY, **UNUSABLE})
def judge_similar(
    study_id: Id, body: JudgmentIn, store: StoreDep, reader: ReaderDep
) -> JudgmentsOut:
    """Say whether a case is relevant; the next answer is ordered by it. It changes no finding."""
    active = active_model(store, EVIDENCE)
    if active is None:
        raise ConflictError("No network is active.", fix="Start the worker: neuroscope serve")
    judged = judge(
        store,
        study_id,
        body.case_id,
        scope=body.scope,
        reader=reader,
        is_relevant=body.is_relevant,
        model_sha256=active.model.sha256,
    )
    return JudgmentsOut(judgments=_out(judged))


@router.get("/similar/index", responses=UNREADY)
def get_similar_index(store: StoreDep) -> IndexStateOut:
    """Say whether similar cases can be searched, and if not, why."""
    return IndexStateOut.model_validate(ask_worker(store.home, store.key, {"what": "state"}))


@router.post("/similar/index", status_code=202)
def renew_similar_index(queue: QueueDep, reader: ReaderDep) -> JobOut:
    """Queue what brings the index up to date, made again where it is broken or outdated."""
    return JobOut.model_validate(queue.put_index(actor=reader))


@router.get("/cohort/map", responses=UNREADY)
def get_cohort_map(
    store: StoreDep,
    most: Annotated[int, Query(ge=10, le=20_000, description="Points at most.")] = 5_000,
) -> CohortMapOut:
    """Lay all indexed slices on a plane by the two directions in which they differ most."""
    question = {"what": "map", "most": most}
    return CohortMapOut.model_validate(ask_worker(store.home, store.key, question))


def _asked(study_id: str, body: SimilarIn, reader: str) -> dict[str, Any]:
    asked = body.model_dump(mode="json", include=set(SimilarIn.model_fields))
    return asked | {"study_id": study_id, "reader": reader}


def _judged(store: Store, study_id: str, body: SimilarIn, reader: str) -> Sequence[Judgment]:
    return list_judgments(store, study_id, scope=body.scope, reader=reader)


def _out(judged: Sequence[Judgment]) -> list[JudgmentOut]:
    return [JudgmentOut(case_id=one.case_id, is_relevant=one.is_relevant) for one in judged]
