"""The worker and a segmentation that a reader gave."""

from pathlib import Path

import numpy as np
import pytest

from neuroscope.jobs.steps import StudyWork
from neuroscope.models.inference import load_engine
from neuroscope.models.region_labels import TISSUES
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmented import Segmented
from neuroscope.records.volume import Volume
from neuroscope.settings import Settings
from neuroscope.store import jobs, results, studies
from neuroscope.store.database import Store
from neuroscope.store.given_masks import save_mask
from neuroscope.store.volumetry import read_labels, read_volumetry


@pytest.fixture(scope="module")
def case() -> PhantomCase:
    return make_case("meningioma", seed=4, spacing_mm=4.0)


class Network:
    """A network that finds one voxel."""

    def segment(self, study: SegmenterStudy) -> Segmented:
        found = np.zeros(study.brain.shape, np.uint8)
        found[tuple(np.argwhere(np.asarray(study.brain.voxels) > 0)[0])] = 2
        return Segmented(
            segmentation=Segmentation(found, study.brain.affine, TISSUES, "network"),
            model=ModelRef("network", "1", "3" * 64),
            cautions=("The network spoke.",),
        )


@pytest.fixture
def work(
    store: Store, settings: Settings, known_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> StudyWork:
    made = StudyWork(store, settings)
    made._engine = load_engine(weights=known_weights, threads=1)
    monkeypatch.setattr(StudyWork, "segmenter", Network())
    monkeypatch.setattr(StudyWork, "brain_extractor", None)
    return made


def examined_with(work: StudyWork, study_id: str, labels: Volume, scheme: str = "") -> str:
    """Give a mask, let the worker examine the study, and give the id of the analysis."""
    mask = save_mask(studies.study_folder(work.store, study_id), labels, scheme=scheme)
    with work.store.transaction() as session:
        told = jobs.Told(mask=mask)
        job = jobs.add_job(session, "analyze", study_id=study_id, told=told)
    plan = work.begin(job.id, study_id)
    for chunk in plan.chunks:
        work.run_chunk(job.id, plan, chunk)
    work.conclude(job.id, plan)
    work.examine(job.id, plan)
    return plan.analysis_id


def told(work: StudyWork, study_id: str) -> jobs.Told:
    with work.store.reading() as session:
        return jobs.told_of(session, study_id)


def test_the_mask_is_measured_in_the_place_of_the_network(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    study_id = studies.save_study(work.store, imported_phantom(case)).study_id
    truth = np.asarray(case.segmentation.labels)
    older = np.where(truth == 3, 4, truth).astype(np.uint8)

    analysis = examined_with(work, study_id, Volume(older, case.segmentation.affine), "2018")

    found = read_volumetry(work.store, analysis).content
    assert found["model"] is None
    assert found["small_parts"] is None
    volume = next(v["value"] for v in found["values"] if v["name"] == "WT volume")
    assert volume == pytest.approx(np.count_nonzero(truth) * 0.064, rel=0.02)
    assert np.count_nonzero(read_labels(work.store, analysis) == 3) == pytest.approx(
        np.count_nonzero(truth == 3), rel=0.05
    )
    assert not any("network" in caution for caution in found["cautions"])
    assert told(work, study_id).mask is not None  # later analyses measure it again


def test_the_network_answers_for_a_mask_of_another_space_and_says_why(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    study_id = studies.save_study(work.store, imported_phantom(case)).study_id
    away = np.array(case.segmentation.affine)
    away[0, 3] += 400
    elsewhere = Volume(np.asarray(case.segmentation.labels, np.uint8), away)

    analysis = examined_with(work, study_id, elsewhere)

    found = read_volumetry(work.store, analysis).content
    assert found["model"]["name"] == "network"
    (said,) = [c for c in found["cautions"] if "uploaded segmentation" in c]
    assert said.startswith("The uploaded segmentation was not used, and the study was segmented by")
    assert "of the mask lie in the brain: it is in another space" in said
    assert told(work, study_id).mask is None  # nobody is told the same again at every analysis
    assert results.read_analysis(work.store, analysis).id == analysis


def test_images_that_are_brought_again_keep_their_mask(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    study_id = studies.save_study(work.store, imported_phantom(case)).study_id
    labels = Volume(np.asarray(case.segmentation.labels, np.uint8), case.segmentation.affine)
    mask = save_mask(studies.study_folder(work.store, study_id), labels)
    with work.store.transaction() as session:
        jobs.add_job(session, "analyze", study_id=study_id, told=jobs.Told(mask=mask))
        again = jobs.add_job(session, "import", study_id=study_id)
    assert work._told(again.id, study_id).mask == mask
