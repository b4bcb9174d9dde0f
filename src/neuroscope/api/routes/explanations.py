"""Other explanations of an answer, to lay beside the evidence map."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from neuroscope.api.bodies import stored_array
from neuroscope.api.deps import UNUSABLE, Id, Index, QueueDep, ReaderDep, StoreDep
from neuroscope.api.explanation_schema import (
    ExplanationIn,
    ExplanationMethodOut,
    ExplanationMethodsOut,
    ExplanationOut,
    ExplanationsOut,
    SequenceShareOut,
    SequencesOut,
)
from neuroscope.api.routes.studies import BINARY
from neuroscope.api.schemas import ClassLabel, JobOut
from neuroscope.errors import NotFoundError
from neuroscope.jobs.explanation_request import missing_for
from neuroscope.records.explanationmethod import METHODS, MethodName
from neuroscope.records.prediction import Prediction
from neuroscope.store import jobs, results, studies
from neuroscope.store.database import Store
from neuroscope.store.explanations import (
    Asked,
    StoredExplanation,
    find_explanation,
    list_explanations,
)
from neuroscope.store.stored_analysis import StoredAnalysis, StoredSeriesFinding
from neuroscope.workflow.sequence_importance import sequence_importance

router = APIRouter(tags=["explanations"])
ANALYSIS = "/studies/{study_id}/analyses/{analysis_id}"
SLICE = ANALYSIS + "/series/{series_id}/slices/{index}/explanations"
Target = Annotated[ClassLabel, Query(description="The class that is explained.")]


@router.get("/explanation-methods")
def list_methods() -> ExplanationMethodsOut:
    """List the ways to explain an answer, how long each takes and what it means."""
    return ExplanationMethodsOut(
        methods=[
            ExplanationMethodOut(
                name=method.name,
                title=method.title,
                tier=method.tier,
                is_signed=method.is_signed,
                is_control=method.is_control,
                meaning=method.meaning,
                missing=missing_for(method),
            )
            for method in METHODS
        ]
    )


@router.post(SLICE, status_code=202)
def request_explanation(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    index: Index,
    body: ExplanationIn,
    store: StoreDep,
    queue: QueueDep,
    reader: ReaderDep,
) -> ExplanationOut:
    """Ask for the map of a method; the worker makes it, also where that takes only an instant.

    Asked again, the same map or the same job answers; a map that failed is made anew.
    """
    _require(store, study_id, analysis_id)
    asked = Asked(analysis_id, series_id, index, body.target, body.method)
    queue.put_explanation(asked, actor=reader)
    return _explanation(store, _found(store, asked))


@router.get(SLICE)
def get_explanations(
    study_id: Id, analysis_id: Id, series_id: Id, index: Index, store: StoreDep
) -> ExplanationsOut:
    """List the maps of a slice that someone asked for."""
    _require(store, study_id, analysis_id)
    found = list_explanations(store, analysis_id, series_id, index)
    return ExplanationsOut(explanations=[_explanation(store, one) for one in found])


@router.get(SLICE + "/{method}/maps", response_class=Response, responses=BINARY)
def get_explanation_maps(
    study_id: Id,
    analysis_id: Id,
    series_id: Id,
    index: Index,
    method: MethodName,
    target: Target,
    request: Request,
    store: StoreDep,
) -> Response:
    """Send three pictures of one size: the slice as the network sees it, its evidence, the map.

    Float32, row after row, picture after picture.
    """
    _require(store, study_id, analysis_id)
    found = _found(store, Asked(analysis_id, series_id, index, target, method))
    if found.maps is None:
        raise NotFoundError("This map is not made yet.", fix="Wait for its job to end.")
    return stored_array(request, studies.study_folder(store, study_id), found.maps)


@router.get(ANALYSIS + "/sequences", responses=UNUSABLE)
def get_sequences(study_id: Id, analysis_id: Id, target: Target, store: StoreDep) -> SequencesOut:
    """Share the decision on a study out to its series: Shapley values over all coalitions."""
    analysis = _require(store, study_id, analysis_id)
    series = [stored.series for stored in studies.read_study(store, study_id).series]
    answers = {
        found.series_id: said for found in analysis.series if (said := _headline(found)) is not None
    }
    found = sequence_importance(series, answers, target)
    return SequencesOut(
        target=target,
        total=found.total,
        speaks=found.speaks,
        shares=[
            SequenceShareOut(series_id=one.series_id, share=one.share, alone=one.alone)
            for one in found.shares
        ],
    )


def _headline(found: StoredSeriesFinding) -> Prediction | None:
    """Give what a series says, by the rule of `SeriesFinding.headline`."""
    if found.decision is not None or not found.slices:
        return found.decision
    said = [one.prediction for one in found.slices]
    tumors = [one for one in said if one.label != "notumor"]
    return max(tumors or said, key=lambda one: one.p_label)


def _explanation(store: Store, stored: StoredExplanation) -> ExplanationOut:
    return ExplanationOut.model_validate(
        {
            "method": stored.asked.method,
            "target": stored.asked.target,
            "job": JobOut.model_validate(jobs.read_job(store, stored.job_id)),
            "is_ready": stored.maps is not None,
            "seconds": stored.seconds,
            "agreement": stored.agreement,
            "notes": dict(stored.notes),
            "cautions": list(stored.cautions),
            "passport": stored.passport,
            "evidence_passport": stored.evidence_passport,
        }
    )


def _found(store: Store, asked: Asked) -> StoredExplanation:
    with store.reading() as session:
        found = find_explanation(session, asked)
    if found is None:
        raise NotFoundError("Nobody asked for this map.", fix="Ask for it first.")
    return found


def _require(store: Store, study_id: str, analysis_id: str) -> StoredAnalysis:
    """Return an analysis of this very study."""
    analysis = results.read_analysis(store, analysis_id)
    if analysis.study_id != study_id:
        raise NotFoundError("The study has no such analysis.", fix="Open the study again.")
    return analysis
