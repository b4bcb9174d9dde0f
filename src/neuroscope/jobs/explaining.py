"""Make the maps of other explanation methods, one at a time, beside the analyses."""

import logging

import numpy as np
from torch import nn

from neuroscope.errors import CanceledError, ModelError, places
from neuroscope.explain.methods import attribute
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.preprocess.orient import slices_of
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.explanationmethod import method_named
from neuroscope.records.prediction import ModelRef
from neuroscope.store import jobs, studies
from neuroscope.store.database import Store
from neuroscope.store.explanations import Asked, asked_by, save_explanation
from neuroscope.store.models import list_models, weights_folder
from neuroscope.store.results import read_analysis
from neuroscope.workflow.attribute import explain_slice, question_of

log = logging.getLogger(__name__)


class ExplanationWork:
    """Does the jobs; owns the network whose answers are explained, loaded when first asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._network: tuple[str, nn.Module] | None = None  # hash of its weights, and itself
        self._slice: tuple[tuple[str, str, int], PreparedSlice] | None = None  # the last one

    def run(self, job_id: str) -> None:
        """Make the map that a job asks for; if it cannot be made, the job says why."""
        try:
            self._run(job_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person who waits is told
            if not isinstance(error, CanceledError):
                jobs.fail_job(self._store, job_id, jobs.problem_of(error))
                log.warning("job %s stopped: %s", job_id, type(error).__name__ + places(error))

    def _run(self, job_id: str) -> None:
        if jobs.read_job(self._store, job_id).state not in jobs.ACTIVE:
            return
        asked = asked_by(self._store, job_id)
        method = method_named(asked.method)
        jobs.tell_progress(self._store, job_id, 0.1, f"Drawing {method.title}")
        analysis = read_analysis(self._store, asked.analysis_id)
        network = self._network_of(analysis.model)
        prepared = self._prepared(asked, analysis.study_id, analysis.spec.size)
        question = question_of(prepared, analysis.spec.classes.index(asked.target))
        jobs.tell_progress(self._store, job_id, 0.2, f"Drawing {method.title}")
        found = explain_slice(network, question, method.name)
        exact = attribute(network, question, "evidence")
        save_explanation(
            self._store,
            asked,
            np.stack([prepared.image, exact.values, found.attribution.values]),
            seconds=found.seconds,
            agreement=found.agreement,
            notes=found.attribution.notes,
            cautions=found.cautions,
        )
        jobs.finish_job(self._store, job_id, message=f"{method.title} in {found.seconds:.1f} s")

    def _network_of(self, model: ModelRef) -> nn.Module:
        if self._network is None or self._network[0] != model.sha256:
            self._network = None  # before the next is loaded
            self._network = (model.sha256, _load(self._store, model))
        return self._network[1]

    def _prepared(self, asked: Asked, study_id: str, size: int) -> PreparedSlice:
        key = (study_id, asked.series_id, asked.index)
        if self._slice is None or self._slice[0] != key:
            imported = studies.load_study(self._store, study_id)
            image = imported.volumes.get(asked.series_id) or imported.slices[asked.series_id]
            pixels = slices_of(image).get(asked.index)
            self._slice = (key, prepare_slice(pixels, size=size))
        return self._slice[1]


def _load(store: Store, model: ModelRef) -> nn.Module:
    """Load the very weights that made an analysis.

    Raises
    ------
    ModelError
        If they are no longer there.
    """
    for known in list_models(store, name=model.name):
        if known.model.sha256 == model.sha256:
            folder = weights_folder(store, known) or SHIPPED_WEIGHTS
            if read_sidecar(folder)["sha256"] == model.sha256:
                return load_network(folder)
    raise ModelError(
        f"The weights of version {model.version}, which made this analysis, are no longer here.",
        fix="Analyze the study again and explain the new answer.",
    )
