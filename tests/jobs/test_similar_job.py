"""An analysis joins the past cases and tells its neighbors; the index is brought up to date."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import StorageError
from neuroscope.jobs.plan import Plan
from neuroscope.jobs.queue import note_index
from neuroscope.jobs.similar_job import is_outdated, renew
from neuroscope.jobs.similar_room import SimilarRoom
from neuroscope.jobs.steps import StudyWork
from neuroscope.models.inference import load_engine
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice
from neuroscope.retrieve.embed import Embedder, make_embedder
from neuroscope.settings import Settings
from neuroscope.store import jobs, results
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import set_label
from neuroscope.store.similar_answers import read_answer
from neuroscope.store.studies import delete_study, save_study

SERIES = "5e71e5"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return make_embedder(load_engine(threads=1), threads=1)


@pytest.fixture
def work(store: Store, settings: Settings, embedder: Embedder) -> StudyWork:
    made = StudyWork(store, settings)
    made.room._embedder = embedder
    return made


@pytest.fixture
def analyzed(store: Store, analyzed_as: Callable[..., str]) -> Callable[[int], tuple[Plan, str]]:
    """Store a study whose network answer is glioma, as if its slices had just been run."""

    def make(number: int) -> tuple[Plan, str]:
        rows, columns = np.mgrid[:120, :110]
        inside = ((rows - 60) / 52) ** 2 + ((columns - 55) / 45) ** 2 < 1
        bright = np.exp(-((rows - 45 - 5 * number) ** 2 + (columns - 50) ** 2) / 90)
        gray = np.where(inside, 80 + 150 * bright, 0).astype(np.uint8)
        study = Study(f"study{number}", f"NS-{number}", (Series(SERIES, "slice"),))
        held = {SERIES: (Slice(gray, "cut"),)}
        study_id = save_study(store, ImportedStudy(study, {}, held, f"{number:064}")).study_id
        with store.transaction() as session:
            job_id = jobs.add_job(session, "analyze", study_id=study_id).id
        analysis_id = analyzed_as(store, study_id, SERIES, 1)
        return Plan(study_id, analysis_id, (SERIES,), (), 1, ()), job_id

    return make


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_an_analysis_joins_the_cases_and_says_when_they_contradict_the_network(
    work: StudyWork, analyzed: Callable[[int], tuple[Plan, str]]
) -> None:
    plan, job_id = analyzed(0)
    work.find_similar(job_id, plan)
    alone = read_answer(work.store, plan.analysis_id)
    assert alone is not None
    assert "no case of another patient" in alone["problem"]

    set_label(work.store, "study0", SERIES, slice_index=None, label="meningioma", reader="ann")
    work.room.forget_deleted()
    plan, job_id = analyzed(1)
    work.find_similar(job_id, plan)
    work.find_similar(job_id, plan)  # a step that was killed is done again
    answer = read_answer(work.store, plan.analysis_id)
    assert answer is not None
    assert [one["case_id"] for one in answer["neighbors"]] == ["study0"]
    cautions = results.read_analysis(work.store, plan.analysis_id).cautions
    assert [c for c in cautions if "past cases say meningioma, the network says glioma" in c]
    assert len(work.room.index().fetch(()).entries) == len(
        {entry.id for entry in work.room.index().fetch(()).entries}
    )


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_an_index_that_cannot_be_used_stops_no_analysis(
    work: StudyWork, analyzed: Callable[[int], tuple[Plan, str]]
) -> None:
    folder = work.room.home / "vectors"
    folder.mkdir(parents=True)
    (folder / "space.json").write_text("{")
    plan, job_id = analyzed(0)
    work.find_similar(job_id, plan)
    answer = read_answer(work.store, plan.analysis_id)
    assert answer is not None
    assert "half written" in answer["problem"]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_job_mends_a_broken_index_and_forgets_deleted_studies(
    work: StudyWork, analyzed: Callable[[int], tuple[Plan, str]]
) -> None:
    for number in range(3):
        work.room.add(*_ids(analyzed(number)))
    delete_study(work.store, "study1")
    (work.room.home / "vectors" / "space.json").write_text("{")
    with pytest.raises(StorageError):
        work.room.index()
    assert not is_outdated(work.room)  # broken: a person decides
    job = note_index(work.store, actor="ann")
    assert note_index(work.store, actor="bob").id == job.id
    renew(work.room, job.id)
    done = jobs.read_job(work.store, job.id)
    assert (done.state, done.message) == ("done", "2 cases read, 0 known before")
    assert {e.case_id for e in work.room.index().fetch(()).entries} == {"study0", "study2"}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_another_network_makes_the_index_outdated_and_the_job_renews_it(
    work: StudyWork, analyzed: Callable[[int], tuple[Plan, str]], embedder: Embedder
) -> None:
    work.room.add(*_ids(analyzed(0)))
    assert not is_outdated(work.room)
    room = SimilarRoom(work.store, work._settings)
    newer = replace(embedder, space=replace(embedder.space, version="9", sha256="9" * 64))
    room.embedder = lambda: newer  # type: ignore[method-assign]
    assert is_outdated(room)
    job = note_index(work.store, actor="neuroscope")
    renew(room, job.id)
    assert jobs.read_job(work.store, job.id).state == "done"
    assert not is_outdated(room)
    assert room.index().space == newer.space


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_canceled_job_changes_nothing(work: StudyWork) -> None:
    job = note_index(work.store, actor="ann")
    jobs.cancel_job(work.store, job.id)
    renew(work.room, job.id)
    assert jobs.read_job(work.store, job.id).state == "canceled"
    assert not (work.room.home / "vectors").exists()


def _ids(made: tuple[Plan, str]) -> tuple[str, str]:
    return made[0].study_id, made[0].analysis_id
