"""Retrain a network from annotations: look where readers looked, and forget nothing.

Lowers the loss of the reasons on annotated slices while the cross-entropy of every class on
replayed slices may rise by no more than epsilon. What is returned is the best weights met on the
way that keep this promise, judged on slices that were held out; if none does, the network as it
was, and "infeasible". Weights that keep it without being a stationary point of the problem are
called "feasible, not stationary": they are good, their multipliers say nothing.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.cases import Annotated, Cases, check_fits, manifest_sha256
from neuroscope.learn.reasons.lagrangian import Optimality
from neuroscope.learn.reasons.objective import multipliers_at
from neuroscope.learn.reasons.run import SHOWN, Look, RetrainConfig, Run
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.progress import Progress, ignore

CHECKPOINT_NAME = "retrain.safetensors"
STEPPED = 0.9  # of the progress: the steps; then polishing
PREVIEW_STEPS = 5
PREVIEW_REPLAY = 4  # slices of each class

Status = Literal["feasible", "feasible, not stationary", "infeasible"]
Watch = Callable[[Look, NDArray[np.float32]], bool]
"""Told of the first look, before any step, and after every other, with the maps of the first
annotated slices; False ends the run there."""
Preview = Callable[[NDArray[np.float32]], None]
"""Given the first new maps within seconds, shape ``(slices, h, w)``, before the run proper."""


@dataclass(frozen=True, slots=True, eq=False)
class Retrained:
    """A network that learned from annotations, and how it came about."""

    network: EvidenceNetwork
    status: Status
    step: int  # after which the weights were kept; 0 is the network as it was
    classes: tuple[str, ...]  # of the constraints
    history: tuple[Look, ...]
    multipliers: tuple[float, ...]
    kkt: Optimality
    manifest_sha256: str  # of everything that decided the run
    weights_sha256: str  # of the weights that it gave
    seconds: float


def retrain(
    network: EvidenceNetwork,
    annotated: Annotated,
    replay: Cases,
    config: RetrainConfig | None = None,
    progress: Progress = ignore,
    *,
    watch: Watch | None = None,
    preview: Preview | None = None,
    keep: Path | None = None,
) -> Retrained:
    """Retrain a copy of a network.

    Parameters
    ----------
    network
        Stays as it is.
    annotated
        Slices with marks; those of weight 0 are dropped and change nothing. Without any, only
        classification is trained. They count in no cross-entropy: to have them there, replay them.
    replay
        Slices of every class the network shall go on to know, at least as many as are annotated.
    progress
        Told the fraction done; may raise to stop, after which `keep` lets the run go on.
    keep
        Folder for the state of the run and the features of its slices; a run with the same weights,
        slices, marks and settings goes on where the one that wrote it stopped.

    Raises
    ------
    BadInputError
        If the slices do not fit the network or each other.
    """
    begun = time.monotonic()
    config = config or RetrainConfig()
    annotated = annotated.marked()
    check_fits(network, annotated, replay)
    _check_marks(annotated, config)
    if preview is not None and len(annotated):
        preview(first_maps(network, annotated, replay, config))
    manifest = manifest_sha256(network, annotated, replay, asdict(config))
    run = Run.begin(network, annotated, replay, config, keep)
    path = keep / CHECKPOINT_NAME if keep else None
    if path is not None:
        run.resume(path, manifest)
    # Where it starts is told before the first step; a run that goes on told it before.
    was_ended = run.done == 0 and watch is not None and not watch(run.history[0], run.maps())
    for step in run.steps() if not was_ended else ():
        progress(min(STEPPED, STEPPED * (step.number + 1) / config.steps))
        last = step.number + 1 >= config.steps
        if last or (step.number + 1) % config.look_every == 0:
            look = run.look()
            if path is not None:
                run.save(path, manifest)
            was_ended = watch is not None and not watch(look, run.maps())
            if last or was_ended:
                break
    if not was_ended:
        polished = run.polished(lambda done: progress(STEPPED + (0.99 - STEPPED) * done))
        if polished is not None and watch is not None:
            watch(polished, run.maps())
    found = _finished(run, manifest, time.monotonic() - begun)
    progress(1.0)
    return found


def first_maps(
    network: EvidenceNetwork, annotated: Annotated, replay: Cases, config: RetrainConfig
) -> NDArray[np.float32]:
    """Take a few steps on a few slices, and give the maps of those; the run itself starts anew."""
    few = annotated.select(np.arange(min(SHOWN, len(annotated))))
    rows = [np.flatnonzero(replay.labels == c)[:PREVIEW_REPLAY] for c in np.unique(replay.labels)]
    quick = replace(config, held_out=0.0)
    run = Run.begin(network, few, replay.select(np.concatenate(rows)), quick, None)
    for step in run.steps():
        if step.number + 1 >= PREVIEW_STEPS:
            break
    return run.maps()


def weights_sha256(network: EvidenceNetwork) -> str:
    """Hash the weights of a network as they are in memory."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _finished(run: Run, manifest: str, seconds: float) -> Retrained:
    """Return to the best feasible weights, and measure how far from optimal they are."""
    run.return_to_best()
    marked = run.annotated.fit if run.annotated else None
    multipliers, kkt = multipliers_at(run.network, run.objective, run.replay.fit, marked)
    was_feasible = any(look.feasible for look in run.history[1:])
    return Retrained(
        network=run.network.requires_grad_(True),
        status=_status(kkt) if was_feasible else "infeasible",
        step=run.best_step if was_feasible else 0,
        classes=tuple(CLASS_NAMES[c] for c in run.objective.classes),
        history=tuple(run.history),
        multipliers=tuple(multipliers.tolist()),
        kkt=kkt,
        manifest_sha256=manifest,
        weights_sha256=weights_sha256(run.network),
        seconds=seconds,
    )


def _status(kkt: Optimality) -> Status:
    return "feasible" if kkt.holds else "feasible, not stationary"


def _check_marks(annotated: Annotated, config: RetrainConfig) -> None:
    reads_ignore_only = config.loss in ("rrr_input", "rrr_cam")
    if len(annotated) and reads_ignore_only and not bool(annotated.masks.not_evidence.any()):
        raise BadInputError(
            f"The loss {config.loss} reads marks of 'ignore this' only, and there are none.",
            fix="Mark what the model shall ignore, or use the loss energy.",
        )
