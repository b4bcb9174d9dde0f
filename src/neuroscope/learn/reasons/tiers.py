"""Choose how much of the network learns from annotations, and compute the rest only once.

What lies before the trained part never changes during a run, so what it gives for every slice is
kept in half precision. Batch normalization keeps the statistics of its training throughout: sixty
slices say too little about them.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from neuroscope.models.evidence import GRAY_MEAN, GRAY_SPREAD, EvidenceNetwork, Places

log = logging.getLogger(__name__)

Tier = Literal["head", "adapter", "last", "full"]

TRAINED_PARTS: Mapping[Tier, tuple[str, ...]] = {
    "head": ("head.", "gate."),
    "adapter": ("adapter.", "head.", "gate."),
    "last": ("refine.", "adapter.", "head.", "gate."),
    "full": ("",),
}
LEARNING_RATES: Mapping[Tier, float] = {"head": 1e-2, "adapter": 1e-2, "last": 1e-3, "full": 3e-4}
BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the fixed part of the network gives for n slices."""

    values: Tensor  # (n, channels, h, w), half precision; for the tier "full" the images themselves
    deep: Tensor  # (n, d)

    def __len__(self) -> int:
        return len(self.values)

    def select(self, rows: Tensor) -> "Features":
        """Keep some slices."""
        return Features(self.values[rows], self.deep[rows])


def opened(network: EvidenceNetwork, tier: Tier, *, seed: int = 0) -> EvidenceNetwork:
    """Copy a network so that only the tier's part can learn; a new adapter starts as identity."""
    shape = network.shape
    if tier == "adapter" and not shape.adapter:
        shape = replace(shape, adapter=max(1, shape.neck // 2))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        copy = EvidenceNetwork(shape)
    copy.load_state_dict({**copy.state_dict(), **network.state_dict()})
    for name, parameter in copy.named_parameters():
        unused = shape.pooling == "mean" and name.startswith("gate.")
        parameter.requires_grad_(name.startswith(TRAINED_PARTS[tier]) and not unused)
    return copy.eval()


def trained_weights(network: nn.Module) -> dict[str, Tensor]:
    """Name the weights that can learn."""
    return {name: value for name, value in network.named_parameters() if value.requires_grad}


def answered(network: EvidenceNetwork, tier: Tier, features: Features) -> Places:
    """Run the part that learns on what the fixed part gave."""
    values = features.values.float()
    if tier == "full":
        return network.places(values)
    if tier == "last":
        values = network.refine(values)
    return network.weighed(values, features.deep)


def cached(
    network: EvidenceNetwork, tier: Tier, images: NDArray[np.uint8], store: Path | None = None
) -> Features:
    """Run the fixed part on prepared slices, shape ``(n, size, size)``.

    Parameters
    ----------
    store
        Folder where features are kept between runs, by `cache_keys`; None keeps nothing.
    """
    if tier == "full":
        pixels = torch.from_numpy(images)[:, None].float() / 255
        return Features(pixels, torch.zeros(len(images), 0))
    keys = cache_keys(network, tier, images) if store else [""] * len(images)
    found = [_read(store, key) for key in keys]
    missing = [row for row, features in enumerate(found) if features is None]
    for start in range(0, len(missing), BATCH):
        rows = missing[start : start + BATCH]
        fresh = _computed(network, tier, images[rows])
        for number, row in enumerate(rows):
            found[row] = fresh.select(torch.tensor([number]))
            _write(store, keys[row], fresh.values[number], fresh.deep[number])
    kept = [features for features in found if features is not None]
    if not kept:
        return _computed(network, tier, images)
    return Features(
        torch.cat([features.values for features in kept]),
        torch.cat([features.deep for features in kept]),
    )


def cache_keys(network: EvidenceNetwork, tier: Tier, images: NDArray[np.uint8]) -> list[str]:
    """Name the features of slices by all they depend on: fixed weights, preparation, pixels."""
    fixed = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        if not name.startswith(TRAINED_PARTS[tier]):
            fixed.update(name.encode())
            fixed.update(value.contiguous().numpy().tobytes())
    preparation = f"{tier} {images.shape[1:]} gray {GRAY_MEAN} {GRAY_SPREAD}"
    start = f"{fixed.hexdigest()} {preparation} ".encode()
    return [
        hashlib.sha256(start + np.ascontiguousarray(image).tobytes()).hexdigest()
        for image in images
    ]


@torch.no_grad()
def _computed(network: EvidenceNetwork, tier: Tier, images: NDArray[np.uint8]) -> Features:
    """Compute batches of one size always: another size rounds otherwise in the last bit."""
    pixels = torch.zeros(BATCH, 1, *images.shape[1:])
    pixels[: len(images), 0] = torch.from_numpy(images).float() / 255
    top, deep = network.trunk(pixels.contiguous(memory_format=torch.channels_last))
    values = top if tier == "last" else network.refine(top)
    return Features(values[: len(images)].half().contiguous(), deep[: len(images)])


def _read(store: Path | None, key: str) -> Features | None:
    path = store / f"{key}.safetensors" if store else None
    if path is None or not path.is_file():
        return None
    try:
        saved = load_file(path)
    except (OSError, SafetensorError):
        return None  # cut off while it was written: computed again
    return Features(saved["values"][None], saved["deep"][None])


def _write(store: Path | None, key: str, values: Tensor, deep: Tensor) -> None:
    if store is None:
        return
    fresh = store / f"{key}.new"
    try:
        store.mkdir(parents=True, exist_ok=True)
        save_file({"values": values.contiguous(), "deep": deep.contiguous()}, fresh)
        fresh.replace(store / f"{key}.safetensors")
    except (OSError, SafetensorError) as error:  # a full disk costs the next run time, no more
        log.warning("features were not kept: %s", type(error).__name__)
