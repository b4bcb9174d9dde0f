"""Make maps of other explanation methods and replace parts of slices, beside the analyses."""

import logging
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuroscope.errors import CanceledError, ModelError, places
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.preprocess.orient import SliceSource, slices_of
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.explanationmethod import method_named
from neuroscope.records.passport import PassportRules
from neuroscope.records.prediction import ModelRef
from neuroscope.records.replaced import Region
from neuroscope.records.volume import Volume
from neuroscope.store import jobs, studies
from neuroscope.store.database import Store
from neuroscope.store.explanations import Asked, asked_by, save_explanation
from neuroscope.store.models import list_models, weights_folder
from neuroscope.store.replacements import region_of, save_replacement
from neuroscope.store.results import read_analysis
from neuroscope.store.stored_analysis import StoredAnalysis
from neuroscope.workflow.attribute import explain_slice, on_input, question_of
from neuroscope.workflow.replace_part import known_tumor, replace_part
from neuroscope.workflow.slice_views import KnownTumor, outline_on
from neuroscope.workflow.tested_maps import with_tests

log = logging.getLogger(__name__)

EVIDENCE = "evidence"


class ExplanationWork:
    """Does the jobs; owns the network whose answers are explained, loaded when first asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._network: tuple[str, _Loaded] | None = None  # hash of its weights, and itself
        self._slice: tuple[tuple[str, str, int, int], _Slice] | None = None  # the last one

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
        analysis = read_analysis(self._store, asked.analysis_id)
        region = region_of(asked)
        if region is None:
            self._explain(job_id, asked, analysis)
        else:
            self._replace(job_id, asked, analysis, region)

    def _explain(self, job_id: str, asked: Asked, analysis: StoredAnalysis) -> None:
        method = method_named(asked.method)
        jobs.tell_progress(self._store, job_id, 0.1, f"Drawing {method.title}")
        loaded = self._loaded(analysis.model)
        shown = self._slice_of(asked, analysis)
        prepared = shown.prepared
        question = question_of(prepared, analysis.spec.classes.index(asked.target))
        jobs.tell_progress(self._store, job_id, 0.2, f"Drawing {method.title}")
        drawn = [explain_slice(loaded.network, question, method.name)]
        if method.name != EVIDENCE:  # it is shown beside the other, and so is tested, too
            drawn.append(explain_slice(loaded.network, question, EVIDENCE))
        jobs.tell_progress(self._store, job_id, 0.7, f"Testing {method.title}")
        maps = with_tests(
            loaded.network,
            question,
            drawn,
            loaded.rules,
            classes=analysis.spec.classes,
            cells=analysis.spec.cells,
            answer=_answer(analysis, asked),
            outline=self._outline(asked, analysis, shown),
        )
        found, exact = maps[0], maps[-1]
        save_explanation(
            self._store,
            asked,
            np.stack([prepared.image, exact.attribution.values, found.attribution.values]),
            seconds=found.seconds,
            agreement=found.agreement,
            notes=found.attribution.notes,
            cautions=found.cautions,
            passport=found.passport,
            evidence_passport=exact.passport,
        )
        jobs.finish_job(self._store, job_id, message=f"{method.title} in {found.seconds:.1f} s")

    def _outline(
        self, asked: Asked, analysis: StoredAnalysis, shown: "_Slice"
    ) -> NDArray[np.bool_] | None:
        outline = outline_on(shown.source, asked.index, self._tumor(asked, analysis, shown))
        return None if outline is None else on_input(outline[0], shown.prepared)

    def _tumor(self, asked: Asked, analysis: StoredAnalysis, shown: "_Slice") -> KnownTumor:
        image = shown.source.image
        return known_tumor(
            self._store,
            analysis.id,
            analysis.study_id,
            asked.series_id,
            image if isinstance(image, Volume) else None,
        )

    def _replace(self, job_id: str, asked: Asked, analysis: StoredAnalysis, region: Region) -> None:
        start = time.perf_counter()
        jobs.tell_progress(self._store, job_id, 0.1, "Replacing by plausible tissue")
        loaded = self._loaded(analysis.model)
        shown = self._slice_of(asked, analysis)
        part = replace_part(
            loaded.network,
            analysis.spec,
            shown.source,
            shown.prepared,
            index=asked.index,
            target=asked.target,
            region=region,
            tumor=self._tumor(asked, analysis, shown),
        )
        pictures = [shown.prepared.image, part.region.astype(np.float32), part.found.without]
        if part.found.sham is not None:
            pictures.append(part.found.sham)
        seconds = time.perf_counter() - start
        save_replacement(
            self._store,
            asked,
            np.stack(pictures),
            part.found.scores,
            outlined_by=part.outlined_by,
            seconds=seconds,
        )
        jobs.finish_job(self._store, job_id, message=f"Replaced in {seconds:.1f} s")

    def _loaded(self, model: ModelRef) -> "_Loaded":
        if self._network is None or self._network[0] != model.sha256:
            self._network = None  # before the next is loaded
            self._network = (model.sha256, _load(self._store, model))
        return self._network[1]

    def _slice_of(self, asked: Asked, analysis: StoredAnalysis) -> "_Slice":
        key = (analysis.study_id, asked.series_id, asked.index, analysis.spec.size)
        if self._slice is None or self._slice[0] != key:
            imported = studies.load_study(self._store, analysis.study_id)
            image = imported.volumes.get(asked.series_id) or imported.slices[asked.series_id]
            source = slices_of(image)
            prepared = prepare_slice(source.get(asked.index), size=analysis.spec.size)
            self._slice = (key, _Slice(source, prepared))
        return self._slice[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Slice:
    """A slice as the network sees it, and what it was cut from."""

    source: SliceSource
    prepared: PreparedSlice


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """A network, and what its maps are tested by: what lies beside its weights."""

    network: nn.Module
    rules: PassportRules


def _answer(analysis: StoredAnalysis, asked: Asked) -> str:
    """Name the class whose map is tested in full: that of a volume, or of the slice."""
    finding = analysis.require_series(asked.series_id)
    if finding.decision is not None:
        return finding.decision.label
    labels = {item.index: item.prediction.label for item in finding.slices}
    return labels[asked.index]  # it was noted for a slice that has a finding


def _load(store: Store, model: ModelRef) -> _Loaded:
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
                return _Loaded(load_network(folder), load_passport_rules(model, weights=folder))
    raise ModelError(
        f"The weights of version {model.version}, which made this analysis, are no longer here.",
        fix="Analyze the study again and explain the new answer.",
    )
