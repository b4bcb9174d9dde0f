import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from neuroscope.jobs.plan import Plan
from neuroscope.jobs.steps import StudyWork
from neuroscope.models.inference import load_engine
from neuroscope.models.passport_rules import UNFITTED, save_passport_rules
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.passport import PassportRules, judged
from neuroscope.store import evidence, jobs, results, studies
from neuroscope.store.passports import WHOLE, indices_with_passport, read_passports

PICTURES, VOLUME = "5e71e5", "70fa"


def _until_concluded(work: StudyWork, imported: ImportedStudy) -> tuple[str, Plan]:
    study_id = studies.save_study(work.store, imported).study_id
    with work.store.transaction() as session:
        job_id = jobs.add_job(session, "analyze", study_id=study_id).id
    plan = work.begin(job_id, study_id)
    for chunk in plan.chunks:
        work.run_chunk(job_id, plan, chunk)
    work.conclude(job_id, plan)
    return job_id, plan


def test_the_maps_of_all_pictures_are_tested_once(
    work: StudyWork,
    picture_study: Callable[..., ImportedStudy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id, plan = _until_concluded(work, picture_study(2))
    work.test_maps(job_id, plan)
    assert indices_with_passport(work.store, plan.analysis_id, PICTURES) == {0, 1}
    (series,) = results.read_analysis(work.store, plan.analysis_id).series
    assert all(item.map_tests is not None for item in series.slices)
    before = read_passports(work.store, plan.analysis_id, PICTURES, 0)
    monkeypatch.setattr(work.engine, "run", None)  # a second attempt runs no network
    work.test_maps(job_id, plan)
    assert read_passports(work.store, plan.analysis_id, PICTURES, 0) == before


def test_a_volume_gets_one_passport_of_its_deciding_slices(
    work: StudyWork, volume_study: ImportedStudy
) -> None:
    job_id, plan = _until_concluded(work, volume_study)
    work.test_maps(job_id, plan)
    finding = evidence.load_finding(work.store, plan.analysis_id, VOLUME)
    assert finding.decision is not None
    assert finding.passport is not None
    assert finding.passport.target == finding.decision.label
    assert WHOLE in indices_with_passport(work.store, plan.analysis_id, VOLUME)


def test_maps_are_held_against_what_was_measured_with_these_very_weights(
    work: StudyWork,
    picture_study: Callable[..., ImportedStudy],
    known_weights: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(known_weights, folder)
    sha256 = load_engine(weights=folder, threads=1).model.sha256
    forgets = judged("model_randomization", 0.07, 0.3, rule="at most")
    save_passport_rules(PassportRules(sha256, UNFITTED, (forgets,)), folder)
    work._engine = load_engine(weights=folder, threads=1)
    job_id, plan = _until_concluded(work, picture_study(1))
    work.test_maps(job_id, plan)
    (first, *_) = read_passports(work.store, plan.analysis_id, PICTURES, 0)
    found = {test.name: test for test in first.tests}
    assert found["model_randomization"].value == 0.07
    assert found["repeatability"].bound_from == "validation"
