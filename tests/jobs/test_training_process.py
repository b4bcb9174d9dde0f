"""The process that trains: it is watched, stopped, killed half-way and goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from neuroscope.jobs import training_process
from neuroscope.jobs.queue import JobQueue
from neuroscope.jobs.training_process import environment, run_training
from neuroscope.records.training import TrainingConfig
from neuroscope.settings import Settings
from neuroscope.store import jobs, training
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, active_model, list_models
from neuroscope.store.training_files import shared_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]
ON_SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
WITHIN_S = 800.0
SIZE = 32


@pytest.fixture
def queued(store: Store, settings: Settings, tiny: RegisteredModel, readings: object) -> str:
    """A training that waits; what an earlier one would have left is there."""
    rng = np.random.default_rng(5)
    number = 240 * 4
    folder = shared_folder(store)
    folder.mkdir(parents=True)
    np.savez(
        folder / f"60-700000-{SIZE}-phantom_slices.npz",
        images=rng.integers(0, 255, (number, SIZE, SIZE)).astype(np.uint8),
        heads=np.ones((number, SIZE, SIZE), bool),
        masks=np.zeros((number, SIZE, SIZE), np.uint8),
        has_mask=np.ones(number, bool),
        head_fractions=np.full(number, 0.5),
        labels=np.arange(number, dtype=np.int64) % 4,
        sources=np.full(number, "phantom"),
        units=np.array([f"phantom-{700_000 + n % 60}" for n in range(number)]),
        splits=np.full(number, "train"),
        files=np.array([f"f{n}" for n in range(number)]),
    )
    queue = JobQueue(store, settings)
    (job,) = queue.put_training([TrainingConfig(steps=120, epsilon=2.0)], name="", actor="ann")
    queue.close()
    return job.id


@pytest.fixture
def start(settings: Settings) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Start a worker; what is left of them ends with the test."""
    started: list[subprocess.Popen[bytes]] = []
    env = {**environment(settings), "NEUROSCOPE_THREADS": "1", "NEUROSCOPE_MLFLOW": "off"}

    def begin() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "neuroscope.jobs.worker"]
        started.append(subprocess.Popen(command, env=env))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def wait_for(
    store: Store, run_id: str, reached: Callable[[training.TrainingRun], bool]
) -> training.TrainingRun:
    deadline = time.monotonic() + WITHIN_S
    pause = threading.Event()
    while time.monotonic() < deadline:
        run = training.read_run(store, run_id)
        if reached(run) or run.job.state in ("failed", "done"):
            return run
        pause.wait(0.05)
    raise TimeoutError(run.job.message)


@pytest.mark.slow
@ON_SQLITE
def test_a_training_whose_worker_is_killed_is_completed_by_the_next(
    store: Store,
    tiny: RegisteredModel,
    queued: str,
    start: Callable[[], "subprocess.Popen[bytes]"],
) -> None:
    first = start()
    some = wait_for(store, queued, lambda run: len(run.points) >= 3)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert some.job.state == "running"
    assert some.points[-1]["step"] < 120

    start()
    done = wait_for(store, queued, lambda run: False)
    assert done.job.state == "done", done.job.problem
    steps = [point["step"] for point in done.points]
    assert steps == sorted(set(steps))
    assert set(range(10, 121, 10)) <= set(steps)
    known = {point["step"] for point in some.points}
    assert [point for point in done.points if point["step"] in known] == list(some.points)
    assert len([m for m in list_models(store) if m.config.get("training") == queued]) <= 1
    assert active_model(store, "evidence") == tiny
    assert differences(store) == ()


@ON_SQLITE
def test_a_process_that_dies_fails_its_job_with_a_way_on(
    store: Store,
    settings: Settings,
    queued: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    dies = tmp_path / "dies"
    dies.write_text("#!/bin/sh\nkill -9 $$\n")
    dies.chmod(0o700)
    monkeypatch.setattr(training_process.sys, "executable", str(dies))
    run_training(store, settings, queued)
    job = jobs.read_job(store, queued)
    assert job.state == "failed"
    assert job.problem is not None
    assert "Resume" in job.problem.fix


@ON_SQLITE
def test_a_process_that_does_not_heed_a_stop_is_ended(
    store: Store,
    settings: Settings,
    queued: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    stubborn = tmp_path / "stubborn"
    stubborn.write_text("#!/bin/sh\ntrap '' TERM\nsleep 600\n")
    stubborn.chmod(0o700)
    monkeypatch.setattr(training_process.sys, "executable", str(stubborn))
    monkeypatch.setattr(training_process, "END_WITHIN_S", 0.5)
    monkeypatch.setattr(training_process, "LOOK_EVERY_S", 0.1)
    canceled = threading.Timer(0.5, lambda: jobs.cancel_job(store, queued))
    canceled.start()
    run_training(store, settings, queued)
    canceled.join()
    assert jobs.read_job(store, queued).state == "canceled"


@ON_SQLITE
def test_the_process_that_trains_ends_with_the_one_that_started_it(
    store: Store, settings: Settings, queued: str
) -> None:
    code = (
        "import os, subprocess, sys; "
        "module = 'neuroscope.jobs.training_process'; "
        "call = [sys.executable, '-m', module, sys.argv[1], str(os.getpid())]; "
        "print(subprocess.Popen(call, start_new_session=True).pid, flush=True)"
    )
    env = {**environment(settings), "NEUROSCOPE_THREADS": "1"}
    parent = subprocess.run(
        [sys.executable, "-c", code, queued], env=env, capture_output=True, text=True, check=True
    )
    child = int(parent.stdout)
    deadline = time.monotonic() + WITHIN_S
    pause = threading.Event()
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        pause.wait(0.1)
    assert not Path(f"/proc/{child}").exists()
    assert jobs.read_job(store, queued).state in jobs.ACTIVE  # it goes on at the next start
    assert training.read_run(store, queued).outcome is None
