import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image

from neuroscope.jobs.queue import JobQueue
from neuroscope.jobs.steps import StudyWork
from neuroscope.jobs.worker import ANOTHER_WORKER_RUNS, lock_worker, look_around, run_worker
from neuroscope.records.analysis import SliceFinding
from neuroscope.settings import Settings
from neuroscope.store import evidence, jobs, results, uploads
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel
from neuroscope.store.tables import UploadRow, now

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]
WITHIN_S = 600.0
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    """Start a worker process for the store; what is left of them ends with the test."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        "NEUROSCOPE_HOME": str(settings.home),
        "NEUROSCOPE_DATABASE_URL": settings.database_url,
        "NEUROSCOPE_THREADS": "1",
    }

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "neuroscope.jobs.worker"]
        started.append(subprocess.Popen(command, env=environment))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def zipped(number: int) -> bytes:
    """Pack pictures that all differ."""
    archive = io.BytesIO()
    rows, columns = np.mgrid[:48, :48]
    head = np.hypot(rows - 24, columns - 24) < 20
    noise = np.random.default_rng(0)
    with zipfile.ZipFile(archive, "w") as packed:
        for index in range(number):
            gray = np.where(head, 90 + noise.integers(0, 60, head.shape), 0).astype(np.uint8)
            written = io.BytesIO()
            Image.fromarray(gray).save(written, "PNG")
            packed.writestr(f"case/{index:03}.png", written.getvalue())
    return archive.getvalue()


def put(store: Store, settings: Settings, content: bytes) -> str:
    upload = uploads.create_upload(store, [("case.zip", len(content))], settings.limits)
    uploads.append(store, upload.id, 0, offset=0, chunk=content)
    queue = JobQueue(store, settings)
    job = queue.put_upload(upload.id)
    queue.close()
    return job.id


def wait_for(store: Store, job_id: str, reached: Callable[[jobs.Job], bool]) -> jobs.Job:
    deadline = time.monotonic() + WITHIN_S
    pause = threading.Event()
    while time.monotonic() < deadline:
        job = jobs.read_job(store, job_id)
        if reached(job):
            return job
        pause.wait(0.05)
    raise TimeoutError(job.message)


@pytest.mark.parametrize("number", [80, pytest.param(300, marks=pytest.mark.slow)])
def test_a_job_whose_worker_is_killed_is_completed_by_the_next(
    store: Store, settings: Settings, start: Start, number: int
) -> None:
    job_id = put(store, settings, zipped(number))
    first = start()
    some = wait_for(
        store,
        job_id,
        lambda job: (
            bool(
                job.analysis_id
                and len(results.read_analysis(store, job.analysis_id).series) == 0
                and any(True for _ in found(store, job))
            )
            or job.state in ("done", "failed")
        ),
    )
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert some.state == "running"
    before = {f.index: f for f in found(store, some)}
    assert 0 < len(before) < number

    start()
    done = wait_for(store, job_id, lambda job: job.state in ("done", "failed"))
    assert done.state == "done", done.problem
    after = {f.index: f for f in found(store, done)}
    assert sorted(after) == list(range(number))  # nothing lost, nothing twice
    for index, finding in before.items():
        assert finding.prediction == after[index].prediction
    analysis = results.read_analysis(store, job_id)
    assert analysis.finished is not None
    assert analysis.report is not None


def found(store: Store, job: jobs.Job) -> tuple[SliceFinding, ...]:
    """Return what is stored of the (one) series of the job."""
    from neuroscope.store.studies import read_study

    assert job.study_id is not None
    assert job.analysis_id is not None
    (series,) = read_study(store, job.study_id).series
    return evidence.load_findings(store, job.analysis_id, series.series.id)


def test_a_running_job_can_be_canceled_and_tried_again(
    store: Store, settings: Settings, start: Start
) -> None:
    job_id = put(store, settings, zipped(80))
    start()
    wait_for(store, job_id, lambda job: job.progress > 0.2 or job.state != "running")
    queue = JobQueue(store, settings)
    queue.cancel(job_id)
    assert jobs.read_job(store, job_id).state == "canceled"
    queue.retry(job_id)
    queue.close()
    done = wait_for(store, job_id, lambda job: job.state in ("done", "failed"))
    assert done.state == "done", done.problem
    assert [f.index for f in found(store, done)] == list(range(80))


def test_a_model_is_promoted_between_studies_and_makes_the_next_analysis(
    store: Store, settings: Settings, start: Start, candidate: RegisteredModel
) -> None:
    start()
    job_id = put(store, settings, zipped(2))
    wait_for(store, job_id, lambda job: job.state in ("done", "failed"))
    queue = JobQueue(store, settings)
    changed = queue.put_promotion(candidate.id, actor="ann")
    done = wait_for(store, changed.id, lambda job: job.state in ("done", "failed"))
    assert done.state == "done", done.problem
    study_id = jobs.read_job(store, job_id).study_id
    assert study_id is not None
    again = queue.put_analysis(study_id)
    queue.close()
    done = wait_for(store, again.id, lambda job: job.state in ("done", "failed"))
    assert done.state == "done", done.problem
    assert results.read_analysis(store, again.id).model == candidate.model
    assert results.read_analysis(store, job_id).model != candidate.model


class Rounds(threading.Event):
    """Is set after some looks around, without a wait."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def wait(self, timeout: float | None = None) -> bool:
        """Count down."""
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize(("clean_every_s", "kept"), [(0.0, False), (3600.0, True)])
def test_a_worker_that_runs_forgets_old_uploads_from_time_to_time(
    settings: Settings, store: Store, clean_every_s: float, kept: bool
) -> None:
    upload = uploads.create_upload(store, [("a", 1)], settings.limits)
    with store.transaction() as session:
        session.get_one(UploadRow, upload.id).created = now() - timedelta(days=8)
    look_around(StudyWork(store, settings), Rounds(2), clean_every_s=clean_every_s)
    assert (store.uploads / upload.id).exists() == kept


def test_a_worker_whose_parent_died_before_it_woke_ends(settings: Settings) -> None:
    command = [sys.executable, "-m", "neuroscope.jobs.worker", "--child", str(2**22 + 1)]
    environment = {**os.environ, "NEUROSCOPE_HOME": str(settings.home)}
    ended = subprocess.run(command, env=environment, capture_output=True, timeout=300, check=False)
    assert ended.returncode == 0
    assert b"is gone" in ended.stderr
    assert not (settings.home / "worker.lock").exists()


def test_a_store_has_one_worker(settings: Settings, store: Store) -> None:
    held = lock_worker(store.home)
    assert held is not None
    assert run_worker(settings, threading.Event()) == ANOTHER_WORKER_RUNS
    held.close()
    again = lock_worker(store.home)
    assert again is not None
    again.close()
