"""Versions of models: where each comes from, which one is active, and what is stale since."""

from typing import Annotated

from fastapi import APIRouter, Query

from neuroscope.api.comparison_schema import RecomputeOut
from neuroscope.api.deps import Id, QueueDep, ReaderDep, StoreDep
from neuroscope.api.doubt_schema import CoverageOut, coverage_out
from neuroscope.api.registry_schema import (
    RegisteredModelOut,
    RegisteredModelsOut,
    StaleResultOut,
    StaleResultsOut,
)
from neuroscope.api.schemas import JobOut
from neuroscope.store import models, registration
from neuroscope.store.stale_volumetry import stale_volumetry
from neuroscope.workflow.coverage_watch import watch_coverage

router = APIRouter(prefix="/models", tags=["models"])
Name = Annotated[str, Query(pattern=r"^[0-9A-Za-z_.-]{1,64}$", description="Of a model.")]


@router.get("/versions")
def list_model_versions(store: StoreDep, name: Name | None = None) -> RegisteredModelsOut:
    """List all versions of all models, or of one, newest first."""
    found = models.list_models(store, name=name)
    return RegisteredModelsOut(versions=[RegisteredModelOut.model_validate(one) for one in found])


@router.get("/versions/{model_id}")
def get_model_version(model_id: Id, store: StoreDep) -> RegisteredModelOut:
    """Return one version, with its certificate."""
    return RegisteredModelOut.model_validate(models.read_model(store, model_id))


@router.post("/versions/{model_id}/promote", status_code=202)
def promote_model(model_id: Id, queue: QueueDep, reader: ReaderDep) -> JobOut:
    """Queue the promotion of a candidate whose certificate says so; 409 if it does not.

    The worker notes what it answers to test images, then makes it the active version at once.
    """
    return JobOut.model_validate(queue.put_promotion(model_id, actor=reader))


@router.post("/versions/{model_id}/rollback", status_code=202)
def roll_back_model(model_id: Id, queue: QueueDep, reader: ReaderDep) -> JobOut:
    """Queue the way back from an active version to the one it displaced.

    The worker goes back only if that one still answers to the test images as it did.
    """
    return JobOut.model_validate(queue.put_rollback(model_id, actor=reader))


@router.post("/versions/{model_id}/reject")
def reject_model(model_id: Id, store: StoreDep, reader: ReaderDep) -> RegisteredModelOut:
    """Put a candidate aside for good."""
    done = registration.reject(store, model_id, actor=reader)
    return RegisteredModelOut.model_validate(done)


@router.post("/stale/recompute", status_code=202)
def recompute_stale_results(queue: QueueDep, reader: ReaderDep) -> RecomputeOut:
    """Queue an analysis by the active version of every study in the list of stale results.

    Studies that wait or are analyzed already keep their job. One study alone: POST an analysis.
    """
    return RecomputeOut(jobs=[JobOut.model_validate(job) for job in queue.put_stale(actor=reader)])


@router.get("/stale")
def list_stale_results(store: StoreDep, name: Name = "evidence") -> StaleResultsOut:
    """List studies whose newest analysis was made by a version that is active no more."""
    is_segmenter = name == models.SEGMENTER
    found = stale_volumetry(store) if is_segmenter else models.stale_results(store, name)
    return StaleResultsOut(results=[StaleResultOut.model_validate(one) for one in found])


@router.get("/coverage")
def get_coverage(store: StoreDep) -> CoverageOut:
    """Say whether the sets of classes of the active version still hold, by confirmed answers."""
    return coverage_out(watch_coverage(store))
