"""Train the evidence network, or a baseline by the same recipe, from the two slice sets.

A run is decided by its `TrainConfig`, the split file and the seed; all three are written beside the
weights. A run that was killed goes on from its last finished epoch.
"""

import copy
import json
import logging
import math
import platform
import time
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from neuroscope.errors import ModelError
from neuroscope.learn.augment import AugmentConfig, Batch, augmented
from neuroscope.learn.dataset import SliceSet, load_slices, manifest_sha256
from neuroscope.learn.finish import write_release
from neuroscope.learn.leaks import NONE, Leaks, find_leaks
from neuroscope.learn.losses import LossWeights, evidence_losses
from neuroscope.learn.phantom_slices import PHANTOM, PhantomConfig, joined, phantom_slices
from neuroscope.learn.predict import predict
from neuroscope.learn.scores import quick_scores
from neuroscope.learn.teacher import outlined, start_from
from neuroscope.learn.transplant import TransplantConfig, transplanted
from neuroscope.models.baselines import MeanPooledNetwork, build_baseline
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape, Places
from neuroscope.models.weights import load_checkpoint, read_sidecar, save_checkpoint
from neuroscope.records.progress import Progress, ignore

log = logging.getLogger(__name__)

Architecture = Literal["evidence", "resnet18", "efficientnet_b0", "resnet50"]
Network = EvidenceNetwork | MeanPooledNetwork

STORED_PER_INPUT = 1.2  # training slices are kept this much larger than the input they become
STORED_STEP = 32
RUN_NAME = "run.json"
CHECKPOINT_NAME = "checkpoint.safetensors"


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides a run; written beside the weights it made."""

    architecture: Architecture = "evidence"
    shape: EvidenceShape = field(default_factory=EvidenceShape)
    epochs: int = 28
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.03
    warm_up: float = 0.15  # of the run, then a cosine to zero
    average_decay: float = 0.998  # of the running mean of the weights, which is what is kept
    clip_norm: float = 5.0
    losses: LossWeights = field(default_factory=LossWeights)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    transplant: TransplantConfig = field(default_factory=TransplantConfig)
    phantoms: PhantomConfig = field(default_factory=PhantomConfig)
    phantom_weight: float = 0.5  # of a phantom slice, beside that of a real one
    outlined_weight: float = 1.5  # of a tumor that an expert outlined, beside others
    balance: bool = True  # sets and classes are drawn by the inverse root of their size
    without_copies: bool = True  # no slice is trained on that looks like a test slice (`leaks.py`)
    teacher_sha256: str = ""  # earlier weights: where the run started, and who outlined the rest
    threads: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch_size, self.threads) < 1:
            raise ValueError("epochs, batch_size and threads must be 1 or more.")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; it must be positive.")


@dataclass(slots=True)
class _Run:
    """What changes while a run lasts, and must survive a kill."""

    network: Network
    average: Network
    optimizer: torch.optim.Optimizer
    rng: Generator
    epoch: int = 0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


def train_classifier(
    config: TrainConfig,
    data: Path,
    out: Path,
    progress: Progress = ignore,
    *,
    teacher: Path | None = None,
) -> Path:
    """Train on the train split, watch the val split, write weights and the record of the run.

    Parameters
    ----------
    config
        Architecture, schedule and seed.
    data
        Folder with the split file and both slice sets.
    out
        Receives `run.json`, the checkpoint and, for the evidence network, the release files.
    progress
        Told the fraction done after every epoch; may raise to stop (the run can be resumed).
    teacher
        Folder of earlier weights of an evidence network: the run starts from them, and they outline
        tumors that no expert outlined. A baseline takes the outlines' place in the mix only.

    Returns
    -------
    Path
        The folder `out`.
    """
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    size = config.shape.input_size
    if teacher is not None:
        config = replace(config, teacher_sha256=read_sidecar(teacher)["sha256"])
    leaks = find_leaks(data, threads=config.threads, keep=out) if config.without_copies else NONE
    log.info("left out: %d training, %d validation slices", len(leaks.train), len(leaks.val))
    mix = training_mix(config, data, out, teacher, leave_out=leaks.train)
    val = load_slices(data, splits=["val"], size=size, leave_out=leaks.val)
    run = _resumed(_started(config, teacher), config, out)
    while run.epoch < config.epochs:
        begun = time.monotonic()
        means = _epoch(run, mix, config)
        run.epoch += 1
        run.seconds += time.monotonic() - begun
        scores = quick_scores(predict(run.average, val), val)
        run.history.append({"epoch": run.epoch, "loss": means, "val": scores})
        log.info("epoch %d of %d: %s", run.epoch, config.epochs, json.dumps(scores))
        _save(run, config, data, out, leaks)
        progress(run.epoch / config.epochs)
    if isinstance(run.average, EvidenceNetwork):
        seen = load_slices(data, splits=["train"], size=size, leave_out=leaks.train)
        write_release(run.average, seen, val, out)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """What is trained on: the slices, the trust in each mask, and how often each is drawn."""

    slices: SliceSet
    trust: NDArray[np.float32]
    weight: Tensor


def training_mix(
    config: TrainConfig,
    data: Path,
    cache: Path,
    teacher: Path | None = None,
    *,
    leave_out: Collection[str] = (),
) -> Mix:
    """Load the train split, add phantoms and the teacher's outlines, and weigh the slices."""
    stored = _stored_size(config.shape.input_size)
    slices = load_slices(data, splits=["train"], size=stored, leave_out=leave_out)
    trust = slices.has_mask.astype(np.float32)
    drawn = slices.has_mask & (slices.labels != NO_TUMOR)
    if teacher is not None:
        slices, trust = outlined(slices, teacher)
    if config.phantoms.cases:
        made = phantom_slices(config.phantoms, size=stored, cache=cache, workers=config.threads)
        slices = joined(slices, made)
        trust = np.concatenate([trust, np.ones(len(made), np.float32)])
        drawn = np.concatenate([drawn, np.zeros(len(made), bool)])
    weight = sampling_weights(slices) if config.balance else torch.ones(len(slices)).double()
    weight[torch.from_numpy(drawn)] *= config.outlined_weight
    weight[torch.from_numpy(slices.sources == PHANTOM)] *= config.phantom_weight
    return Mix(slices, trust, weight)


def build_network(config: TrainConfig) -> Network:
    """Build the untrained network of a configuration; the same seed gives the same weights."""
    torch.manual_seed(config.seed)
    if config.architecture == "evidence":
        return EvidenceNetwork(config.shape)
    return build_baseline(config.architecture)


def train_step(
    network: Network, optimizer: torch.optim.Optimizer, batch: Batch, config: TrainConfig
) -> dict[str, float]:
    """Make one step in place; give the terms of the loss."""
    terms = _loss_terms(network, batch, config)
    optimizer.zero_grad(set_to_none=True)
    torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
    optimizer.step()
    return {name: term.item() for name, term in terms.items()}


def build_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """Build AdamW; norms and biases do not decay."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def batch_of(slices: SliceSet, rows: Tensor, trust: NDArray[np.float32] | None = None) -> Batch:
    """Gather rows as float tensors; without ``trust`` every known mask counts fully."""
    chosen = rows.numpy()
    known = slices.has_mask if trust is None else trust
    return Batch(
        image=torch.from_numpy(slices.images[chosen])[:, None].float() / 255,
        head=torch.from_numpy(slices.heads[chosen])[:, None].float(),
        mask=torch.from_numpy(slices.masks[chosen])[:, None].float() / 255,
        has_mask=torch.from_numpy(known[chosen]).float(),
        label=torch.from_numpy(slices.labels[chosen]),
    )


def varied(batch: Batch, config: TrainConfig, rng: Generator) -> Batch:
    """Move tumors between slices, then vary geometry and gray values."""
    moved = transplanted(batch, config=config.transplant, rng=rng)
    return augmented(moved, size=config.shape.input_size, config=config.augment, rng=rng)


def sampling_weights(slices: SliceSet) -> Tensor:
    """Weigh slices by the inverse square root of the size of their (set, class) group."""
    group = np.char.add(slices.sources, slices.labels.astype(str))
    _, inverse, counts = np.unique(group, return_inverse=True, return_counts=True)
    return torch.from_numpy(counts[inverse] ** -0.5)


def _loss_terms(network: Network, batch: Batch, config: TrainConfig) -> dict[str, Tensor]:
    image = batch.image.contiguous(memory_format=torch.channels_last)
    if isinstance(network, EvidenceNetwork):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            places = network.places(image)
        places = Places(*(value.float() for value in places))
        return evidence_losses(places, batch, config.losses, network.shape.pooling)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features = network.features(image)
    logits = network.answered(features.float()).logits
    smoothing = config.losses.label_smoothing
    return {"answer": nn.functional.cross_entropy(logits, batch.label, label_smoothing=smoothing)}


def _epoch(run: _Run, mix: Mix, config: TrainConfig) -> dict[str, float]:
    run.network.train()
    sums: dict[str, float] = {}
    steps = _steps_per_epoch(len(mix.slices), config)
    for number, rows in enumerate(_rows(mix, config, run.rng)):
        done = (run.epoch * steps + number) / (config.epochs * steps)
        for group in run.optimizer.param_groups:
            group["lr"] = config.learning_rate * schedule(done, warm_up=config.warm_up)
        batch = varied(batch_of(mix.slices, rows, mix.trust), config, run.rng)
        terms = train_step(run.network, run.optimizer, batch, config)
        _update_average(run, run.epoch * steps + number, config)
        for name, value in terms.items():
            sums[name] = sums.get(name, 0.0) + value / steps
    return {name: round(value, 4) for name, value in sums.items()}


def _rows(mix: Mix, config: TrainConfig, rng: Generator) -> Iterator[Tensor]:
    for _ in range(_steps_per_epoch(len(mix.slices), config)):
        yield torch.multinomial(mix.weight, config.batch_size, generator=rng)


def _steps_per_epoch(n: int, config: TrainConfig) -> int:
    return max(1, n // config.batch_size)


def schedule(done: float, *, warm_up: float) -> float:
    """Give the learning rate as a share of its peak: a cosine up, then a cosine to zero."""
    if done < warm_up:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * done / warm_up))
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


@torch.no_grad()
def _update_average(run: _Run, step: int, config: TrainConfig) -> None:
    decay = min(config.average_decay, (1 + step) / (10 + step))
    for kept, new in zip(
        chain(run.average.parameters(), run.average.buffers()),
        chain(run.network.parameters(), run.network.buffers()),
        strict=True,
    ):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - decay)


def _stored_size(size: int) -> int:
    return math.ceil(size * STORED_PER_INPUT / STORED_STEP) * STORED_STEP


def _started(config: TrainConfig, teacher: Path | None) -> _Run:
    network = build_network(config)
    if teacher is not None and isinstance(network, EvidenceNetwork):
        start_from(network, teacher)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return _Run(
        network=network,
        average=copy.deepcopy(network).eval(),
        optimizer=build_optimizer(network, config),
        rng=Generator().manual_seed(config.seed),
    )


def _save(run: _Run, config: TrainConfig, data: Path, out: Path, leaks: Leaks) -> None:
    save_checkpoint(
        out / CHECKPOINT_NAME,
        parts={"network": run.network, "average": run.average},
        optimizer=run.optimizer,
        rng=run.rng.get_state(),
    )
    record = {
        "config": asdict(config),
        "manifest_sha256": manifest_sha256(data),
        "left_out": {"train": len(leaks.train), "val": len(leaks.val)},
        "epoch": run.epoch,
        "seconds": round(run.seconds, 1),
        "machine": f"{platform.machine()}, {config.threads} threads, torch {torch.__version__}",
        "history": run.history,
    }
    (out / RUN_NAME).write_text(json.dumps(record, indent=2) + "\n")


def _resumed(run: _Run, config: TrainConfig, out: Path) -> _Run:
    """Go on where an earlier run with the same configuration stopped; else start anew."""
    if not ((out / RUN_NAME).is_file() and (out / CHECKPOINT_NAME).is_file()):
        return run
    record = json.loads((out / RUN_NAME).read_text())
    usual = asdict(TrainConfig())  # a run of before an option was there ran as is usual
    if {**json.loads(json.dumps(usual)), **record["config"]} != json.loads(
        json.dumps(asdict(config))
    ):
        return run
    rng = load_checkpoint(
        out / CHECKPOINT_NAME,
        parts={"network": run.network, "average": run.average},
        optimizer=run.optimizer,
    )
    run.rng.set_state(rng)
    run.epoch, run.seconds = record["epoch"], record["seconds"]
    run.history = record["history"]
    return run


def load_run(folder: Path) -> tuple[Network, dict[str, Any]]:
    """Rebuild the averaged network of a run, and give the record of the run.

    Raises
    ------
    ModelError
        If the folder holds no finished epoch of a run.
    """
    if not ((folder / RUN_NAME).is_file() and (folder / CHECKPOINT_NAME).is_file()):
        raise ModelError(
            f"There is no training run in {folder.name}.",
            fix="Train first: neuroscope train classifier.",
        )
    record: dict[str, Any] = json.loads((folder / RUN_NAME).read_text())
    config = TrainConfig(
        architecture=record["config"]["architecture"],
        shape=EvidenceShape.from_dict(record["config"]["shape"]),
    )
    network = build_network(config)
    load_checkpoint(folder / CHECKPOINT_NAME, parts={"average": network})
    return network.eval(), record
