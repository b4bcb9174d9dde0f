"""Start the process that trains, and watch over it. Light: torch is loaded in that process only."""

import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress

from neuroscope.settings import Settings
from neuroscope.store import jobs
from neuroscope.store.database import Store

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
END_WITHIN_S = 60.0  # after it was stopped: it may be in the middle of a step
ENDED = jobs.JobProblem(
    "The training stopped",
    "The process that trains ended without a word; it may have run out of memory.",
    "Resume it: it goes on from its last state. Free some memory first.",
)


def run_training(store: Store, settings: Settings, run_id: str) -> None:
    """Train in a process of its own until it ends, or somebody stops it."""
    if jobs.read_job(store, run_id).state not in jobs.ACTIVE:
        return
    jobs.tell_progress(store, run_id, 0.0, "Starting")
    process = subprocess.Popen(  # noqa: S603 - this program, and an id of ours
        [sys.executable, "-m", "neuroscope.jobs.training", run_id, str(os.getpid())],
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _watch(store, run_id, process)
    finally:
        _end(process)
    job = jobs.read_job(store, run_id)
    if job.state in jobs.ACTIVE:
        log.warning("training %s ended with code %s", run_id, process.returncode)
        jobs.fail_job(store, run_id, ENDED)


def environment(settings: Settings) -> dict[str, str]:
    """Give the process the settings of this one."""
    return {
        **os.environ,
        "NEUROSCOPE_HOME": str(settings.home),
        "NEUROSCOPE_DATABASE_URL": settings.database_url,
        "NEUROSCOPE_THREADS": str(settings.threads),
        "NEUROSCOPE_DATA": str(settings.data or ""),
        "NEUROSCOPE_MLFLOW": settings.mlflow,
    }


def _watch(store: Store, run_id: str, process: "subprocess.Popen[bytes]") -> None:
    patience = END_WITHIN_S
    while patience > 0:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_EVERY_S)
            return
        if jobs.read_job(store, run_id).state not in jobs.ACTIVE:
            patience -= LOOK_EVERY_S


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and those that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
