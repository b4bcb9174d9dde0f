"""Train the pose network to see how a head lies, inverted gray values, and what is no head.

Every answer but the last two is made from upright slices, which are turned as the answer says.
Inverted pictures are made from the original files, because cutting out the head from a picture
with a bright background leaves another frame. What is no head is drawn (`other_pictures.py`).
"""

import logging
import platform
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional

from neuroscope.learn.augment import AugmentConfig, Batch, augmented
from neuroscope.learn.dataset import SliceSet, load_slices, manifest_sha256, read_gray
from neuroscope.learn.other_pictures import KINDS, melted, other_picture, shuffled
from neuroscope.learn.phantom_slices import PhantomConfig, phantom_slices
from neuroscope.learn.train_classifier import schedule
from neuroscope.models.pose import POSES, Pose, named, shrunk
from neuroscope.models.pose_weights import PoseNet, save_pose
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.progress import Progress, ignore

log = logging.getLogger(__name__)

UInt8 = NDArray[np.uint8]
PHANTOM_SIZE = 192  # as the classifier stores them, so that both read one cache
TURNS: dict[Pose, int] = {"upright": 0, "turned left": 1, "upside down": 2, "turned right": 3}


@dataclass(frozen=True, kw_only=True)
class PoseConfig:
    """All that decides a run; written beside the weights it made."""

    size: int = 40
    stored: int = 48  # side of the pictures that are varied
    steps: int = 4000
    # Pictures in a step: every upright one is shown in all four turns.
    upright_each: int = 40
    inverted_each: int = 16
    no_head_each: int = 24
    upright_weight: float = 2.0  # in the loss: a false alarm is worse than a miss
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    warm_up: float = 0.05
    inverted: int = 2400  # original pictures that are inverted
    drawn: int = 300  # pictures of every kind of no head
    phantoms: PhantomConfig = field(default_factory=PhantomConfig)
    phantom_share: float = 0.2  # of the upright pictures of a step
    augment: AugmentConfig = field(
        default_factory=lambda: AugmentConfig(
            rotation_deg=22.0, strip_chance=0.0, jpeg_chance=0.15, cutout_chance=0.1
        )
    )
    false_alarms: float = 0.005  # share of upright validation slices, for every caution
    least_p: float = 0.5  # no caution where it is less probable than this
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.false_alarms < 1 or not 0 <= self.phantom_share <= 1:
            raise ValueError("false_alarms and phantom_share are shares of 1.")


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Prepared pictures of one kind, `(n, side, side)` each."""

    images: UInt8
    heads: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True, eq=False)
class PosePool:
    """What batches are drawn from."""

    upright: Pictures
    phantoms: Pictures
    inverted: Pictures
    no_head: Pictures


def train_pose(config: PoseConfig, data: Path, out: Path, progress: Progress = ignore) -> Path:
    """Train, choose the thresholds on the validation split and write the release files.

    Returns
    -------
    Path
        The graph, ``pose.onnx``; ``pose.json`` lies beside it.
    """
    started = time.monotonic()
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    train = load_slices(data, splits=["train"], size=config.stored)
    val = load_slices(data, splits=["val"], size=config.size * 4)
    pool = pose_pool(config, train, data, cache=out)
    log.info("loaded %d upright slices", len(pool.upright))
    torch.manual_seed(config.seed)
    network = PoseNet(config.size)
    for number, loss in enumerate(trained(network, pool, config), start=1):
        progress(number / config.steps)
        if number % 500 == 0:
            log.info("step %d: loss %.4f", number, loss)
    thresholds = chosen_thresholds(p_pose(network, val.images), config)
    record = {
        "config": asdict(config),
        "manifest_sha256": manifest_sha256(data),
        "seconds": round(time.monotonic() - started, 1),
        "machine": f"{platform.machine()}, {config.threads} threads, torch {torch.__version__}",
    }
    return save_pose(network, thresholds, record, out)


def trained(network: nn.Module, pool: PosePool, config: PoseConfig) -> Iterator[float]:
    """Train in place; yield the loss after every step."""
    rng = Generator().manual_seed(config.seed)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    weight = torch.tensor([config.upright_weight, *(1.0 for _ in POSES[1:])])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.train()
    for step in range(config.steps):
        for group in optimizer.param_groups:
            done = step / config.steps
            group["lr"] = config.learning_rate * schedule(done, warm_up=config.warm_up)
        images, poses = drawn_batch(pool, config, rng)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(images.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(logits.float(), poses, weight)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        yield loss.item()
    network.eval()


def drawn_batch(pool: PosePool, config: PoseConfig, rng: Generator) -> tuple[Tensor, Tensor]:
    """Draw, vary and turn pictures; give images `(n, 1, size, size)` and poses `(n,)`."""
    phantoms = round(config.upright_each * config.phantom_share)
    picked = [
        _drawn(pool.upright, config.upright_each - phantoms, rng),
        _drawn(pool.phantoms, phantoms, rng),
        _drawn(pool.inverted, config.inverted_each, rng),
        _drawn(pool.no_head, config.no_head_each, rng),
    ]
    varied = _varied(joined(picked), config, rng)
    upright, other = varied[: config.upright_each], varied[config.upright_each :]
    images = [torch.rot90(upright, turn, (2, 3)) for turn in TURNS.values()]
    poses = [torch.full((len(upright),), POSES.index(pose)) for pose in TURNS]
    turns = torch.randint(4, (len(other),), generator=rng).tolist()
    images += [torch.rot90(one[None], turn, (2, 3)) for one, turn in zip(other, turns, strict=True)]
    poses.append(torch.full((config.inverted_each,), POSES.index("inverted")))
    poses.append(torch.full((config.no_head_each,), POSES.index("no head")))
    return torch.cat(images), torch.cat(poses)


@torch.inference_mode()
def p_pose(network: PoseNet, images: UInt8) -> NDArray[np.float32]:
    """Give the probabilities `(n, 6)` of prepared pictures `(n, side, side)` of any side."""
    network.eval()
    parts = []
    for start in range(0, len(images), 256):
        part = shrunk(images[start : start + 256].astype(np.float32) / 255, network.size)
        parts.append(network(torch.from_numpy(part)[:, None]).softmax(1).numpy())
    return np.concatenate(parts)


def chosen_thresholds(upright: NDArray[np.float32], config: PoseConfig) -> dict[str, float]:
    """Choose what probability a pose must exceed, from upright validation slices.

    Parameters
    ----------
    upright
        Probabilities of the slices, shape `(n, 6)`.
    """
    limits = np.quantile(upright, 1 - config.false_alarms, axis=0, method="higher")
    return {
        pose: round(max(config.least_p, float(limit)) + 5e-5, 4)
        for pose, limit in zip(POSES[1:], limits[1:], strict=True)
    }


def false_alarms(p: NDArray[np.float32], thresholds: dict[str, float]) -> dict[str, float]:
    """Give the share of slices that get each name but upright."""
    names = np.array(named(p, thresholds))
    return {pose: float((names == pose).mean()) for pose in POSES[1:]}


def pose_pool(config: PoseConfig, slices: SliceSet, data: Path, cache: Path) -> PosePool:
    """Make everything that batches are drawn from."""
    rng = np.random.default_rng(config.seed)
    some = rng.permutation(len(slices))[: config.inverted]
    phantoms = phantom_slices(config.phantoms, size=PHANTOM_SIZE, cache=cache)
    fewer = shrunk(phantoms.images, config.stored)
    heads = shrunk(phantoms.heads, config.stored) > 0.5
    return PosePool(
        upright=Pictures(slices.images, slices.heads),
        phantoms=Pictures(np.round(fewer).astype(np.uint8), heads),
        inverted=inverted_pictures(slices.select(some), data, size=config.stored),
        no_head=joined(
            no_head_pictures(
                slices, data, drawn=config.drawn, size=config.stored, seed=config.seed
            ).values()
        ),
    )


def inverted_pictures(slices: SliceSet, data: Path, *, size: int) -> Pictures:
    """Invert the original files and prepare them again."""
    return _prepared((_inverted(pixels) for pixels in originals(slices, data)), size)


def no_head_pictures(
    slices: SliceSet, data: Path, *, drawn: int, size: int, seed: int
) -> dict[str, Pictures]:
    """Draw pictures of every kind, and spoil as many slices in each of two ways."""
    rng = np.random.default_rng([seed, 5])
    found = {
        kind: _prepared((other_picture(kind, rng) for _ in range(drawn)), size) for kind in KINDS
    }
    some = slices.select(rng.permutation(len(slices))[:drawn])
    for kind, spoiled in (("shuffled slice", shuffled), ("blurred slice", melted)):
        spoilt = (spoiled(pixels, rng) for pixels in originals(some, data))
        found[kind] = _prepared(spoilt, size)
    return found


def originals(slices: SliceSet, data: Path) -> Iterator[NDArray[np.float32]]:
    """Read the original pictures of slices, one after the other."""
    for source, file in zip(slices.sources, slices.files, strict=True):
        yield read_gray(data / str(source) / str(file))


def joined(parts: Iterable[Pictures]) -> Pictures:
    """Put pictures below each other."""
    kept = list(parts)
    return Pictures(
        np.concatenate([part.images for part in kept]),
        np.concatenate([part.heads for part in kept]),
    )


def _inverted(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(pixels.max() - pixels, np.float32)


def _prepared(pictures: Iterable[NDArray[np.float32]], size: int) -> Pictures:
    ready = [prepare_slice(pixels, size=size) for pixels in pictures]
    images = np.stack([np.round(item.image * 255).astype(np.uint8) for item in ready])
    return Pictures(images, np.stack([item.head for item in ready]))


def _drawn(pictures: Pictures, number: int, rng: Generator) -> Pictures:
    rows = torch.randint(len(pictures), (number,), generator=rng).numpy()
    return Pictures(pictures.images[rows], pictures.heads[rows])


def _varied(pictures: Pictures, config: PoseConfig, rng: Generator) -> Tensor:
    image = torch.from_numpy(pictures.images)[:, None].float() / 255
    head = torch.from_numpy(pictures.heads)[:, None].float()
    nothing = torch.zeros(len(image))
    batch = Batch(image, head, torch.zeros_like(head), nothing, nothing.long())
    return augmented(batch, size=config.size, config=config.augment, rng=rng).image
