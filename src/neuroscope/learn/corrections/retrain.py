"""Teach the segmenter from masks that readers edited, and let it forget nothing.

Lowers the loss of the regions on edited studies while, on replayed synthetic studies, the loss of
no region may rise by more than epsilon. What is returned is the best weights met on the way that
keep this promise, judged on studies that were held out; if none does, the segmenter as it was, and
"infeasible".
"""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from neuroscope.errors import BadInputError
from neuroscope.learn.corrections.cases import Parts, manifest_sha256
from neuroscope.learn.corrections.run import (
    CorrectionConfig,
    CorrectionLook,
    CorrectionRun,
    Studies,
)
from neuroscope.learn.corrections.tiers import Shelf, opened
from neuroscope.learn.segmentation_cases import StoredCase
from neuroscope.models.unet import UNet
from neuroscope.records.progress import Progress, ignore

FEWEST_REPLAYED = 4  # studies; a quarter of them is held out

Watch = Callable[[CorrectionLook], None]
"""Told after every look at everything."""


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """A segmenter that learned from edited masks, and how it came about."""

    network: UNet
    status: Literal["feasible", "infeasible"]
    step: int  # after which the weights were kept; 0 is the segmenter as it was
    history: tuple[CorrectionLook, ...]
    multipliers: tuple[float, ...]
    manifest_sha256: str  # of everything that decided the run
    weights_sha256: str  # of the weights that it gave, in single precision
    seconds: float


def correct(
    network: UNet,
    parts: Parts,
    replay: Sequence[StoredCase],
    config: CorrectionConfig | None = None,
    progress: Progress = ignore,
    *,
    learn_edits: bool = True,
    watch: Watch | None = None,
    keep: Path | None = None,
) -> Corrected:
    """Retrain a copy of a segmenter.

    Parameters
    ----------
    network
        Stays as it is.
    parts
        Edited studies; what is locked in them is not looked at.
    replay
        Studies whose truth is known, at least four.
    learn_edits
        False gives the control: the same steps on replay alone.
    keep
        File for the state of the run; a run with the same weights, studies and settings goes on
        where the one that wrote it stopped.

    Raises
    ------
    BadInputError
        If there is no edited study to learn from, or too little replay.
    """
    begun = time.monotonic()
    config = config or CorrectionConfig()
    _check(parts, replay)
    manifest = _manifest(network, parts, replay, config, learn_edits=learn_edits)
    copy = opened(network, config.tier)
    with closing(Shelf(copy, config.tier)) as shelf:
        studies = Studies.of(parts, replay, learn_edits=learn_edits)
        run = CorrectionRun.begin(copy, studies, config, shelf)
        if keep is not None:
            run.resume(keep, manifest)
        if watch is not None and run.done == 0:
            watch(run.history[0])
        for step in run.steps():
            progress(min(0.98, (step.number + 1) / config.steps))
            last = step.number + 1 >= config.steps
            if last or (step.number + 1) % config.look_every == 0:
                look = run.look()
                if keep is not None:
                    run.save(keep, manifest)
                if watch is not None:
                    watch(look)
                if last:
                    break
    run.return_to_best()
    was_feasible = any(look.feasible for look in run.history[1:])
    progress(1.0)
    return Corrected(
        network=copy.requires_grad_(True),
        status="feasible" if was_feasible else "infeasible",
        step=run.best_step if was_feasible else 0,
        history=tuple(run.history),
        multipliers=tuple(run.state.multipliers.tolist()),
        manifest_sha256=manifest,
        weights_sha256=weights_sha256(copy),
        seconds=time.monotonic() - begun,
    )


def weights_sha256(network: UNet) -> str:
    """Hash the weights of a segmenter as they are in memory."""
    digest = hashlib.sha256(json.dumps(network.shape.as_dict(), sort_keys=True).encode())
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _check(parts: Parts, replay: Sequence[StoredCase]) -> None:
    if not parts.fit:
        raise BadInputError(
            f"None of the edited studies may be trained on; {len(parts.locked)} are locked.",
            fix="Edit the masks of more patients: a third of them is kept to prove the result.",
        )
    if len(replay) < FEWEST_REPLAYED:
        raise BadInputError(
            f"{len(replay)} studies are replayed.", fix=f"Replay at least {FEWEST_REPLAYED}."
        )


def _manifest(
    network: UNet,
    parts: Parts,
    replay: Sequence[StoredCase],
    config: CorrectionConfig,
    *,
    learn_edits: bool,
) -> str:
    settings = {
        **asdict(config),
        "learn_edits": learn_edits,
        "weights": weights_sha256(network),
        "fit": len(parts.fit),
    }
    return manifest_sha256((*parts.fit, *parts.judge), replay, json.dumps(settings))
