"""The worker process: takes jobs from the durable queue, one at a time, models kept warm.

`python -m neuroscope.jobs.worker` runs until it is stopped. Killed in the middle of a job, the next
worker goes on with the step that was not finished: the steps that were, are on record.
"""

import fcntl
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, TypeVar

from dbos import DBOS, DBOSConfig

from neuroscope.errors import NeuroscopeError
from neuroscope.jobs.active_model import change_model
from neuroscope.jobs.queue import (
    APPLICATION,
    CHANGE_WORKFLOW,
    EXPLAIN_WORKFLOW,
    EXPLANATION_QUEUE,
    INDEX_QUEUE,
    INDEX_WORKFLOW,
    QUEUE,
    TRAIN_WORKFLOW,
    TRAINING_QUEUE,
    WORKFLOW,
    WORKFLOW_VERSION,
    note_index,
    options_of,
    prepare_queue,
    queue_url,
)
from neuroscope.jobs.similar_job import is_outdated, renew
from neuroscope.jobs.similar_service import SimilarService
from neuroscope.jobs.steps import StudyWork
from neuroscope.jobs.training_process import run_training
from neuroscope.settings import Settings, read_settings
from neuroscope.store import jobs, studies, uploads
from neuroscope.store.database import Store, open_store
from neuroscope.store.registration import note_shipped

if TYPE_CHECKING:
    from neuroscope.jobs.explaining import ExplanationWork

log = logging.getLogger(__name__)
EXECUTOR = "worker"  # the same after a restart, so that a new worker takes over from a dead one
MOST_ATTEMPTS = 5  # of a job whose worker dies, before it is given up
POLL_S = 0.2  # a person waits for an answer
PATIENT_POLL_S = 1.0  # for what takes minutes: each look costs some milliseconds
LOOK_AROUND_S = 2.0
CLEAN_EVERY_S = 3600.0
ANOTHER_WORKER_RUNS = 3  # exit code
Result = TypeVar("Result")


class JobStoppedError(Exception):
    """The job was failed or canceled and its row says why; nothing is left to do."""


def register(work: StudyWork, settings: Settings) -> None:
    """Tell DBOS how to analyze a study. The order of the steps is part of WORKFLOW_VERSION.

    And how to make another model the active one, between studies, and to train one, beside them.
    """
    _register_explaining(work.store)

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MOST_ATTEMPTS)
    def analyze_study(job_id: str) -> None:
        def step(name: str, verb: Callable[[], Result]) -> Result:
            return DBOS.run_step({"name": name}, _told, work, job_id, verb)

        try:
            study_id = step("bring_in", partial(work.bring_in, job_id))
            if study_id is None:
                return
            plan = step("begin", partial(work.begin, job_id, study_id))
            for chunk in plan.chunks:
                step("chunk", partial(work.run_chunk, job_id, plan, chunk))
            step("conclude", partial(work.conclude, job_id, plan))
            for number in range(len(plan.maps)):
                step("map", partial(work.draw_map, job_id, plan, number))
            step("test_maps", partial(work.test_maps, job_id, plan))
            step("examine", partial(work.examine, job_id, plan))
            step("similar", partial(work.find_similar, job_id, plan))
            step("report", partial(work.write_report, job_id, plan))
            step("look", partial(work.look_closer, job_id, plan))
            step("finish", partial(work.finish, job_id, plan))
        except JobStoppedError:
            log.info("job %s stopped", job_id)
        finally:
            work.forget()

    _register_others(work, settings)


def _register_others(work: StudyWork, settings: Settings) -> None:
    @DBOS.workflow(name=CHANGE_WORKFLOW, max_recovery_attempts=MOST_ATTEMPTS)
    def change_active_model(job_id: str) -> None:
        change = partial(change_model, work.store, job_id, threads=settings.threads)
        with suppress(JobStoppedError):
            DBOS.run_step({"name": "change"}, _told, work, job_id, change)
            _enqueue(DBOS.run_step({"name": "outdated"}, note_if_outdated, work))

    @DBOS.workflow(name=INDEX_WORKFLOW, max_recovery_attempts=MOST_ATTEMPTS)
    def renew_index(job_id: str) -> None:
        DBOS.run_step({"name": "renew"}, renew, work.room, job_id)

    @DBOS.workflow(name=TRAIN_WORKFLOW, max_recovery_attempts=MOST_ATTEMPTS)
    def train_model(job_id: str) -> None:
        DBOS.run_step({"name": "train"}, run_training, work.store, settings, job_id)


def _register_explaining(store: Store) -> None:
    """Tell DBOS how to make a map of an explanation method; PyTorch is imported with the first."""
    at_work: list[ExplanationWork] = []

    def explain(job_id: str) -> None:
        from neuroscope.jobs.explaining import ExplanationWork

        if not at_work:
            at_work.append(ExplanationWork(store))
        at_work[0].run(job_id)

    @DBOS.workflow(name=EXPLAIN_WORKFLOW, max_recovery_attempts=MOST_ATTEMPTS)
    def explain_slice(job_id: str) -> None:
        DBOS.run_step({"name": "explain"}, explain, job_id)


def _told(work: StudyWork, job_id: str, verb: Callable[[], Result]) -> Result:
    """Do a step; if it cannot be done, write down why for the person who waits.

    DBOS keeps the exception of a step by pickling it, and an exception of a library may not survive
    that, or may carry a path: only a plain one of ours leaves here.
    """
    with work.one_at_a_time:
        try:
            return verb()
        except Exception as error:  # noqa: BLE001 - whatever it is, the person who waits is told
            work.stop(job_id, error)
            raise JobStoppedError(type(error).__name__) from None


def run_worker(settings: Settings, stopped: threading.Event, *, parent: int | None = None) -> int:
    """Work until `stopped` is set, or until the parent process is gone.

    Returns
    -------
    int
        Exit code: 0, or ANOTHER_WORKER_RUNS if this store has a worker already.
    """
    store = open_store(settings)
    lock = lock_worker(settings.home)
    if lock is None:
        store.close()
        log.info("another worker serves this store")
        return ANOTHER_WORKER_RUNS
    url = queue_url(settings)
    prepare_queue(url)
    note_shipped(store)
    work = StudyWork(store, settings)
    _load_engine(work)
    studies.forget_orphans(store)
    uploads.forget_old_uploads(store)
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": url,
        "application_version": WORKFLOW_VERSION,
        "executor_id": EXECUTOR,
        "log_level": "WARNING",
        "scheduler_polling_interval_sec": 3600.0,  # nothing is scheduled
        "notification_listener_polling_interval_sec": 60.0,  # nobody listens
    }
    DBOS(config=config)
    register(work, settings)
    DBOS.launch()
    # Side by side, each one job at a time.
    for queue in (QUEUE, EXPLANATION_QUEUE):
        DBOS.register_queue(queue, worker_concurrency=1, polling_interval_sec=POLL_S)
    for queue in (TRAINING_QUEUE, INDEX_QUEUE):
        DBOS.register_queue(queue, worker_concurrency=1, polling_interval_sec=PATIENT_POLL_S)
    service = SimilarService(work.room)
    # It opens the index, which takes seconds: the first job need not wait for it.
    threading.Thread(target=_begin_with_past_cases, args=(work,), daemon=True).start()
    log.info("worker is ready")
    look_around(work, stopped, parent=parent)
    service.close()
    return 0


def note_if_outdated(work: StudyWork) -> jobs.Job | None:
    """Note a renewal if the vectors of past cases are of another network than the active one."""
    return note_index(work.store, actor="neuroscope") if is_outdated(work.room) else None


def _enqueue(job: jobs.Job | None) -> None:
    if job is not None:
        DBOS.enqueue_workflow_with_options(options_of(job), job.id)


def _begin_with_past_cases(work: StudyWork) -> None:
    """Forget studies that were deleted while no worker ran; renew vectors of another network."""
    work.room.forget_deleted()
    _enqueue(note_if_outdated(work))


def look_around(
    work: StudyWork,
    stopped: threading.Event,
    *,
    parent: int | None = None,
    clean_every_s: float = CLEAN_EVERY_S,
) -> None:
    """Give up lost jobs and forget old uploads, until the worker is stopped or left alone."""
    cleaned = time.monotonic()
    while not stopped.wait(LOOK_AROUND_S):
        if _left_alone(parent):
            break
        _give_up_lost_jobs(work)
        if time.monotonic() - cleaned >= clean_every_s:
            uploads.forget_old_uploads(work.store)
            work.room.forget_deleted()
            cleaned = time.monotonic()


def _left_alone(parent: int | None) -> bool:
    if parent is None or os.getppid() == parent:
        return False
    log.info("the program that started this worker is gone")
    return True


def lock_worker(home: Path) -> IO[str] | None:
    """Take the lock that makes this the only worker of a store; None if another has it.

    The kernel lets go of it when the process ends, however it ends.
    """
    lock = (home / "worker.lock").open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _load_engine(work: StudyWork) -> None:
    try:
        log.info("model %s loaded", work.engine.model.name)
    except NeuroscopeError as error:  # every job will say so; a new download may mend it
        log.error("no model: %s", error)


def _give_up_lost_jobs(work: StudyWork) -> None:
    """Fail jobs that the queue has given up, so that nobody waits for them for ever."""
    for job in jobs.list_jobs(work.store, states=("running",)):
        status = DBOS.get_workflow_status(job.workflow_id)
        if status is not None and status.status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"):
            problem = jobs.JobProblem(
                "The worker stopped",
                f"The worker ended {MOST_ATTEMPTS} times while it worked on this.",
                "Check that the machine has enough memory, then try again.",
            )
            jobs.fail_job(work.store, job.id, problem)


def main() -> int:
    """Run as a process of its own; `--child NUMBER` makes it end with that parent process."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("alembic", "weasyprint", "fontTools", "dbos"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    # Named by the parent: by now it may be gone, and another process stand in its place.
    parent = int(sys.argv[2]) if sys.argv[1:2] == ["--child"] else None
    if _left_alone(parent):
        return 0
    try:
        return run_worker(read_settings(), stopped, parent=parent)
    except NeuroscopeError as error:
        log.error("%s", error)
        return 1


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # A step that still runs is not waited for: it is on record and runs again at the next start.
    os._exit(code)
