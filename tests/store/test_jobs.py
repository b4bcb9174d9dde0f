from collections.abc import Callable

import pytest

from neuroscope.errors import BadInputError, ConflictError, NotFoundError
from neuroscope.records.imported import ImportedStudy
from neuroscope.store import jobs
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study
from neuroscope.store.tables import now
from neuroscope.store.worklist import worklist

Pictures = Callable[..., ImportedStudy]


def new_job(store: Store, study_id: str | None = None) -> str:
    with store.transaction() as session:
        return jobs.add_job(session, "analyze", study_id=study_id).id


def test_a_job_runs_and_ends(store: Store) -> None:
    job_id = new_job(store)
    assert jobs.read_job(store, job_id).state == "queued"
    job = jobs.tell_progress(store, job_id, 0.4, "Analyzing")
    assert (job.state, job.progress, job.message) == ("running", 0.4, "Analyzing")
    jobs.finish_job(store, job_id, message="Done")
    job = jobs.read_job(store, job_id)
    assert (job.state, job.progress, job.message) == ("done", 1.0, "Done")


def test_what_is_stored_meanwhile_is_counted(store: Store) -> None:
    job_id, other = new_job(store), new_job(store)
    jobs.tell_progress(store, job_id, 0.4, "Analyzing")
    before = jobs.read_job(store, job_id)
    jobs.tell_stored(store, job_id)
    jobs.tell_stored(store, job_id)
    after = jobs.read_job(store, job_id)
    assert (before.stored, after.stored, after.progress) == (0, 2, 0.4)
    assert after.updated > before.updated
    assert jobs.read_job(store, other).stored == 0


def test_a_canceled_job_stays_canceled_whatever_the_worker_says(store: Store) -> None:
    job_id = new_job(store)
    jobs.cancel_job(store, job_id)
    assert jobs.tell_progress(store, job_id, 0.9, "late").state == "canceled"
    jobs.finish_job(store, job_id, message="late")
    jobs.fail_job(store, job_id, jobs.JobProblem("late", "late", "late"))
    assert jobs.read_job(store, job_id).state == "canceled"


def test_a_failed_job_says_why_and_can_be_tried_again(store: Store) -> None:
    job_id = new_job(store)
    jobs.fail_job(store, job_id, jobs.JobProblem("Title", "Detail", "Fix"))
    failed = jobs.read_job(store, job_id)
    assert failed.problem == jobs.JobProblem("Title", "Detail", "Fix")
    again = jobs.retry_job(store, job_id)
    assert (again.state, again.problem, again.attempt) == ("queued", None, 2)
    assert again.workflow_id != failed.workflow_id


@pytest.mark.parametrize("verb", [jobs.cancel_job, jobs.retry_job])
def test_a_job_that_is_done_is_left_alone(
    store: Store, verb: Callable[[Store, str], jobs.Job]
) -> None:
    job_id = new_job(store)
    jobs.finish_job(store, job_id, message="Done")
    with pytest.raises(ConflictError):
        verb(store, job_id)
    with pytest.raises(NotFoundError):
        verb(store, "none")


def test_the_study_shows_the_state_of_its_job(store: Store, picture_study: Pictures) -> None:
    study_id = save_study(store, picture_study(1)).study_id
    job_id = new_job(store, study_id)
    assert worklist(store)[0][0].status == "queued"
    jobs.tell_progress(store, job_id, 0.1, "Analyzing")
    assert worklist(store)[0][0].status == "running"
    jobs.finish_job(store, job_id, message="Done")
    (row,), _ = worklist(store)
    assert row.status == "analyzed"
    assert row.job is not None
    assert row.job.id == job_id


def test_only_jobs_that_changed_since_are_listed(store: Store) -> None:
    new_job(store)
    moment = now()
    changed = new_job(store)
    assert [job.id for job in jobs.list_jobs(store, since=moment)] == [changed]


def test_an_error_of_ours_is_told_in_its_words() -> None:
    problem = jobs.problem_of(BadInputError("It is a knee.", fix="Give a head."))
    assert (problem.detail, problem.fix) == ("It is a knee.", "Give a head.")
    assert problem.title == "These images cannot be used"


def test_the_text_of_an_unknown_error_is_kept_back() -> None:
    problem = jobs.problem_of(OSError(2, "No such file", "/home/doe/DOE_JOHN.dcm"))
    assert "DOE" not in f"{problem}"
