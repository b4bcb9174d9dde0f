"""Train the segmenter on synthetic studies; a killed run goes on from its last checkpoint."""

import copy
import json
import logging
import platform
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Generator, Tensor
from torch.nn import functional
from torch.optim.swa_utils import get_ema_multi_avg_fn

from neuroscope.learn.precision import reduced_precision
from neuroscope.learn.segmentation_augment import VolumeAugment, augmented_case
from neuroscope.learn.segmentation_cases import (
    TRAINING_KINDS,
    CaseDraw,
    decoded,
    kind_of,
    made_cases,
    read_case,
)
from neuroscope.learn.segmentation_paste import NEIGHBORS, pasted
from neuroscope.learn.train_classifier import CHECKPOINT_NAME, RUN_NAME, schedule
from neuroscope.models.segmenter_weights import load_segmenter_network
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.unet_segmenter import SIDECAR_NAME
from neuroscope.models.weights import load_checkpoint, save_checkpoint
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmenterspec import REGIONS

log = logging.getLogger(__name__)

DONOR = "metastases"  # the kind of which lesions are given to other heads
SMOOTH = 10.0  # voxels: keeps the overlap of an absent region from jumping


@dataclass(frozen=True, kw_only=True)
class SegmenterConfig:
    """All that decides a run; written beside the weights it made."""

    shape: UNetShape = field(default_factory=UNetShape)
    draw: CaseDraw = field(default_factory=lambda: CaseDraw(kinds=dict(TRAINING_KINDS)))
    cases: int = 1000
    val_cases: int = 30
    steps: int = 3000
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    warm_up: float = 0.05
    average_decay: float = 0.995
    clip_norm: float = 5.0
    lesion_weight: float = 0.2  # cross-entropy of the lesions, each the same, beside that of all
    paste_chance: float = 0.3  # that a head gets small lesions of another
    augment: VolumeAugment = field(default_factory=VolumeAugment)
    checkpoint_every: int = 100
    threads: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.cases, self.val_cases, self.steps, self.checkpoint_every, self.threads) < 1:
            raise ValueError("cases, steps, checkpoint_every and threads must be 1 or more.")


@dataclass(slots=True)
class _Run:
    network: UNet
    average: UNet
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


def train_segmenter(
    config: SegmenterConfig,
    out: Path,
    progress: Progress = ignore,
    *,
    data: Path | None = None,
    start: Path | None = None,
) -> Path:
    """Make the studies, train, and write checkpoint and record into `out`.

    Parameters
    ----------
    data
        The development data, for real outlines of tumors; without it all outlines are drawn.
    progress
        Told the fraction done at every checkpoint; may raise to stop (the run can be resumed).
    start
        Folder of released weights of the same shape, to begin with.

    Returns
    -------
    Path
        The folder `out`.
    """
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    numbers = range(config.val_cases + config.cases)
    paths = made_cases(config.draw, numbers, cache=out, data=data, workers=config.threads)
    val, train = paths[: config.val_cases], paths[config.val_cases :]
    run = _resumed(_started(config, start), config, out)
    batches = _batches(train, config, first=run.step)
    sums: dict[str, float] = {}
    while run.step < config.steps:
        begun = time.monotonic()
        for _ in range(min(config.checkpoint_every, config.steps - run.step)):
            images, labels, shares = next(batches)
            for name, value in train_step(run, images, labels, shares, config).items():
                sums[name] = sums.get(name, 0.0) + value / config.checkpoint_every
        run.seconds += time.monotonic() - begun
        scores = validated(run.average, val)
        run.history.append({"step": run.step, "loss": _rounded(sums), "val": scores})
        log.info("step %d of %d: %s", run.step, config.steps, json.dumps(run.history[-1]))
        sums = {}
        _save(run, config, out, shaped=data is not None, start=start)
        progress(run.step / config.steps)
    return out


def train_step(
    run: "_Run", images: Tensor, labels: Tensor, shares: Tensor, config: SegmenterConfig
) -> dict[str, float]:
    """Make one step on studies `(n, 4, i, j, k)`; `shares` `(n, heads)` weigh them per head."""
    run.network.train()
    for group in run.optimizer.param_groups:
        done = run.step / config.steps
        group["lr"] = config.learning_rate * schedule(done, warm_up=config.warm_up)
    with reduced_precision(images):
        logits = run.network(images.contiguous(memory_format=torch.channels_last_3d))
    weights = lesion_weights(labels[0].numpy(), share=config.lesion_weight)
    terms = region_losses(logits.float(), regions_of(labels), shares, weights)
    loss = terms["entropy"] + terms["overlap"]
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), config.clip_norm)
    run.optimizer.step()
    run.step += 1
    _update_average(run, config)
    return {name: value.item() for name, value in terms.items()}


def regions_of(labels: Tensor) -> Tensor:
    """Turn BraTS 2023 labels `(n, i, j, k)` into WT, TC and ET `(n, 3, i, j, k)`."""
    whole, core = labels > 0, (labels == 1) | (labels == 3)
    return torch.stack([whole, core, labels == 3], 1).float()


def lesion_weights(labels: NDArray[np.uint8], *, share: float) -> Tensor:
    """Weigh the voxels of a study `(i, j, k)`: 1, and on lesions more, each lesion alike.

    The overlap of a study hardly changes with a small lesion, and the mean over all voxels less
    still: one that is missed for sure would teach nothing.

    Parameters
    ----------
    share
        What all lesions together weigh beside all voxels together.
    """
    parts, number = ndimage.label(labels > 0, NEIGHBORS)
    parts = ndimage.grey_dilation(parts, footprint=NEIGHBORS)  # what lies around counts as well
    voxels = np.bincount(parts.ravel(), minlength=number + 1)
    more = np.where(voxels > 0, share * parts.size / (max(number, 1) * np.maximum(voxels, 1)), 0)
    more[0] = 0
    return torch.from_numpy((1 + more[parts]).astype(np.float32))


def region_losses(
    logits: Tensor, regions: Tensor, shares: Tensor, weights: Tensor | None = None
) -> dict[str, Tensor]:
    """Give cross-entropy and one minus the soft Dice overlap, both averaged with the shares.

    Parameters
    ----------
    logits
        `(n, heads, 3, i, j, k)`.
    regions
        `(n, 3, i, j, k)`, 0 or 1.
    shares
        `(n, heads)`, mean 1.
    weights
        `(i, j, k)`, of the cross-entropy of each voxel; 1 if not given.
    """
    entropy, overlap = region_terms(logits, regions, weights)
    return {
        "entropy": (entropy.mean(2) * shares).mean(),
        "overlap": (overlap.mean(2) * shares).mean(),
    }


def region_terms(
    logits: Tensor, regions: Tensor, weights: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Give cross-entropy and one minus the soft Dice overlap, `(n, heads, 3)` each."""
    wanted = regions[:, None].expand_as(logits)
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    if weights is not None:
        entropy = entropy * weights
    p, axes = torch.sigmoid(logits), (3, 4, 5)
    both = (p * wanted).sum(axes)
    overlap = 1 - (2 * both + SMOOTH) / (p.sum(axes) + wanted.sum(axes) + SMOOTH)
    return entropy.mean(axes), overlap


def dice_of(found: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float | None:
    """Give the Dice overlap; None where there is nothing to find and nothing was found."""
    total = int(found.sum() + wanted.sum())
    return 2.0 * int((found & wanted).sum()) / total if total else None


@torch.inference_mode()
def validated(network: UNet, paths: list[Path]) -> dict[str, float]:
    """Give the mean Dice of the regions over validation studies that have them."""
    network.eval()
    found: dict[str, list[float]] = {name: [] for name in REGIONS}
    false_ml: list[float] = []
    for path in paths:
        case = read_case(path)
        images = torch.from_numpy(decoded(case.images))[None]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(images.contiguous(memory_format=torch.channels_last_3d))
        p = torch.sigmoid(logits.float()).mean(1)[0]
        regions = regions_of(torch.from_numpy(case.labels)[None])[0]
        for name, one, wanted in zip(REGIONS, p.numpy() > 0.5, regions.numpy() > 0, strict=True):
            score = dice_of(one, wanted)
            if wanted.any() and score is not None:
                found[name].append(score)
        if not case.labels.any():
            false_ml.append(float((p[0] > 0.5).sum()) * 0.008)
    scores = {name: round(float(np.mean(v)), 4) for name, v in found.items() if v}
    return {**scores, "false_ml": round(float(np.mean(false_ml)), 3)} if false_ml else scores


class _Studies:
    """Studies in the order of training: item n is drawn by n and the seed alone."""

    def __init__(self, paths: list[Path], config: SegmenterConfig, first: int) -> None:
        self.paths, self.config, self.first = paths, config, first
        self.donors = [path for path in paths if kind_of(path) == DONOR]

    def __len__(self) -> int:
        return self.config.steps - self.first

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        step = self.first + index
        turn, place = divmod(step, len(self.paths))
        order = np.random.default_rng([self.config.seed, turn]).permutation(len(self.paths))
        number = int(order[place])
        rng = np.random.default_rng([self.config.seed, 1, step])
        case = read_case(self.paths[number])
        if self.donors and rng.random() < self.config.paste_chance:
            case = pasted(case, read_case(self.donors[int(rng.integers(len(self.donors)))]), rng)
        images, labels = augmented_case(case, config=self.config.augment, rng=rng)
        heads = self.config.shape.heads
        shares = np.random.default_rng([self.config.seed, 2, number]).exponential(1.0, heads)
        return images, labels, torch.from_numpy(shares.astype(np.float32))


def _batches(paths: list[Path], config: SegmenterConfig, first: int) -> Iterator[Any]:
    return ahead(_Studies(paths, config, first))


@runtime_checkable
class Drawn(Protocol):
    """Items in the order of training; item n is drawn by n alone."""

    def __len__(self) -> int:
        """Count the items."""
        ...

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """Draw one."""
        ...


def ahead(items: Drawn) -> Iterator[tuple[Tensor, ...]]:
    """Give the items as batches of one, the next drawn in a thread while one is learned from."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(items.__getitem__, 0)
        for index in range(len(items)):
            item = waiting.result()
            if index + 1 < len(items):
                waiting = pool.submit(items.__getitem__, index + 1)
            yield tuple(part[None] for part in item)


def _started(config: SegmenterConfig, start: Path | None = None) -> _Run:
    torch.manual_seed(config.seed)
    network = UNet(config.shape)
    if start is not None:
        network.load_state_dict(load_segmenter_network(start).state_dict())
    network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        fused=True,
    )
    return _Run(network, copy.deepcopy(network), optimizer)


@torch.no_grad()
def _update_average(run: _Run, config: SegmenterConfig) -> None:
    decay = min(config.average_decay, (1 + run.step) / (10 + run.step))
    kept, new = list(run.average.parameters()), list(run.network.parameters())
    get_ema_multi_avg_fn(decay)(kept, new, run.step)  # type: ignore[no-untyped-call]


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def _save(
    run: _Run, config: SegmenterConfig, out: Path, *, shaped: bool, start: Path | None
) -> None:
    parts = {"network": run.network, "average": run.average}
    rng = Generator().manual_seed(config.seed).get_state()
    save_checkpoint(out / CHECKPOINT_NAME, parts=parts, optimizer=run.optimizer, rng=rng)
    record = {
        "config": asdict(config),
        "real_outlines": shaped,
        "started_from": None if start is None else _of_earlier(start),
        "step": run.step,
        "seconds": round(run.seconds, 1),
        "machine": f"{platform.machine()}, {config.threads} threads, torch {torch.__version__}",
        "history": run.history,
    }
    (out / RUN_NAME).write_text(json.dumps(record, indent=2) + "\n")


def _of_earlier(start: Path) -> dict[str, Any]:
    stored = json.loads((start / SIDECAR_NAME).read_text(encoding="utf-8"))
    return {"sha256": stored["sha256"], **stored["run"]}


def _resumed(run: _Run, config: SegmenterConfig, out: Path) -> _Run:
    """Go on where an earlier run with the same configuration stopped; else start anew."""
    if not ((out / RUN_NAME).is_file() and (out / CHECKPOINT_NAME).is_file()):
        return run
    record = json.loads((out / RUN_NAME).read_text())
    if record["config"] != json.loads(json.dumps(asdict(config))):
        return run
    parts = {"network": run.network, "average": run.average}
    load_checkpoint(out / CHECKPOINT_NAME, parts=parts, optimizer=run.optimizer)
    run.step, run.seconds, run.history = record["step"], record["seconds"], record["history"]
    return run
