"""The steps of an analysis that examine a study in space."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.jobs.conftest import analysis_job, text_of_report

from neuroscope.jobs import steps
from neuroscope.jobs.steps import StudyWork
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.region_labels import TISSUES
from neuroscope.models.unet_segmenter import UnetSegmenter
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.measured import Lesion, Measurements
from neuroscope.records.measurement import Measurement
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef
from neuroscope.records.prepared import Prepared
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmented import Segmented
from neuroscope.records.transform import IDENTITY
from neuroscope.records.volume import Volume
from neuroscope.records.volumetry import Volumetry
from neuroscope.settings import Settings
from neuroscope.store import jobs, results, studies
from neuroscope.store.blobs import read_array
from neuroscope.store.database import Store
from neuroscope.store.worklist import worklist


def test_a_volume_gets_an_evidence_volume_for_every_class(
    work: StudyWork, volume_study: ImportedStudy
) -> None:
    job_id, study_id = analysis_job(work.store, volume_study)
    plan = work.begin(job_id, study_id)
    for chunk in plan.chunks:
        work.run_chunk(job_id, plan, chunk)
    work.conclude(job_id, plan)
    for number in range(len(plan.maps)):
        work.draw_map(job_id, plan, number)
    (series,) = results.read_analysis(work.store, plan.analysis_id).series
    assert sorted(series.evidence) == sorted(TUMOR_CLASSES)
    folder = studies.study_folder(work.store, study_id)
    for blob in series.evidence.values():
        assert read_array(folder, blob).shape == (48, 56, 12)


def examined(imported: ImportedStudy) -> Volumetry:
    """What an examination could find in the study of one volume: 27 voxels of 4 cubic mm."""
    ((series_id, volume),) = imported.volumes.items()
    labels = np.zeros(volume.shape, np.uint8)
    labels[20:23, 20:23, 5:8] = 3
    number = Measurement("WT volume", 0.108, "ml", "counted", "truth on t1c")
    return Volumetry(
        Prepared(
            {"t1c": volume},
            {"t1c": series_id},
            "t1c",
            {"t1c": IDENTITY},
            Volume(np.asarray(volume.voxels) > 100, volume.affine),
            steps=("Nothing was moved.",),
        ),
        Segmented(
            Segmentation(labels, volume.affine, TISSUES, "truth"), ModelRef("unet", "7", "2" * 64)
        ),
        Measurements(
            "truth on t1c",
            (number, replace(number, name="TC volume"), replace(number, name="ET volume")),
            (Lesion("L1", 1, (21.0, 21.0, 24.0), "right", (replace(number, name="volume"),)),),
        ),
    )


def test_a_worker_that_takes_over_after_the_examination_writes_the_same_report(
    work: StudyWork,
    settings: Settings,
    volume_study: ImportedStudy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def once(imported: ImportedStudy, *_: object, **__: object) -> Volumetry:
        asked.append(imported.study.id)
        return examined(imported)

    monkeypatch.setattr(steps, "examine", once)
    monkeypatch.setattr(StudyWork, "segmenter", None)
    monkeypatch.setattr(StudyWork, "brain_extractor", None)
    job_id, study_id = analysis_job(work.store, volume_study)
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    work.conclude(job_id, plan)
    work.examine(job_id, plan)
    next_worker = StudyWork(work.store, settings)  # the first was killed here
    next_worker._engine = work.engine
    next_worker.examine(job_id, plan)
    next_worker.write_report(job_id, plan)
    assert len(asked) == 1
    resumed = text_of_report(work, plan)
    assert "whole tumor 0.108 ml" in resumed
    assert "unet 7, weights SHA-256 " + "2" * 64 in resumed
    assert "Nothing was moved." in resumed


def test_the_kind_of_tumor_that_a_job_was_told_decides_on_small_parts(
    work: StudyWork, volume_study: ImportedStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = []

    def seen(imported: ImportedStudy, *_: object, rule: str | None, **__: object) -> Volumetry:
        rules.append(rule)
        return examined(imported)

    monkeypatch.setattr(steps, "examine", seen)
    monkeypatch.setattr(StudyWork, "segmenter", None)
    monkeypatch.setattr(StudyWork, "brain_extractor", None)
    study_id = studies.save_study(work.store, volume_study).study_id
    for tumor in (None, "metastases"):
        with work.store.transaction() as session:
            job = jobs.add_job(session, "analyze", study_id=study_id, told=jobs.Told(tumor=tumor))
        plan = work.begin(job.id, study_id)
        work.run_chunk(job.id, plan, plan.chunks[0])
        work.conclude(job.id, plan)
        work.examine(job.id, plan)
    assert rules == [None, "metastases"]


def test_images_that_are_brought_again_are_judged_as_a_reader_said(
    work: StudyWork, volume_study: ImportedStudy
) -> None:
    study_id = studies.save_study(work.store, volume_study).study_id
    with work.store.transaction() as session:
        jobs.add_job(session, "analyze", study_id=study_id, told=jobs.Told("metastases"))
        again = jobs.add_job(session, "import", study_id=study_id)
    assert work._told(again.id, study_id).tumor == "metastases"


def test_the_worker_segments_with_the_folder_that_the_settings_name(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    for file in SHIPPED_WEIGHTS.glob("segmenter.*"):
        shutil.copy(file, tmp_path)
    sidecar = tmp_path / "segmenter.json"
    sidecar.write_text(sidecar.read_text().replace('"version": "', '"version": "mine-'))

    brought = StudyWork(store, replace(settings, segmenter=tmp_path)).segmenter

    assert isinstance(brought, UnetSegmenter)
    assert brought.model.version.startswith("mine-")


def test_a_study_is_not_segmented_by_another_if_the_named_one_is_not_there(
    work: StudyWork, settings: Settings, volume_study: ImportedStudy, tmp_path: Path
) -> None:
    work._settings = replace(settings, segmenter=tmp_path)
    job_id, study_id = analysis_job(work.store, volume_study)
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    work.conclude(job_id, plan)

    work.examine(job_id, plan)

    (said,) = results.read_analysis(work.store, plan.analysis_id).cautions[-1:]
    assert "holds no segmenter (NEUROSCOPE_SEGMENTER)" in said


def test_a_segmentation_that_contradicts_the_answer_is_told_wherever_the_study_is(
    work: StudyWork, volume_study: ImportedStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(imported: ImportedStudy, *_: object, **__: object) -> Volumetry:
        told = examined(imported)
        return replace(told, segmented=replace(told.segmented, present=("flair",)))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "examine", found)
    monkeypatch.setattr(StudyWork, "segmenter", None)
    monkeypatch.setattr(StudyWork, "brain_extractor", None)
    job_id, study_id = analysis_job(work.store, volume_study)
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    work.conclude(job_id, plan)
    with monkeypatch.context() as dying:
        dying.setattr(steps, "save_volumetry", killed)
        with pytest.raises(KeyboardInterrupt):
            work.examine(job_id, plan)
    work.examine(job_id, plan)
    work.write_report(job_id, plan)

    (row,), _ = worklist(work.store)
    assert row.headline is not None
    assert row.headline["label"] == "glioma"
    first = row.headline["cautions"][0]
    assert "the classifier says glioma on T1 with contrast, the segmenter finds no tumor" in first
    cautions = results.read_analysis(work.store, plan.analysis_id).cautions
    assert cautions[0] == first
    assert cautions.count(first) == 1
    assert first in text_of_report(work, plan)


def test_a_report_on_pictures_has_no_pages_in_space(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    job_id, study_id = analysis_job(work.store, picture_study(1))
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    work.conclude(job_id, plan)
    work.examine(job_id, plan)
    work.write_report(job_id, plan)
    assert "The study in space" not in text_of_report(work, plan)
