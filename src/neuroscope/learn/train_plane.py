"""Train the plane network on slices whose plane somebody named, and on synthetic heads.

A synthetic head knows its plane; the published sets of slices do not, so a table names the plane of
some of them as seen by eye (`benchmarks/plane_labels.csv`). Pictures come turned and mirrored from
files out there, so a part is shown in all eight ways.
"""

import csv
import logging
import math
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional

from neuroscope.errors import BadInputError
from neuroscope.hashing import file_sha256
from neuroscope.learn.augment import AugmentConfig, Batch, augmented
from neuroscope.learn.dataset import SliceSet, read_gray
from neuroscope.learn.phantom_slices import PhantomConfig, phantom_slices
from neuroscope.learn.train_classifier import schedule
from neuroscope.models.plane import PLANES
from neuroscope.models.plane_weights import save_plane
from neuroscope.models.pose import shrunk
from neuroscope.models.pose_weights import PoseNet
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.progress import Progress, ignore

log = logging.getLogger(__name__)

UInt8 = NDArray[np.uint8]
PHANTOM_SIZE = 192  # as the classifier stores them, so that both read one cache
COLUMNS = {"set", "file", "split", "plane"}


@dataclass(frozen=True, kw_only=True)
class PlaneConfig:
    """All that decides a run; written beside the weights it made."""

    size: int = 40
    stored: int = 48  # side of the pictures that are varied
    steps: int = 1200
    real_each: int = 72  # pictures in a step, as many of every plane
    phantoms_each: int = 36
    turned_share: float = 0.3  # shown mirrored or by a right angle
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    warm_up: float = 0.05
    smoothing: float = 0.02  # of the labels: some are wrong
    phantoms: PhantomConfig = field(default_factory=lambda: PhantomConfig(cases=240))
    augment: AugmentConfig = field(
        default_factory=lambda: AugmentConfig(
            rotation_deg=22.0, jpeg_chance=0.15, cutout_chance=0.15, strip_chance=0.2
        )
    )
    wrong: float = 0.005  # share of the validation slices that may be given a wrong plane
    least_sure: float = 0.8
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.wrong < 1 or not 0 <= self.turned_share <= 1:
            raise ValueError("wrong and turned_share are shares of 1.")
        if self.real_each % len(PLANES) or self.phantoms_each % len(PLANES):
            raise ValueError("real_each and phantoms_each must be multiples of 3.")


@dataclass(frozen=True, slots=True, eq=False)
class PlaneSlices:
    """Prepared slices of known plane; row n of every array is slice n."""

    images: UInt8  # (n, side, side)
    heads: NDArray[np.bool_]  # (n, side, side)
    planes: NDArray[np.int64]  # (n,), index into PLANES

    def __len__(self) -> int:
        return len(self.planes)


def train_plane(
    config: PlaneConfig, data: Path, labels: Path, out: Path, progress: Progress = ignore
) -> Path:
    """Train, choose on validation slices when a plane is sure, and write the release files.

    Parameters
    ----------
    labels
        Table of slices of the development data and their planes (`read_labels`).

    Returns
    -------
    Path
        The graph, ``plane.onnx``; ``plane.json`` lies beside it.
    """
    started = time.monotonic()
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    real = read_labels(labels, data, split="train", size=config.stored)
    val = read_labels(labels, data, split="val", size=config.size)
    made = phantom_slices(config.phantoms, size=PHANTOM_SIZE, cache=out)
    drawn = of_phantoms(made, size=config.stored)
    log.info("%d real and %d synthetic slices", len(real), len(drawn))
    torch.manual_seed(config.seed)
    network = PoseNet(config.size, answers=len(PLANES))
    for number, loss in enumerate(trained(network, real, drawn, config), start=1):
        progress(number / config.steps)
        if number % 500 == 0:
            log.info("step %d: loss %.4f", number, loss)
    sure = chosen_sure(p_plane(network, val.images), val.planes, config)
    record = {
        "config": asdict(config),
        "labels_sha256": file_sha256(labels),
        "labeled": {"train": len(real), "val": len(val)},
        "seconds": round(time.monotonic() - started, 1),
        "machine": f"{platform.machine()}, {config.threads} threads, torch {torch.__version__}",
    }
    return save_plane(network, sure, record, out)


def trained(
    network: nn.Module, real: PlaneSlices, drawn: PlaneSlices, config: PlaneConfig
) -> Iterator[float]:
    """Train in place; yield the loss after every step."""
    rng = Generator().manual_seed(config.seed)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    network.train()
    for step in range(config.steps):
        for group in optimizer.param_groups:
            done = step / config.steps
            group["lr"] = config.learning_rate * schedule(done, warm_up=config.warm_up)
        images, planes = drawn_batch(real, drawn, config, rng)
        loss = functional.cross_entropy(network(images), planes, label_smoothing=config.smoothing)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        yield loss.item()
    network.eval()


def drawn_batch(
    real: PlaneSlices, drawn: PlaneSlices, config: PlaneConfig, rng: Generator
) -> tuple[Tensor, Tensor]:
    """Draw as many slices of every plane, vary and turn them.

    Returns
    -------
    tuple[Tensor, Tensor]
        Images ``(n, 1, size, size)`` and planes ``(n,)``.
    """
    images, heads, planes = [], [], []
    for pool, number in ((real, config.real_each), (drawn, config.phantoms_each)):
        for plane in range(len(PLANES)):
            own = np.flatnonzero(pool.planes == plane)
            chosen = torch.randint(len(own), (number // len(PLANES),), generator=rng).numpy()
            images.append(pool.images[own[chosen]])
            heads.append(pool.heads[own[chosen]])
            planes.append(pool.planes[own[chosen]])
    image = torch.from_numpy(np.concatenate(images))[:, None].float() / 255
    head = torch.from_numpy(np.concatenate(heads))[:, None].float()
    nothing = torch.zeros(len(image))
    batch = Batch(image, head, torch.zeros_like(head), nothing, nothing.long())
    varied = augmented(batch, size=config.size, config=config.augment, rng=rng).image
    return _turned(varied, config, rng), torch.from_numpy(np.concatenate(planes))


@torch.inference_mode()
def p_plane(network: nn.Module, images: UInt8) -> NDArray[np.float32]:
    """Give the probabilities ``(n, 3)`` of prepared pictures of the network's own size."""
    network.eval()
    parts = [
        network(torch.from_numpy(images[n : n + 256].astype(np.float32) / 255)[:, None]).softmax(1)
        for n in range(0, len(images), 256)
    ]
    return np.asarray(torch.cat(parts).numpy())


def chosen_sure(p: NDArray[np.float32], planes: NDArray[np.int64], config: PlaneConfig) -> float:
    """Choose the least probability from which on few validation slices get a wrong plane."""
    wrong = np.sort(p.max(1)[p.argmax(1) != planes])[::-1]
    allowed = int(config.wrong * len(planes))
    limit = float(wrong[allowed]) if len(wrong) > allowed else 0.0
    above = math.floor(1000 * round(limit, 6) + 1) / 1000
    return max(config.least_sure, above)


def read_labels(path: Path, data: Path, *, split: str, size: int) -> PlaneSlices:
    """Prepare the slices of one split that the table names.

    Parameters
    ----------
    path
        CSV file with the columns set, file, split and plane.

    Raises
    ------
    BadInputError
        If a column is missing, a plane is unknown, or no slice of one plane is named.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row.get("split") == split]
    if not rows or not rows[0].keys() >= COLUMNS:
        raise BadInputError(
            f"'{path.name}' names no slice of the split {split!r}.",
            fix="Give a table with the columns set, file, split and plane.",
        )
    unknown = sorted({row["plane"] for row in rows} ^ set(PLANES))
    if unknown:
        raise BadInputError(
            f"'{path.name}' names {unknown[0]!r} in no or a wrong way for {split!r}.",
            fix=f"Name slices of each of {', '.join(PLANES)}, and of nothing else.",
        )
    ready = [prepare_slice(read_gray(data / row["set"] / row["file"]), size=size) for row in rows]
    return PlaneSlices(
        np.stack([np.round(one.image * 255).astype(np.uint8) for one in ready]),
        np.stack([one.head for one in ready]),
        np.array([PLANES.index(row["plane"]) for row in rows], np.int64),
    )


def of_phantoms(made: SliceSet, *, size: int) -> PlaneSlices:
    """Read the planes of synthetic slices from their names."""
    planes = [str(file).split("-")[-2] for file in made.files]
    return PlaneSlices(
        np.round(shrunk(made.images, size)).astype(np.uint8),
        shrunk(made.heads, size) > 0.5,
        np.array([PLANES.index(plane) for plane in planes], np.int64),
    )


def _turned(images: Tensor, config: PlaneConfig, rng: Generator) -> Tensor:
    """Show some pictures mirrored or by a right angle, each of the eight ways as often."""
    ways = torch.randint(8, (len(images),), generator=rng)
    ways[torch.rand(len(images), generator=rng) >= config.turned_share] = 0
    found = images.clone()
    for way in range(1, 8):
        rows = ways == way
        turned = torch.rot90(images[rows], way % 4, (2, 3))
        found[rows] = turned.flip(3) if way >= 4 else turned
    return found
