"""The models that are active: load them, and make other versions the active ones."""

import logging

from neuroscope.errors import ModelError, NeuroscopeError, NotFoundError
from neuroscope.models.inference import SHIPPED_WEIGHTS, EvidenceEngine, load_engine
from neuroscope.models.unet_segmenter import UnetSegmenter, load_segmenter
from neuroscope.records.prediction import ModelRef
from neuroscope.store import jobs
from neuroscope.store.database import Store
from neuroscope.store.models import (
    EVIDENCE,
    SEGMENTER,
    RegisteredModel,
    active_model,
    read_model,
    weights_folder,
)
from neuroscope.store.promotion import Outputs, RunCanaries, promote, roll_back
from neuroscope.workflow.canaries import canary_answers, segmenter_canary_answers

log = logging.getLogger(__name__)


def load_active_engine(store: Store, *, threads: int) -> EvidenceEngine:
    """Load the active version of the evidence network; the shipped one if none was ever noted.

    Raises
    ------
    ModelError
        If its weights are missing or damaged.
    """
    active = active_model(store, EVIDENCE)
    return load_engine(threads=threads) if active is None else _engine(store, active, threads)


def load_active_segmenter(store: Store, *, threads: int) -> UnetSegmenter:
    """Load the active version of the segmenter; the shipped one if none was ever noted.

    Raises
    ------
    ModelError
        If its weights are missing or damaged.
    """
    active = active_model(store, SEGMENTER)
    return load_segmenter(threads=threads) if active is None else _segmenter(store, active, threads)


def load_version(store: Store, model_id: str, *, threads: int) -> EvidenceEngine:
    """Load a registered version of the evidence network, active or not.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    ModelError
        If its weights are missing or damaged.
    """
    return _engine(store, read_model(store, model_id), threads)


def change_model(store: Store, job_id: str, *, threads: int) -> None:
    """Promote a model or go back from one, as a job says; done again, it stays done.

    If it cannot be done, the job says why and the active version stays.
    """
    job = jobs.read_job(store, job_id)
    if job.state not in jobs.ACTIVE:
        return
    jobs.tell_progress(store, job_id, 0.1, "Asking the models about the test images")
    try:
        changed = _change(store, job, threads)
    except NeuroscopeError as error:
        problem = jobs.JobProblem("The active model stays as it was", error.problem, error.fix)
        jobs.fail_job(store, job_id, problem)
        log.warning("job %s stopped: %s", job_id, type(error).__name__)
        return
    model = changed.model
    jobs.finish_job(store, job_id, message=f"{model.name} {model.version} is active")
    log.info("job %s: model %s is active", job_id, changed.id)


def _change(store: Store, job: jobs.Job, threads: int) -> RegisteredModel:
    if job.model_id is None or job.actor is None:
        raise NotFoundError("The job names no model.", fix="Ask for the change again.")
    named = read_model(store, job.model_id)
    was_done_before = named.status == ("active" if job.kind == "promote" else "retired")
    if was_done_before:  # by a worker that was killed before it could say so
        return active_model(store, named.model.name) or named
    if job.kind == "promote":
        return promote_here(store, named.id, actor=job.actor, threads=threads)
    return roll_back_here(store, named.model.name, actor=job.actor, threads=threads)


def promote_here(store: Store, model_id: str, *, actor: str, threads: int) -> RegisteredModel:
    """Make a candidate the active version, its test images answered by this process.

    Raises
    ------
    NotFoundError, ConflictError, ModelError, StorageError
        As `store.promotion.promote`.
    """
    return promote(store, model_id, actor=actor, run_canaries=_canaries(store, threads))


def roll_back_here(store: Store, name: str, *, actor: str, threads: int) -> RegisteredModel:
    """Go back to the version that the active one displaced, if it answers as it did.

    Raises
    ------
    ConflictError, ModelError
        As `store.promotion.roll_back`.
    """
    return roll_back(store, name, actor=actor, run_canaries=_canaries(store, threads))


def _canaries(store: Store, threads: int) -> RunCanaries:
    def answers(model: RegisteredModel) -> Outputs:
        if model.model.name == SEGMENTER:
            return segmenter_canary_answers(_segmenter(store, model, threads))
        return canary_answers(_engine(store, model, threads))

    return answers


def _engine(store: Store, model: RegisteredModel, threads: int) -> EvidenceEngine:
    if model.model.name != EVIDENCE:
        raise ModelError(
            f"'{model.model.name}' cannot be exchanged.",
            fix=f"Only versions of '{EVIDENCE}' and '{SEGMENTER}' can be trained and promoted.",
        )
    folder = weights_folder(store, model) or SHIPPED_WEIGHTS
    engine = load_engine(threads=threads, weights=folder)
    _require_same(engine.model, model)
    return engine


def _segmenter(store: Store, model: RegisteredModel, threads: int) -> UnetSegmenter:
    folder = weights_folder(store, model) or SHIPPED_WEIGHTS
    segmenter = load_segmenter(threads=threads, weights=folder)
    _require_same(segmenter.model, model)
    return segmenter


def _require_same(found: ModelRef, registered: RegisteredModel) -> None:
    if found.sha256 != registered.model.sha256:
        raise ModelError(
            f"The weights of version {registered.model.version} are no longer there: "
            f"those found are {found.sha256[:12]}.",
            fix="Install the version of Neuroscope that brought them.",
        )
