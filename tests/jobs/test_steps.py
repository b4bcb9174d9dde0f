import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pypdf
import pytest
from PIL import Image
from sqlalchemy import select
from tests.jobs.conftest import analysis_job

from neuroscope.errors import BadInputError, CanceledError, ModelError
from neuroscope.io.reader import read_study
from neuroscope.jobs.steps import StudyWork
from neuroscope.models.cards import require_card
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.settings import Limits, Settings
from neuroscope.store import jobs, results, studies, uploads
from neuroscope.store.blobs import ArrayBlob, read_array, read_bytes
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, active_model
from neuroscope.store.slice_focus import unseen
from neuroscope.store.tables import SliceLookRow


def upload_job(store: Store, files: dict[str, bytes]) -> str:
    announced = [(name, len(content)) for name, content in files.items()]
    upload = uploads.create_upload(store, announced, Limits())
    for index, content in enumerate(files.values()):
        uploads.append(store, upload.id, index, offset=0, chunk=content)
    with store.transaction() as session:
        job_id = jobs.add_job(session, "import", upload_id=upload.id).id
        uploads.close_upload(session, upload.id, job_id)
    return job_id


def png(seed: int) -> bytes:
    rows, columns = np.mgrid[:64, :64]
    head = np.hypot(rows - 32, columns - 32) < 26
    noise = np.random.default_rng(seed).integers(0, 60, head.shape)
    written = io.BytesIO()
    Image.fromarray(np.where(head, 90 + noise, 0).astype(np.uint8)).save(written, "PNG")
    return written.getvalue()


def test_a_chunk_that_is_run_again_doubles_nothing(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    job_id, study_id = analysis_job(work.store, picture_study(40))
    plan = work.begin(job_id, study_id)
    assert [len(chunk.indices) for chunk in plan.chunks] == [32, 8]
    for chunk in (*plan.chunks, *plan.chunks):
        work.run_chunk(job_id, plan, chunk)
    work.conclude(job_id, plan)
    work.conclude(job_id, plan)
    work.finish(job_id, plan)
    (series,) = results.read_analysis(work.store, plan.analysis_id).series
    assert [found.index for found in series.slices] == list(range(40))
    assert jobs.read_job(work.store, job_id).state == "done"


def test_an_attempt_goes_on_where_the_one_before_stopped(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    job_id, study_id = analysis_job(work.store, picture_study(40))
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    again = work.begin(job_id, study_id)
    assert again == plan
    assert len(results.found_indices(work.store, plan.analysis_id, "5e71e5")) == 32


def test_a_canceled_job_stops_before_its_next_chunk(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    job_id, study_id = analysis_job(work.store, picture_study(40))
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    jobs.cancel_job(work.store, job_id)
    with pytest.raises(CanceledError):
        work.run_chunk(job_id, plan, plan.chunks[1])
    assert len(results.found_indices(work.store, plan.analysis_id, "5e71e5")) == 32


def test_two_models_never_mix_in_one_analysis(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    job_id, study_id = analysis_job(work.store, picture_study(40))
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    work.engine.model = ModelRef("known", "2", "1" * 64)
    with pytest.raises(ModelError, match="exchanged"):
        work.run_chunk(job_id, plan, plan.chunks[1])
    work.begin(job_id, study_id)
    assert results.found_indices(work.store, plan.analysis_id, "5e71e5") == frozenset()


def test_the_report_quotes_no_card_of_other_weights(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    card = require_card("evidence")
    texts = []
    for seed, sha256 in enumerate((card.model.sha256, "1" * 64)):
        work.engine.model = replace(card.model, sha256=sha256)
        job_id, study_id = analysis_job(work.store, picture_study(1, seed=seed))
        plan = work.begin(job_id, study_id)
        work.run_chunk(job_id, plan, plan.chunks[0])
        work.conclude(job_id, plan)
        work.write_report(job_id, plan)
        report = results.read_analysis(work.store, plan.analysis_id).report
        assert report is not None
        pdf = read_bytes(studies.study_folder(work.store, study_id), report.sha256)
        texts.append("".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages))
        work.forget()
    assert ["From the model card" in text for text in texts] == [True, False]


def test_good_files_are_kept_and_the_bad_one_is_named(work: StudyWork) -> None:
    files = {f"case/{n}.png": png(n) for n in range(3)}
    job_id = upload_job(work.store, {**files, "case/torn.png": png(9)[:200]})
    study_id = work.bring_in(job_id)
    assert study_id is not None
    stored = studies.read_study(work.store, study_id)
    assert [cut.name for cut in stored.series[0].slices] == ["0", "1", "2"]
    assert [unreadable.name for unreadable in stored.unreadable] == ["case/torn.png"]
    assert list(work.store.uploads.iterdir()) == []  # the files have served


def test_the_same_study_uploaded_twice_is_named_not_doubled(work: StudyWork) -> None:
    first = upload_job(work.store, {"a.png": png(1), "b.png": png(2)})
    study_id = work.bring_in(first)
    assert study_id is not None
    plan = work.begin(first, study_id)
    work.run_chunk(first, plan, plan.chunks[0])
    work.conclude(first, plan)
    work.finish(first, plan)
    second = upload_job(work.store, {"other/a.png": png(1), "other/b.png": png(2)})
    assert work.bring_in(second) is None
    job = jobs.read_job(work.store, second)
    assert (job.state, job.duplicate, job.study_id) == ("done", True, study_id)


def test_an_import_that_was_killed_is_repeated_without_harm(work: StudyWork) -> None:
    job_id = upload_job(work.store, {"a.png": png(1)})
    assert work.bring_in(job_id) == work.bring_in(job_id)
    assert not jobs.read_job(work.store, job_id).duplicate


def test_an_import_killed_after_storing_leaves_no_originals_when_it_goes_on(
    work: StudyWork, settings: Settings
) -> None:
    job_id = upload_job(work.store, {"a.png": png(1), "b.png": png(2)})
    upload_id = jobs.read_job(work.store, job_id).upload_id
    assert upload_id is not None
    staged = uploads.stage_upload(work.store, upload_id)
    imported = read_study(staged, key=work.store.key, limits=settings.limits)
    saved = studies.save_study(work.store, imported, job_id=job_id)
    jobs.tell_study(work.store, job_id, study_id=saved.study_id)  # here it was killed
    assert list(work.store.uploads.iterdir()) != []
    assert work.bring_in(job_id) == saved.study_id
    assert list(work.store.uploads.iterdir()) == []


def test_an_upload_without_images_fails_with_a_fix_and_can_be_tried_again(
    work: StudyWork,
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../../evil.txt", "not an image")
    job_id = upload_job(work.store, {"scan.zip": archive.getvalue()})
    with pytest.raises(BadInputError) as refused:
        work.bring_in(job_id)
    work.stop(job_id, refused.value)
    job = jobs.read_job(work.store, job_id)
    assert job.state == "failed"
    assert job.problem is not None
    assert job.problem.fix
    assert not (work.store.home / "evil.txt").exists()
    assert jobs.retry_job(work.store, job_id).attempt == 2


def test_a_study_deleted_under_the_worker_leaves_nothing(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    job_id, study_id = analysis_job(work.store, picture_study(3))
    plan = work.begin(job_id, study_id)
    jobs.cancel_job(work.store, job_id)
    studies.delete_study(work.store, study_id)
    (work.store.blobs / study_id).mkdir()  # what a chunk that was running still wrote
    with pytest.raises(CanceledError) as stopped:
        work.run_chunk(job_id, replace(plan), plan.chunks[0])
    work.stop(job_id, stopped.value)
    assert list(work.store.blobs.iterdir()) == []


def test_a_trial_of_another_version_changes_nothing_but_adds_its_analysis(
    work: StudyWork, candidate: RegisteredModel, picture_study: Callable[..., ImportedStudy]
) -> None:
    first, study_id = analysis_job(work.store, picture_study(3))
    run_all(work, first, study_id)
    before = studies.read_study(work.store, study_id).row
    with work.store.transaction() as session:
        trial = jobs.add_job(session, "analyze", study_id=study_id, model_id=candidate.id).id
    work.engine.model = ModelRef("known", "active", "1" * 64)
    run_all(work, trial, study_id)

    tried = results.read_analysis(work.store, trial)
    assert (tried.model, tried.is_trial, tried.report) == (candidate.model, True, None)
    assert tried.finished is not None
    assert len(tried.require_series("5e71e5").slices) == 3
    assert len(unseen(work.store, trial, "5e71e5")) == 3  # the grid never shows a trial
    assert unseen(work.store, first, "5e71e5") == frozenset()
    assert results.latest_analysis(work.store, study_id) == first
    assert active_model(work.store, "evidence") != candidate
    after = studies.read_study(work.store, study_id).row
    assert (after.headline, after.status, after.job) == (
        before.headline,
        before.status,
        before.job,
    )


def test_a_trial_of_a_version_whose_weights_are_gone_fails_and_says_so(
    work: StudyWork, candidate: RegisteredModel, picture_study: Callable[..., ImportedStudy]
) -> None:
    study_id = studies.save_study(work.store, picture_study(3)).study_id
    with work.store.transaction() as session:
        trial = jobs.add_job(session, "analyze", study_id=study_id, model_id=candidate.id).id
    (work.store.models / candidate.id / "evidence.onnx").unlink()
    with pytest.raises(ModelError, match="missing or damaged"):
        work.begin(trial, study_id)


def test_what_ranks_slices_is_stored_with_the_findings(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    job_id, study_id = analysis_job(work.store, picture_study(3))
    plan = work.begin(job_id, study_id)
    work.run_chunk(job_id, plan, plan.chunks[0])
    with work.store.reading() as session:
        rows = session.scalars(select(SliceLookRow).order_by(SliceLookRow.index)).all()
    assert [(row.analysis_id, row.index) for row in rows] == [(job_id, n) for n in range(3)]
    embedding = read_array(
        studies.study_folder(work.store, study_id), ArrayBlob.from_json(rows[0].embedding)
    )
    assert embedding.shape == (3, 1)  # the known network tells the mean gray
    assert all(0.2 < value < 0.9 for value in embedding[:, 0])
    assert all(0 <= row.outside <= 1 and 0 <= row.scatter <= 1 for row in rows)


def test_pages_are_told_of_the_first_answer_of_maps_and_of_their_tests(
    work: StudyWork, volume_study: ImportedStudy
) -> None:
    job_id, study_id = analysis_job(work.store, volume_study)
    plan = work.begin(job_id, study_id)
    stored = []

    def told() -> None:
        stored.append(jobs.read_job(work.store, job_id).stored)

    work.run_chunk(job_id, plan, plan.chunks[0])
    told()
    work.conclude(job_id, plan)
    told()
    for number in range(len(plan.maps)):
        work.draw_map(job_id, plan, number)
        told()
    work.test_maps(job_id, plan)
    told()
    assert stored == [0, 1, 1, 1, 1, 2, 3]


def run_all(work: StudyWork, job_id: str, study_id: str) -> None:
    """Do the steps of an analysis in the order of the worker."""
    plan = work.begin(job_id, study_id)
    for chunk in plan.chunks:
        work.run_chunk(job_id, plan, chunk)
    work.conclude(job_id, plan)
    work.examine(job_id, plan)
    work.write_report(job_id, plan)
    work.look_closer(job_id, plan)
    work.finish(job_id, plan)
    work.forget()
