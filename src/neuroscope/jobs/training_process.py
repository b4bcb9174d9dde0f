"""Start the process that trains, and watch over it; and what that process does first.

`python -m neuroscope.jobs.training_process RUN PARENT` trains, and ends when the process of that
number does. Light: torch is loaded there alone, and not in the processes that make synthetic heads.
"""

import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress

from neuroscope.errors import BadInputError, NeuroscopeError
from neuroscope.settings import Settings, read_settings
from neuroscope.store import jobs
from neuroscope.store.database import Store, open_store

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
END_WITHIN_S = 60.0  # after it was stopped: it may be in the middle of a step
LEFT_ALONE = 75  # exit code: whoever started it is gone
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
        [sys.executable, "-m", "neuroscope.jobs.training_process", run_id, str(os.getpid())],
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


def main(arguments: list[str]) -> int:
    """Train as a process of its own, which ends when the one that started it does."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("alembic", "weasyprint", "fontTools", "mlflow"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    from neuroscope.jobs.training import train
    from neuroscope.jobs.training_teller import LeftAloneError

    settings = read_settings()
    try:
        if len(arguments) != 2 or not arguments[1].isdigit():
            raise BadInputError(
                "A training is to be named, and the process that asks for it.",
                fix="Give the id of the one and the number of the other.",
            )
        run_id, parent = arguments[0], int(arguments[1])

        def check() -> None:
            if os.getppid() != parent:
                raise LeftAloneError

        check()
        store = open_store(settings)
        train(store, settings, run_id, check=check)
    except LeftAloneError:
        log.info("the program that started this training is gone; it goes on later")
        return LEFT_ALONE
    except NeuroscopeError as error:
        log.error("%s", error)
        return 1
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
