"""Cover the tumor with tissue of another slice and ask the network again.

If the class rests on the tumor, it must turn to notumor when the tumor is gone, and must stay when
a region of the same shape elsewhere is covered in the same way (the sham).
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neuroscope.learn.dataset import FIGSHARE, SliceSet
from neuroscope.learn.predict import predict
from neuroscope.learn.transplant import softened
from neuroscope.models.classes import NO_TUMOR
from neuroscope.statistics import Interval, bootstrap_by_unit

TRIES = 40  # donors tried per slice


@dataclass(frozen=True, slots=True)
class TumorOut:
    """How often the answer changes, over slices that were right before."""

    covered: Interval  # share that turns to notumor when the tumor is covered
    sham: Interval  # share that turns to notumor when a mirrored place is covered instead


def cover_tumors(network: nn.Module, slices: SliceSet, *, seed: int = 0) -> TumorOut:
    """Run the test on the figshare slices of a set that the network gets right."""
    chosen = slices.select((slices.sources == FIGSHARE) & slices.has_mask)
    right = predict(network, chosen).predicted == chosen.labels
    chosen = chosen.select(np.asarray(right))
    rng = np.random.default_rng(seed)
    donors = [_donor(n, chosen, rng) for n in range(len(chosen))]
    usable = np.array([n for n, donor in enumerate(donors) if donor >= 0], np.int64)
    partner = np.array([donors[n] for n in usable], np.int64)
    tested = chosen.select(usable)
    regions = tested.masks > 127
    mirrored = regions[:, :, ::-1]
    apart = ~(mirrored & regions).any((1, 2)) & _mostly_inside(mirrored, tested.heads)
    covered = _covered(tested, chosen.images[partner], regions)
    sham = _covered(tested, chosen.images[partner], mirrored)
    return TumorOut(
        covered=_turned(network, covered, seed),
        sham=_turned(network, sham.select(apart), seed),
    )


def _donor(n: int, slices: SliceSet, rng: np.random.Generator) -> int:
    """Find a slice whose tissue lies under the tumor and its mirror image; -1 when none does."""
    region = slices.masks[n] > 127
    both = region | region[:, ::-1]
    for candidate in rng.integers(0, len(slices), TRIES):
        other = slices.masks[candidate] > 127
        inside = slices.heads[candidate][region].mean() > 0.95
        if candidate != n and inside and not (other & both).any():
            return int(candidate)
    return -1


def _mostly_inside(regions: NDArray[np.bool_], heads: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inside = (regions & heads).sum((1, 2))
    return np.asarray(inside > 0.9 * np.maximum(regions.sum((1, 2)), 1))


def _covered(slices: SliceSet, donors: NDArray[np.uint8], regions: NDArray[np.bool_]) -> SliceSet:
    blend = softened(torch.from_numpy(regions.copy())[:, None].float())[:, 0].numpy()
    own = slices.images.astype(np.float32)
    ratio = (own.mean((1, 2)) + 5) / (donors.mean((1, 2)) + 5)
    other = donors * np.clip(ratio, 0.5, 2.0)[:, None, None]
    mixed = np.where(slices.heads, own * (1 - blend) + other * blend, 0)
    return replace(slices, images=np.clip(np.round(mixed), 0, 255).astype(np.uint8))


def _turned(network: nn.Module, slices: SliceSet, seed: int) -> Interval:
    if len(slices) == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0, 0)
    turned = predict(network, slices).predicted == NO_TUMOR
    return bootstrap_by_unit(
        lambda rows: float(turned[rows].mean()), slices.units, strata=slices.labels, seed=seed
    )
