"""Train the brain extractor on synthetic heads, measure it on others, and write what ships."""

import json
import logging
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neuroscope.hashing import file_sha256
from neuroscope.learn.head_cases import CONTRASTS, STEPS, WHOLE, made_heads, read_head
from neuroscope.learn.precision import reduced_precision
from neuroscope.learn.segmentation_augment import drawn_pose, turned
from neuroscope.learn.train_classifier import schedule
from neuroscope.learn.train_segmenter import ahead, dice_of, region_losses
from neuroscope.models.brain_extractor import GRAPH_NAME, SIDECAR_NAME, largest_part
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.volume_export import export_volume_graph
from neuroscope.records.progress import Progress, ignore

log = logging.getLogger(__name__)

VERSION = "0.1.0"
KNOTS = 6  # of a bent gray scale


@dataclass(frozen=True, kw_only=True)
class BrainConfig:
    """All that decides a run; written beside the weights it made."""

    shape: UNetShape = field(
        default_factory=lambda: UNetShape(
            channels=1, regions=1, widths=(8, 16, 32, 48, 64), heads=1, head_width=8
        )
    )
    heads: int = 165
    val_heads: int = 10  # the last of them
    steps: int = 4000
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    threads: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.val_heads < self.heads or self.steps < 1:
            raise ValueError("val_heads must be between 0 and heads, steps at least 1.")


def train_brain(config: BrainConfig, out: Path, progress: Progress = ignore) -> Path:
    """Make heads, train, and write ``brain.onnx`` with its description; give the graph's path."""
    started = time.monotonic()
    torch.set_num_threads(config.threads)
    paths = made_heads(range(config.heads), cache=out / "heads", workers=config.threads)
    train, val = paths[: -config.val_heads], paths[-config.val_heads :]
    torch.manual_seed(config.seed)
    network = UNet(config.shape)
    network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        fused=True,
    )
    network.train()
    for step, (image, brain) in enumerate(_batches(train, config)):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * schedule(step / config.steps, warm_up=0.05)
        with reduced_precision(image):
            logits = network(image.contiguous(memory_format=torch.channels_last_3d))
        terms = region_losses(logits.float(), brain, torch.ones(len(image), 1))
        optimizer.zero_grad(set_to_none=True)
        (terms["entropy"] + terms["overlap"]).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        if step % 50 == 0:
            log.info("step %d of %d: overlap %.4f", step, config.steps, terms["overlap"].item())
            progress(step / config.steps)
    scores = brain_scores(network, val)
    log.info("validation: %s", json.dumps(scores))
    record = {
        "config": asdict(config),
        "seconds": round(time.monotonic() - started, 1),
        "machine": f"{platform.machine()}, {config.threads} threads, torch {torch.__version__}",
        "val": scores,
    }
    return save_brain(network, record, out)


@torch.inference_mode()
def brain_scores(network: UNet, paths: list[Path]) -> dict[str, float]:
    """Give the mean Dice by contrast on stored heads."""
    network.eval()
    found: dict[str, list[float]] = {name: [] for name in CONTRASTS}
    for path in paths:
        head = read_head(path)
        for number, name in enumerate(CONTRASTS):
            image = torch.from_numpy(head.images[number].astype(np.float32) / STEPS)[None, None]
            mask = largest_part(network(image)[0, 0, 0].numpy() > 0)
            found[name].append(dice_of(mask, head.brain) or 0.0)
    return {name: round(float(np.mean(values)), 4) for name, values in found.items()}


def save_brain(network: UNet, record: dict[str, Any], out: Path) -> Path:
    """Write the graph (any sides in sixteens) and its description."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / GRAPH_NAME
    export_volume_graph(network, path)
    digest = file_sha256(path)
    sidecar = {"name": "brain", "version": VERSION, "sha256": digest, "onnx_sha256": digest}
    text = json.dumps({**sidecar, "run": record}, indent=2) + "\n"
    (out / SIDECAR_NAME).write_text(text, encoding="utf-8")
    return path


def varied_head(
    image: NDArray[np.uint8], share: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Vary pose, field of view, gray scale, evenness, sharpness and noise of one head.

    Returns
    -------
    tuple[Tensor, Tensor]
        Picture and share of brain (0..1), both `(1, i, j, k)`.
    """
    levels = np.sort(rng.uniform(0, 1.2, KNOTS))
    levels[0] = 0
    if rng.random() < 0.5:
        levels = np.linspace(0, 1, KNOTS) ** np.exp(rng.normal(0, 0.4))
    table = np.interp(np.arange(256) / STEPS, np.linspace(0, 1.5, KNOTS), levels)
    x = torch.from_numpy(table.astype(np.float32))[torch.from_numpy(image.astype(np.int64))][None]
    y = torch.from_numpy(share.astype(np.float32) / WHOLE)[None]
    no_labels = torch.zeros(share.shape, dtype=torch.uint8)
    pose = drawn_pose(rng, turn_deg=20.0, scale=0.15)
    both, _ = turned(torch.cat([x, y]), no_labels, pose)
    x, y = both[:1], both[1:]
    if rng.random() < 0.5:
        x, y = x.flip(1), y.flip(1)
    if rng.random() < 0.3:
        axis, factor = int(rng.integers(3)), int(rng.integers(2, 4))
        size = [n // factor if a == axis else n for a, n in enumerate(share.shape)]
        coarse = functional.interpolate(x[None], size, mode="area")
        x = functional.interpolate(coarse, share.shape, mode="trilinear")[0]
    field = torch.from_numpy(rng.normal(0, 0.25, (1, 1, 4, 4, 4)).astype(np.float32))
    x = x * torch.exp(functional.interpolate(field, share.shape, mode="trilinear")[0])
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    x = x + float(rng.uniform(0, 0.08)) * torch.randn(x.shape, generator=generator)
    if rng.random() < 0.4:  # a field of view that ends early, above or below
        cut = int(rng.integers(2, 18))
        part = slice(0, cut) if rng.random() < 0.7 else slice(-cut // 2, None)
        x[..., part] = 0
        y[..., part] = 0
    return x.contiguous(), y.contiguous()


class _Heads:
    """Item n is drawn by n and the seed alone."""

    def __init__(self, paths: list[Path], config: BrainConfig) -> None:
        self.paths, self.config = paths, config

    def __len__(self) -> int:
        return self.config.steps

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([self.config.seed, index])
        head = read_head(self.paths[int(rng.integers(len(self.paths)))])
        return varied_head(head.images[int(rng.integers(len(CONTRASTS)))], head.share, rng)


def _batches(paths: list[Path], config: BrainConfig) -> Iterator[Any]:
    return ahead(_Heads(paths, config))
