"""Train a network from the store. Killed at any point, a training goes on from its last state.

The worker starts a process of its own for it (`training_process.py`). One training runs at a time.
"""

import logging
import shutil

import torch

from neuroscope.errors import CanceledError, NeuroscopeError, places
from neuroscope.jobs.training_log import log_training
from neuroscope.jobs.training_steps import train_and_register
from neuroscope.jobs.training_teller import Check, LeftAloneError, Teller, alone
from neuroscope.settings import Settings
from neuroscope.store import jobs, training
from neuroscope.store.blobs import as_storage_error
from neuroscope.store.database import Store
from neuroscope.store.models import read_model
from neuroscope.store.training import TrainingRun
from neuroscope.store.training_files import PREVIEWS_NAME, run_folder
from neuroscope.workflow.training_cases import Replay

log = logging.getLogger(__name__)
THREADS = 2
STAYS = {
    "infeasible": "No step kept the bound on every class: the weights stay those of before",
    "feasible": "No step was better on held-out patients: the weights stay those of before",
}


def _nothing() -> None:
    """Go on."""


def train(
    store: Store,
    settings: Settings,
    run_id: str,
    *,
    replay: Replay | None = None,
    check: Check = _nothing,
) -> None:
    """Do a training; done again, it stays done. If it cannot be done, its job says why.

    Parameters
    ----------
    replay
        How much is replayed, and from where; the usual unless given.
    check
        Called often; what it raises ends this at once, and the job stays as it is.
    """
    run = training.read_run(store, run_id)
    if run.job.state not in jobs.ACTIVE:
        return
    torch.set_num_threads(settings.threads or THREADS)
    tell = Teller(store, run_id, check)
    try:
        with as_storage_error("The training could not be written."), alone(store, tell):
            if run.outcome is None:
                train_and_register(
                    store,
                    run,
                    tell,
                    replay=replay or Replay(data=settings.data),
                    actor=run.job.actor or settings.reader,
                )
            log_training(store, settings, run_id)
            _clear_up(store, run)
        _finish(store, run_id)
    except CanceledError:
        log.info("training %s was stopped", run_id)
    except LeftAloneError:
        raise
    except NeuroscopeError as error:
        problem = jobs.JobProblem("The training stopped", error.problem, error.fix)
        jobs.fail_job(store, run_id, problem)
        log.warning("training %s stopped: %s", run_id, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever it is, the person who waits is told
        jobs.fail_job(store, run_id, jobs.problem_of(error))
        log.warning("training %s stopped: %s%s", run_id, type(error).__name__, places(error))


def _finish(store: Store, run_id: str) -> None:
    run = training.read_run(store, run_id)
    outcome = run.outcome or {}
    message = STAYS.get(str(outcome.get("status")), STAYS["feasible"])
    if run.model_id is not None:
        version = read_model(store, run.model_id).model.version
        message = f"Version {version} is registered; its certificate says '{run.verdict}'"
    jobs.finish_job(store, run_id, message=message)
    log.info("training %s is done: %s", run_id, run.verdict)


def _clear_up(store: Store, run: TrainingRun) -> None:
    """Forget the state of a training that has ended; the maps stay."""
    for path in run_folder(store, run.id).glob("*"):
        if path.name != PREVIEWS_NAME:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    others = [other for other in training.list_runs(store) if other.group_id == run.group_id]
    if run.group_id is not None and all(o.outcome is not None for o in others):
        shutil.rmtree(run_folder(store, run.group_id), ignore_errors=True)
