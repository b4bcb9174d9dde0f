"""Jobs, and the stream of events that tells of them."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from neuroscope.api.deps import FeedDep, Id, QueueDep, ReaderDep, Responses, StoreDep
from neuroscope.api.schemas import JobOut, JobsOut
from neuroscope.store import jobs

router = APIRouter(tags=["jobs"])
STREAM: Responses = {
    200: {
        "description": (
            "Server-sent events. `job`: a job as in GET /api/jobs/{id}, sent for every running job "
            'at the start and after every change. `study`: {"id": ...}, a study came, changed or '
            "went: fetch it again. A comment every 15 s keeps the line open."
        ),
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/jobs")
def list_jobs(store: StoreDep) -> JobsOut:
    """List the newest 100 jobs."""
    return JobsOut(jobs=[JobOut.model_validate(job) for job in jobs.list_jobs(store)])


@router.get("/jobs/{job_id}")
def get_job(job_id: Id, store: StoreDep) -> JobOut:
    """Tell how far a job has come."""
    return JobOut.model_validate(jobs.read_job(store, job_id))


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: Id, queue: QueueDep, reader: ReaderDep) -> JobOut:
    """Stop a job; it ends before its next chunk."""
    return JobOut.model_validate(queue.cancel(job_id, actor=reader))


@router.post("/jobs/{job_id}/retry", status_code=202)
def retry_job(job_id: Id, queue: QueueDep, reader: ReaderDep) -> JobOut:
    """Try a failed or canceled job again; what it had done is kept."""
    return JobOut.model_validate(queue.retry(job_id, actor=reader))


@router.get("/events", response_class=StreamingResponse, responses=STREAM)
async def watch_events(feed: FeedDep) -> StreamingResponse:
    """Stream what happens to jobs and studies, as server-sent events."""
    return StreamingResponse(
        feed.subscribe(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )
