"""The steps of a job. Each may be killed at any point and run again: nothing is lost or doubled."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from neuroscope.errors import (
    BadInputError,
    CanceledError,
    ConflictError,
    MissingExtraError,
    ModelError,
    NeuroscopeError,
    places,
)
from neuroscope.io.glb import glb_bytes
from neuroscope.io.reader import read_study
from neuroscope.jobs.active_model import (
    load_active_engine,
    load_active_segmenter,
    load_version,
)
from neuroscope.jobs.grid_steps import look_closer
from neuroscope.jobs.passport_steps import MapsOf, save_tests_of_series
from neuroscope.jobs.plan import Chunk, Plan, plan_of
from neuroscope.jobs.report_steps import save_report_of
from neuroscope.jobs.similar_room import SimilarRoom
from neuroscope.models.brought_segmenter import load_brought_segmenter
from neuroscope.models.inference import EvidenceEngine
from neuroscope.models.segmenter import Segmenter
from neuroscope.models.unet_segmenter import UnetSegmenter
from neuroscope.models.volume_constants import load_volume_constants
from neuroscope.preprocess.orient import SliceSource
from neuroscope.preprocess.prepare import BrainExtractor
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.progress import Progress
from neuroscope.report.similar_page import disputed
from neuroscope.report.volumetry import volumetry_json
from neuroscope.settings import Settings
from neuroscope.store import evidence, given_masks, jobs, results, studies, uploads
from neuroscope.store.database import Store
from neuroscope.store.given_masks import GivenMask
from neuroscope.store.models import is_stale
from neuroscope.store.similar_answers import save_answer
from neuroscope.store.tables import now
from neuroscope.store.volumetry import has_volumetry, save_volumetry
from neuroscope.workflow.analyze import conclude, evidence_of, gather, run_slices, slices_of
from neuroscope.workflow.segment import GivenLabels, MaskFirst
from neuroscope.workflow.volumes import (
    ChooseSegmenter,
    Explainer,
    can_be_examined,
    contradicted,
    examine,
    load_extractor,
    not_examined,
)

log = logging.getLogger(__name__)
TELL_EVERY_S = 0.3
# How far a job has come (0..1) when each part of it begins.
IMPORT, SLICES, EVIDENCE, TESTS, EXAMINE = 0.0, 0.10, 0.35, 0.40, 0.50
SIMILAR, REPORT, LOOKS = 0.92, 0.95, 0.98
# What stands in the place of a given segmentation that did not fit.
NETWORK = "The network segmented the study instead."
EARLIER = "The segmentation that was given before was measured instead."
NOTHING = "Nothing was measured in its place."


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    study_id: str
    imported: ImportedStudy
    sources: dict[str, SliceSource]


class StudyWork:
    """Does the steps; owns the loaded network and keeps the study at hand between steps."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.room = SimilarRoom(store, settings)
        self._settings = settings
        self.one_at_a_time = Lock()  # a canceled step may still run when its job is tried again
        self._engine: EvidenceEngine | None = None
        self._trial: tuple[str, EvidenceEngine] | None = None  # a version and its network
        self._segmenter: UnetSegmenter | None = None
        self._brought: Segmenter | None = None
        self._brain_extractor: BrainExtractor | None = None
        self._opened: _Opened | None = None

    @property
    def engine(self) -> EvidenceEngine:
        """The active network, loaded when first asked for and kept warm."""
        if self._engine is None:
            self._engine = load_active_engine(self.store, threads=self._settings.threads)
        return self._engine

    def engine_of(self, job_id: str) -> EvidenceEngine:
        """Give the network a job asks for: a named version, to compare, else the active one."""
        model_id = jobs.read_job(self.store, job_id).model_id
        if model_id is None:
            return self.engine
        if self._trial is None or self._trial[0] != model_id:
            self._trial = None  # before the next is loaded
            engine = load_version(self.store, model_id, threads=self._settings.threads)
            self._trial = (model_id, engine)
        return self._trial[1]

    @property
    def segmenter(self) -> Segmenter:
        """The one that the settings name, else the active one; loaded when first asked for."""
        brought = self._settings.segmenter
        if brought is not None:
            if self._brought is None:
                self._brought = load_brought_segmenter(brought, threads=self._settings.threads)
            return self._brought
        if self._segmenter is None:
            self._segmenter = load_active_segmenter(self.store, threads=self._settings.threads)
        return self._segmenter

    @property
    def brain_extractor(self) -> BrainExtractor:
        """What finds the brain, loaded when first asked for and kept warm."""
        if self._brain_extractor is None:
            self._brain_extractor = load_extractor(self._settings)
        return self._brain_extractor

    def bring_in(self, job_id: str) -> str | None:
        """Read and store the upload of a job, or take the study it names.

        Returns
        -------
        str | None
            The study to analyze; None if it was here already with an analysis by this model.
        """
        job = jobs.read_job(self.store, job_id)
        if job.upload_id is None:
            return job.study_id
        self._let_go_of_stale_model()
        study_id = job.study_id or self._read(job_id, job.upload_id)
        uploads.forget_files(self.store, job.upload_id)  # an attempt that was killed leaves them
        if studies.is_brought_by(self.store, study_id, job_id):
            return study_id
        log.info("job %s brought study %s, which was here already", job_id, study_id)
        finished = results.newest_finished(self.store, study_id)
        if finished is None or not self._is_by(finished, self.engine):
            return study_id
        pseudonym = studies.read_study(self.store, study_id).row.pseudonym
        message = f"The same images were here already, as {pseudonym}"
        jobs.finish_job(self.store, job_id, message=message, duplicate=True)
        return None

    def _read(self, job_id: str, upload_id: str) -> str:
        """Read an upload and store its study; return the id it has in the store."""
        tell = self._telling(job_id, IMPORT, SLICES - IMPORT, "Reading the files")
        tell(0.0)
        imported = read_study(
            uploads.stage_upload(self.store, upload_id),
            key=self.store.key,
            limits=self._settings.limits,
            progress=tell,
        )
        saved = studies.save_study(self.store, imported, job_id=job_id)
        jobs.tell_study(self.store, job_id, study_id=saved.study_id)
        return saved.study_id

    def begin(self, job_id: str, study_id: str) -> Plan:
        """Start the analysis of a study, or go on with it, and plan its chunks."""
        self._tell(job_id, SLICES, "Looking at the images")
        self._let_go_of_stale_model()
        engine, opened = self.engine_of(job_id), self._open(study_id)
        if not self._start(job_id, study_id, engine) and not self._is_by(job_id, engine):
            results.delete_analysis(self.store, job_id)
            self._start(job_id, study_id, engine)
        jobs.tell_study(self.store, job_id, study_id=study_id, analysis_id=job_id)
        return plan_of(study_id, job_id, opened.sources, engine.spec.classes)

    def _start(self, job_id: str, study_id: str, engine: EvidenceEngine) -> bool:
        is_trial = self._is_trial(job_id)
        return results.start_analysis(
            self.store, job_id, study_id, engine.model, engine.spec, is_trial=is_trial
        )

    def run_chunk(self, job_id: str, plan: Plan, chunk: Chunk) -> None:
        """Analyze some slices and store their findings; those stored before are not run again."""
        share = (EVIDENCE - SLICES) * chunk.done / max(1, plan.total)
        last = chunk.done + len(chunk.indices)
        self._tell(job_id, SLICES + share, f"Analyzing slice {last} of {plan.total}")
        engine = self.engine_of(job_id)
        if not self._is_by(plan.analysis_id, engine):
            raise ModelError(
                "The model was exchanged while the study was analyzed.", fix="Try again."
            )
        found = results.found_indices(self.store, plan.analysis_id, chunk.series_id)
        missing = [index for index in chunk.indices if index not in found]
        source = self._open(plan.study_id).sources[chunk.series_id]
        findings = run_slices(source, missing, engine)
        results.add_findings(self.store, plan.analysis_id, chunk.series_id, findings)

    def conclude(self, job_id: str, plan: Plan) -> None:
        """Decide for every series, put the headline into the worklist, and tell the pages."""
        self._tell(job_id, EVIDENCE, "Putting the findings together")
        opened, engine = self._open(plan.study_id), self.engine_of(job_id)
        concluded = []
        for series in opened.imported.study.series:
            findings = evidence.load_findings(self.store, plan.analysis_id, series.id)
            finding = conclude(series, opened.sources[series.id], findings, engine.spec)
            results.save_series(self.store, plan.analysis_id, finding)
            concluded.append(finding)
        analysis = gather(opened.imported, engine.model, concluded)
        results.save_conclusion(self.store, plan.analysis_id, analysis)
        jobs.tell_stored(self.store, job_id)

    def draw_map(self, job_id: str, plan: Plan, number: int) -> None:
        """Draw and store one evidence volume."""
        series_id, target = plan.maps[number]
        part = (TESTS - EVIDENCE) * number / len(plan.maps)
        self._tell(job_id, EVIDENCE + part, f"Drawing evidence {number + 1} of {len(plan.maps)}")
        volume = self._open(plan.study_id).imported.volumes[series_id]
        finding = evidence.load_finding(self.store, plan.analysis_id, series_id)
        heatmap = evidence_of(volume, finding, target, self.engine_of(job_id).spec)
        evidence.save_evidence(self.store, plan.analysis_id, series_id, heatmap)
        if number + 1 == len(plan.maps):
            jobs.tell_stored(self.store, job_id)

    def test_maps(self, job_id: str, plan: Plan) -> None:
        """Test the maps and store how they did; those tested before are not tested again."""
        engine, sources = self.engine_of(job_id), self._open(plan.study_id).sources
        of = MapsOf(self.store, plan.analysis_id, plan.study_id)
        share = (EXAMINE - TESTS) / max(1, len(plan.series_ids))
        for number, series_id in enumerate(plan.series_ids):
            tell = self._telling(job_id, TESTS + share * number, share, "Testing the maps")
            tell(0.0)
            save_tests_of_series(of, series_id, sources[series_id], engine, progress=tell)
        jobs.tell_stored(self.store, job_id)

    def examine(self, job_id: str, plan: Plan) -> None:
        """Segment, measure and explain a study in space, and store it; once, and not in a trial."""
        opened = self._open(plan.study_id)
        wanted = can_be_examined(opened.imported) and not self._is_trial(job_id)
        if not wanted or has_volumetry(self.store, plan.analysis_id):
            return
        tell = self._telling(job_id, EXAMINE, SIMILAR - EXAMINE, "Segmenting and measuring")
        tell(0.0)
        analysis = evidence.load_analysis(self.store, plan.analysis_id)
        explainer = Explainer(
            self.engine,
            load_volume_constants(self.engine.model, self.engine.spec, weights=self.engine.weights),
            {found.series_id: found for found in analysis.series},
        )
        told = self._told(job_id, plan.study_id)
        masks = self._masks(plan.study_id, told.mask)
        given = MaskFirst(masks, lambda: self.segmenter)
        try:
            volumetry = examine(
                opened.imported,
                given if masks else self._network(),
                extract_brain=self.brain_extractor,
                explainer=explainer,
                rule=told.tumor,
                progress=tell,
            )
        except (BadInputError, MissingExtraError, ModelError) as error:  # what slices say stands
            results.add_caution(self.store, plan.analysis_id, not_examined(error))
            self._settle_mask(job_id, plan.analysis_id, told.mask, given.refused, NOTHING)
            return
        for caution in contradicted(opened.imported, analysis, volumetry):
            results.add_caution(self.store, plan.analysis_id, caution, is_first=True)
        instead = NETWORK if volumetry.segmented.model is not None else EARLIER
        self._settle_mask(job_id, plan.analysis_id, told.mask, given.refused, instead)
        save_volumetry(
            self.store,
            plan.analysis_id,
            volumetry,
            content=volumetry_json(volumetry),
            surfaces=glb_bytes(volumetry.meshes),
        )

    def _network(self) -> ChooseSegmenter:
        """Load the segmenter now: one that does not load is told before a study is prepared."""
        segmenter = self.segmenter
        return lambda _: segmenter

    def _masks(self, study_id: str, tried: GivenMask | None) -> list[GivenLabels]:
        """Read the mask that is to be tried, and the one that holds."""
        folder = studies.study_folder(self.store, study_id)
        known = dict.fromkeys((tried, given_masks.held_mask(self.store, study_id)))
        return [
            GivenLabels(given_masks.load_mask(folder, m), m.author, m.scheme, m.cautions)
            for m in known
            if m is not None
        ]

    def _settle_mask(
        self,
        job_id: str,
        analysis_id: str,
        tried: GivenMask | None,
        refused: Sequence[str],
        instead: str,
    ) -> None:
        """Let the mask that was tried hold if it fitted; if not, say so first of all."""
        if refused:
            caution = f"The given segmentation was not used. {refused[0]} {instead}"
            results.add_caution(self.store, analysis_id, caution, is_first=True)
        if tried is not None and refused:
            given_masks.refuse_mask(self.store, job_id)
        elif tried is not None and instead != NOTHING:
            given_masks.accept_mask(self.store, job_id)

    def find_similar(self, job_id: str, plan: Plan) -> None:
        """Add a study to the past cases and keep those most like it; a trial changes nothing.

        What stands in its way is kept instead: the analysis stands all the same.
        """
        if self._is_trial(job_id):
            return
        self._tell(job_id, SIMILAR, "Comparing with past cases")
        try:
            self.room.add(plan.study_id, plan.analysis_id)
            answer = self.room.for_report(plan.study_id, plan.analysis_id)
        except NeuroscopeError as error:
            log.info("no similar cases: %s", type(error).__name__)
            answer = {"problem": error.problem}
        save_answer(self.store, plan.analysis_id, answer)
        if answer.get("is_disputed"):
            results.add_caution(self.store, plan.analysis_id, disputed(answer))

    def write_report(self, job_id: str, plan: Plan) -> None:
        """Write and store the report; a trial has none."""
        if self._is_trial(job_id):
            return
        self._tell(job_id, REPORT, "Writing the report")
        imported = self._open(plan.study_id).imported
        save_report_of(self.store, plan.analysis_id, imported, self.engine.spec)

    def look_closer(self, job_id: str, plan: Plan) -> None:
        """Keep what the grid of slices shows; it never shows a trial, nor what is not finished."""
        if self._is_trial(job_id):
            return
        tell = self._telling(job_id, LOOKS, 1.0 - LOOKS, "Looking where the evidence lies")
        tell(0.0)
        sources = self._open(plan.study_id).sources
        look_closer(self.store, plan.analysis_id, sources, progress=tell)

    def finish(self, job_id: str, plan: Plan) -> None:
        """Close the analysis and the job."""
        results.finish_analysis(self.store, plan.analysis_id)
        job = jobs.read_job(self.store, job_id)
        jobs.finish_job(self.store, job_id, message=f"{plan.total} slices analyzed")
        log.info("job %s is done after %s", job_id, now() - job.created)

    def stop(self, job_id: str, error: Exception) -> None:
        """Note why a job stopped, and clear up after a study that was deleted under it."""
        if not isinstance(error, CanceledError):
            jobs.fail_job(self.store, job_id, jobs.problem_of(error))
            log.warning(
                "job %s stopped: %s",
                job_id,
                type(error).__name__ + ("" if isinstance(error, BadInputError) else places(error)),
            )
        self.forget()
        studies.forget_orphans(self.store)

    def forget(self) -> None:
        """Let go of the study at hand, and of a version that was only tried."""
        self._opened = self._trial = None

    def _let_go_of_stale_model(self) -> None:
        """Between studies another version may have been promoted; it is loaded when asked for."""
        if self._engine is not None and is_stale(self.store, self._engine.model):
            self._engine = None
        if self._segmenter is not None and is_stale(self.store, self._segmenter.model):
            self._segmenter = None

    def _open(self, study_id: str) -> _Opened:
        opened = self._opened
        if opened is None or opened.study_id != study_id:
            self._opened = None  # before the next is loaded: two may not fit into memory
            imported = studies.load_study(self.store, study_id)
            sources = {
                series.id: slices_of(imported.volumes.get(series.id) or imported.slices[series.id])
                for series in imported.study.series
            }
            opened = self._opened = _Opened(study_id, imported, sources)
        return opened

    def _tell(self, job_id: str, progress: float, message: str) -> None:
        job = jobs.tell_progress(self.store, job_id, progress, message)
        if job.state == "canceled":
            raise CanceledError("The job was canceled.", fix="Try it again if you need it.")
        if job.state not in jobs.ACTIVE:
            raise ConflictError(f"The job is {job.state}.", fix="Ask for a new analysis.")

    def _telling(self, job_id: str, start: float, share: float, message: str) -> Progress:
        told_at = 0.0

        def tell(fraction: float) -> None:
            nonlocal told_at
            if time.monotonic() - told_at >= TELL_EVERY_S:
                self._tell(job_id, start + share * fraction, message)
                told_at = time.monotonic()

        return tell

    def _is_by(self, analysis_id: str, engine: EvidenceEngine) -> bool:
        return results.model_of(self.store, analysis_id) == engine.model

    def _told(self, job_id: str, study_id: str) -> jobs.Told:
        """Give what a reader said of a study; an import of known images says nothing itself."""
        job = jobs.read_job(self.store, job_id)
        if job.kind == "analyze":
            return job.told
        with self.store.reading() as session:
            return jobs.Told(jobs.tumor_told(session, study_id))

    def _is_trial(self, job_id: str) -> bool:
        return jobs.read_job(self.store, job_id).model_id is not None
