"""The steps of the worker, walked one after another without the queue."""

from neuroscope.jobs.plan import Plan
from neuroscope.jobs.steps import StudyWork
from neuroscope.store import jobs


def begun(work: StudyWork, study_id: str) -> tuple[str, Plan]:
    """Note a job for a stored study and plan it."""
    with work.store.transaction() as session:
        job = jobs.add_job(session, "analyze", study_id=study_id)
    return job.id, work.begin(job.id, study_id)


def answer(work: StudyWork, job_id: str, plan: Plan) -> None:
    """Answer all slices and decide."""
    for chunk in plan.chunks:
        work.run_chunk(job_id, plan, chunk)
    work.conclude(job_id, plan)


def draw_maps(work: StudyWork, job_id: str, plan: Plan) -> None:
    """Store the evidence volumes of all classes."""
    for number in range(len(plan.maps)):
        work.draw_map(job_id, plan, number)
