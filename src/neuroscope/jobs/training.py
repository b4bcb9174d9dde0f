"""Train a network from the store, in a process of its own.

`python -m neuroscope.jobs.training RUN PARENT` does what the worker was asked for. Killed at any point, it
goes on from its last state when it is started again. One training runs at a time.
"""

import fcntl
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, CanceledError, ModelError, NeuroscopeError, places
from neuroscope.jobs.training_log import log_training
from neuroscope.jobs.training_points import constrained, first_previews, point_of
from neuroscope.learn.reasons.retrain import PREVIEW_STEPS, Retrained, retrain
from neuroscope.learn.reasons.run import Look, RetrainConfig
from neuroscope.models.cards import SHIPPED
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.progress import Progress
from neuroscope.settings import Settings, read_settings
from neuroscope.store import jobs, training
from neuroscope.store.blobs import as_storage_error
from neuroscope.store.database import Store, open_store
from neuroscope.store.models import (
    EVIDENCE,
    RegisteredModel,
    list_models,
    read_model,
    weights_folder,
)
from neuroscope.store.registration import NewModel, register
from neuroscope.store.tables import now
from neuroscope.store.training import TrainingRun
from neuroscope.store.training_files import (
    PREVIEWS_NAME,
    run_folder,
    shared_folder,
    write_previews,
)
from neuroscope.workflow.certified_release import Release, certified_release
from neuroscope.workflow.kept_cases import cases_sha256, load_cases, save_cases
from neuroscope.workflow.training_cases import Replay, TrainingCases, gather_cases

log = logging.getLogger(__name__)
LEFT_ALONE = 75  # exit code: whoever started it is gone
THREADS = 2
TELL_EVERY_S = 0.5
CASES_NAME = "cases.npz"
# How far a training has come (0..1) when each part of it begins.
GATHER, TRAIN, CERTIFY, REGISTER = 0.0, 0.15, 0.55, 0.97
STAYS = {
    "infeasible": "No step kept the bound on every class: the weights stay those of before",
    "feasible": "No step was better on held-out patients: the weights stay those of before",
}

Check = Callable[[], None]
"""Called often; may raise to end the process."""


class LeftAloneError(Exception):
    """The program that started this process is gone; the training goes on at the next start."""


@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    """The network that is trained again."""

    model: RegisteredModel
    folder: Path
    network: EvidenceNetwork

    @property
    def size(self) -> int:
        return self.network.shape.input_size

    @property
    def cells(self) -> int:
        return self.size // int(self.network.centers.jump)


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
    tell = _Teller(store, run_id, check)
    try:
        with as_storage_error("The training could not be written."), _alone(store, tell):
            if run.outcome is None:
                _train(store, run, tell, replay or Replay(data=settings.data), settings)
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


def _train(
    store: Store, run: TrainingRun, tell: "_Teller", replay: Replay, settings: Settings
) -> None:
    known = _registered(store, run.id)
    base = _base(store, run)
    config = RetrainConfig(
        loss=run.config["loss"],
        tier=run.config["tier"],
        epsilon=run.config["epsilon"],
        steps=run.config["steps"],
        seed=run.config["seed"],
    )
    tell.part(GATHER, TRAIN, "Gathering the slices")
    cases = _cases(store, run, base, replay, tell)
    actor = run.job.actor or settings.reader
    manifest = {**cases.manifest, "sha256": cases_sha256(cases)}
    training.note_material(
        store,
        run.id,
        annotation_head=cases.head,
        manifest=manifest,
        cautions=cases.cautions,
        actor=actor,
    )
    found = _retrained(store, run, base, cases, config, tell)
    outcome = {
        "status": found.status,
        "step": found.step,
        "weights_sha256": found.weights_sha256,
        "manifest_sha256": found.manifest_sha256,
        "kkt_residual": found.kkt.residual,
        "seconds": round(found.seconds, 1),
        "threads": torch.get_num_threads(),
    }
    if found.step == 0:  # the weights are those of before: there is nothing to register
        training.end_run(store, run.id, outcome=outcome, model_id=None, verdict=None, actor=actor)
        return
    if known is None:
        tell.part(CERTIFY, REGISTER, "Certifying on patients that were held out")
        release = _released(store, run, base, found, cases, config, tell)
        tell.part(REGISTER, 1.0, "Registering")
        tell(0.0)
        known = register(
            store,
            _new_model(run, base, release, manifest["sha256"], cases.head),
            run_folder(store, run.id) / "release",
            actor=actor,
        )
    training.end_run(
        store,
        run.id,
        outcome={**outcome, "weights_sha256": known.model.sha256},
        model_id=known.id,
        verdict=known.verdict,
        actor=actor,
    )


def _base(store: Store, run: TrainingRun) -> _Base:
    """Load the network that was active when the training was asked for."""
    model = read_model(store, run.config["parent"])
    folder = weights_folder(store, model) or SHIPPED
    if read_sidecar(folder)["sha256"] != model.model.sha256:
        raise ModelError(
            f"The weights of version {model.model.version} are no longer there.",
            fix="Start a new training, from the model that is active now.",
        )
    return _Base(model, folder, load_network(folder))


def _cases(
    store: Store, run: TrainingRun, base: _Base, replay: Replay, progress: Progress
) -> TrainingCases:
    """Gather the slices, once for all runs of a trade-off, and however often a run goes on."""
    path = run_folder(store, run.group_id or run.id) / CASES_NAME
    kept = load_cases(path)
    if kept is not None and run.annotation_head in (None, kept.head):
        return kept
    cases = gather_cases(
        store,
        size=base.size,
        cells=base.cells,
        shared=shared_folder(store),
        only=run.annotation_ids,
        replay=replay,
        progress=progress,
    )
    save_cases(cases, path)
    return cases


def _retrained(
    store: Store,
    run: TrainingRun,
    base: _Base,
    cases: TrainingCases,
    config: RetrainConfig,
    tell: "_Teller",
) -> Retrained:
    classes = constrained(cases)
    previews = first_previews(base.network, cases)

    def show(maps: NDArray[np.float32], step: int) -> None:
        if len(maps):  # classification alone has no maps to watch
            ours = maps[: len(previews.names)]
            write_previews(store, run.id, replace(previews, now=ours, step=step))

    def watch(look: Look, maps: NDArray[np.float32]) -> bool:
        training.add_point(store, run.id, look.step, point_of(look, classes))
        tell.message = f"Step {look.step} of {config.steps}"
        show(maps, look.step)
        return True

    tell.part(TRAIN, CERTIFY, f"Step 0 of {config.steps}")
    found = retrain(
        base.network,
        cases.annotated,
        cases.replay,
        config,
        tell,
        watch=watch,
        preview=lambda maps: show(maps, min(PREVIEW_STEPS, config.steps)),
        keep=run_folder(store, run.id),
    )
    for look in found.history:  # the first look, and any whose note was lost with a kill
        training.add_point(store, run.id, look.step, point_of(look, classes))
    return found


def _released(
    store: Store,
    run: TrainingRun,
    base: _Base,
    found: Retrained,
    cases: TrainingCases,
    config: RetrainConfig,
    progress: Progress,
) -> Release:
    folder = run_folder(store, run.id) / "release"
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was killed
    folder.mkdir(mode=0o700, parents=True)
    return certified_release(
        base.network,
        found,
        cases,
        config,
        base=base.folder,
        folder=folder,
        written=now(),
        progress=progress,
    )


def _new_model(
    run: TrainingRun, base: _Base, release: Release, data_sha256: str, head: str
) -> NewModel:
    return NewModel(
        model=release.model,
        parent=base.model.id,
        config={**run.config, "training": run.id, "name": run.name},
        seed=int(run.config["seed"]),
        data_manifest_sha256=data_sha256,
        annotation_head=head,
        metrics=release.metrics,
        certificate=release.certificate.as_dict(),
        verdict=release.certificate.verdict,
    )


def _registered(store: Store, run_id: str) -> RegisteredModel | None:
    """Find the version that this very training registered before it was killed."""
    ours = (m for m in list_models(store, name=EVIDENCE) if m.config.get("training") == run_id)
    return next(ours, None)


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


class _Teller:
    """Tells the job how far a training has come, and stops it when somebody asks."""

    def __init__(self, store: Store, run_id: str, check: Check) -> None:
        self._store, self._run_id, self._check = store, run_id, check
        self._start, self._share, self._told_at = 0.0, 1.0, -TELL_EVERY_S
        self.message = "Waiting for another training"

    def part(self, start: float, end: float, message: str) -> None:
        """Begin a part of the work that takes the job from one fraction to another."""
        self._start, self._share, self.message = start, end - start, message
        self._told_at = -TELL_EVERY_S

    def __call__(self, fraction: float) -> None:
        """Tell the fraction of this part.

        Raises
        ------
        CanceledError
            If somebody stopped the training.
        """
        self._check()
        if time.monotonic() - self._told_at < TELL_EVERY_S:
            return
        done = self._start + self._share * fraction
        job = jobs.tell_progress(self._store, self._run_id, done, self.message)
        self._told_at = time.monotonic()
        if job.state not in jobs.ACTIVE:
            raise CanceledError("The training was stopped.", fix="Resume it.")


@contextmanager
def _alone(store: Store, tell: _Teller) -> Iterator[None]:
    """Wait until no other training of this store runs; the kernel frees the place of a dead one."""
    folder = shared_folder(store)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "training.lock").open("w", encoding="ascii") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                tell(0.0)
                time.sleep(TELL_EVERY_S)
            else:
                break
        yield


def main(arguments: list[str]) -> int:
    """Train as a process of its own, which ends when the one that started it does."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("alembic", "weasyprint", "fontTools", "mlflow"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
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
