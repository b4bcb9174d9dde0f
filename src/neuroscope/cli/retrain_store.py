"""`neuroscope retrain --from-store`: learn from what readers drew and said in the store."""

import json
import time
from collections.abc import Callable
from dataclasses import replace

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.errors import BadInputError
from neuroscope.jobs.training_request import note_training, require_something_to_learn
from neuroscope.records.progress import Progress
from neuroscope.records.training import TrainingConfig
from neuroscope.settings import read_settings
from neuroscope.store import jobs, training
from neuroscope.store.database import Store, open_store
from neuroscope.store.registration import note_shipped
from neuroscope.store.training import TrainingRun

LOOK_EVERY_S = 0.5


def retrain_store(config: TrainingConfig, *, threads: int, as_json: bool) -> None:
    """Train in this process, beside a server if one runs; the new version lands in the store.

    Raises
    ------
    BadInputError
        If nothing can be learned from, or the training could not be done.
    """
    from neuroscope.jobs.training import train

    settings = replace(read_settings(), threads=threads)
    store = open_store(settings)
    try:
        note_shipped(store)
        require_something_to_learn(store, None)
        job = note_training(store, config, name="", actor=settings.reader)
        jobs.tell_progress(store, job.id, 0.0, "Starting")  # it runs here: no worker shall take it
        with bars() as progress:
            try:
                train(
                    store, settings, job.id, check=_shown(store, job.id, bar(progress, "Training"))
                )
            except KeyboardInterrupt:
                jobs.cancel_job(store, job.id)
                training.note_stop(store, job.id, actor=settings.reader)
                say(f"Stopped. Resume training {job.id} on the page, or begin anew.")
                raise
        _told(training.read_run(store, job.id), as_json=as_json)
    finally:
        store.close()


def _shown(store: Store, run_id: str, moved: Progress) -> Callable[[], None]:
    looked_at = 0.0

    def look() -> None:
        nonlocal looked_at
        if time.monotonic() - looked_at >= LOOK_EVERY_S:
            moved(jobs.read_job(store, run_id).progress)
            looked_at = time.monotonic()

    return look


def _told(run: TrainingRun, *, as_json: bool) -> None:
    for caution in run.cautions:
        say(f"Caution: {caution}", style="yellow")
    problem = run.job.problem
    if problem is not None:
        raise BadInputError(problem.detail, fix=problem.fix)
    if as_json:
        told = {
            "id": run.id,
            "model_id": run.model_id,
            "verdict": run.verdict,
            "outcome": run.outcome,
            "manifest": run.manifest,
            "annotation_head": run.annotation_head,
            "cautions": run.cautions,
        }
        tell(json.dumps(told, indent=2))
        return
    tell(run.job.message)
    if run.verdict == "promote":
        say("Next: promote it on the page Models.")
