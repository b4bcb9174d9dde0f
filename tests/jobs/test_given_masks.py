"""The worker and a segmentation that a reader gave."""

from pathlib import Path

import numpy as np
import pytest

from neuroscope.jobs import steps
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
from neuroscope.store.audit import list_events
from neuroscope.store.database import Store
from neuroscope.store.given_masks import accept_mask, held_mask, save_mask, take_back_mask
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


def examined_with(work: StudyWork, study_id: str, labels: Volume | None, scheme: str = "") -> str:
    """Give a mask, let the worker examine the study, and give the id of the analysis."""
    mask = None
    if labels is not None:
        mask = save_mask(studies.study_folder(work.store, study_id), labels, scheme=scheme)
    with work.store.transaction() as session:
        told = jobs.Told(mask=mask)
        job = jobs.add_job(session, "analyze", study_id=study_id, told=told)
    plan = work.begin(job.id, study_id)
    for chunk in plan.chunks:
        work.run_chunk(job.id, plan, chunk)
    work.conclude(job.id, plan)
    work.examine(job.id, plan)
    assert jobs.read_job(work.store, job.id).told.mask is None, "nothing is left to try"
    return plan.analysis_id


def truth_of(case: PhantomCase) -> Volume:
    return Volume(np.asarray(case.segmentation.labels, np.uint8), case.segmentation.affine)


def elsewhere(case: PhantomCase) -> Volume:
    away = np.array(case.segmentation.affine)
    away[0, 3] += 400
    return Volume(truth_of(case).voxels, away)


def whole_ml(work: StudyWork, analysis: str) -> float:
    values = read_volumetry(work.store, analysis).content["values"]
    return next(float(v["value"]) for v in values if v["name"] == "WT volume")


def test_the_mask_is_measured_in_the_place_of_the_network_until_it_is_taken_back(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    study_id = studies.save_study(work.store, imported_phantom(case)).study_id
    truth = np.asarray(case.segmentation.labels)
    older = np.where(truth == 3, 4, truth).astype(np.uint8)

    analysis = examined_with(work, study_id, Volume(older, case.segmentation.affine), "2018")

    held = held_mask(work.store, study_id)
    assert held is not None
    found = read_volumetry(work.store, analysis).content
    assert found["model"] is None
    assert found["small_parts"] is None
    whole = next(v for v in found["values"] if v["name"] == "WT volume")
    assert whole["value"] == pytest.approx(np.count_nonzero(truth) * 0.064, rel=0.02)
    assert whole["source"] == f"mask {held.array.sha256[:12]} on t1c"
    assert np.count_nonzero(read_labels(work.store, analysis) == 3) == pytest.approx(
        np.count_nonzero(truth == 3), rel=0.05
    )
    assert "The network spoke." not in found["cautions"]

    again = examined_with(work, study_id, None)
    assert read_volumetry(work.store, again).content["model"] is None
    with work.store.transaction() as session:
        take_back_mask(session, study_id)
    back = examined_with(work, study_id, None)
    assert read_volumetry(work.store, back).content["model"]["name"] == "network"


def test_a_mask_of_another_space_is_not_used_and_the_first_caution_says_why(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    study_id = studies.save_study(work.store, imported_phantom(case)).study_id

    analysis = examined_with(work, study_id, elsewhere(case))

    assert read_volumetry(work.store, analysis).content["model"]["name"] == "network"
    first = results.read_analysis(work.store, analysis).cautions[0]
    assert first.startswith("The given segmentation was not used. Only 0 % of the mask lie in the")
    assert first.endswith("The network segmented the study instead.")
    assert held_mask(work.store, study_id) is None  # nobody is told the same at every analysis
    (event,), _ = list_events(work.store, action="study.mask_refused")
    assert event.object_id == study_id
    again = examined_with(work, study_id, None)
    assert not any("not used" in text for text in results.read_analysis(work.store, again).cautions)


def test_a_mask_that_does_not_fit_takes_the_place_of_none_that_does(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    study_id = studies.save_study(work.store, imported_phantom(case)).study_id
    good = examined_with(work, study_id, truth_of(case))

    analysis = examined_with(work, study_id, elsewhere(case))

    assert whole_ml(work, analysis) == whole_ml(work, good)
    first = results.read_analysis(work.store, analysis).cautions[0]
    assert first.endswith("The segmentation that was given before was measured instead.")
    assert held_mask(work.store, study_id) is not None


def test_a_worker_killed_before_it_stored_measures_the_same_mask_again(
    work: StudyWork, case: PhantomCase, imported_phantom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    study_id = studies.save_study(work.store, imported_phantom(case)).study_id
    mask = save_mask(studies.study_folder(work.store, study_id), truth_of(case))
    with work.store.transaction() as session:
        job = jobs.add_job(session, "analyze", study_id=study_id, told=jobs.Told(mask=mask))
    plan = work.begin(job.id, study_id)
    for chunk in plan.chunks:
        work.run_chunk(job.id, plan, chunk)
    work.conclude(job.id, plan)
    with monkeypatch.context() as dying:
        dying.setattr(steps, "save_volumetry", killed)
        with pytest.raises(KeyboardInterrupt):
            work.examine(job.id, plan)
    work.examine(job.id, plan)
    assert read_volumetry(work.store, plan.analysis_id).content["model"] is None


def test_a_mask_goes_with_its_study_and_does_not_come_back_with_its_images(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    imported = imported_phantom(case)
    study_id = studies.save_study(work.store, imported).study_id
    examined_with(work, study_id, truth_of(case))
    studies.delete_study(work.store, study_id)

    assert studies.save_study(work.store, imported).study_id == study_id
    assert held_mask(work.store, study_id) is None
    analysis = examined_with(work, study_id, None)
    assert read_volumetry(work.store, analysis).content["model"]["name"] == "network"


def test_a_mask_that_was_taken_back_while_it_was_tried_does_not_hold(
    work: StudyWork, case: PhantomCase, imported_phantom
) -> None:
    study_id = studies.save_study(work.store, imported_phantom(case)).study_id
    mask = save_mask(studies.study_folder(work.store, study_id), truth_of(case))
    with work.store.transaction() as session:
        job = jobs.add_job(session, "analyze", study_id=study_id, told=jobs.Told(mask=mask))
        take_back_mask(session, study_id)
    accept_mask(work.store, job.id)
    assert held_mask(work.store, study_id) is None
