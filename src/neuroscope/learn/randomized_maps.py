"""Measure how alike the maps of a network are to those of one that has forgotten or mislearned."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neuroscope.learn.random_labels import MEMORIZED
from neuroscope.records.passport import MapTest, judged, not_assessed
from neuroscope.reliability.passport.cascade import cascade
from neuroscope.reliability.passport.similarity import spearman
from neuroscope.statistics import Interval, bootstrap_by_unit

UNLIKE = 0.3  # Spearman of |map|: more, and the map shows the picture rather than the model
BATCH = 32
SEEDS = (0, 1, 2)
TOO_FEW_KNOWN = "The network learned only {:.0%} of the random labels by heart."

Maps = NDArray[np.float32]


@torch.inference_mode()
def maps_of(network: nn.Module, images: NDArray[np.uint8], targets: NDArray[np.int64]) -> Maps:
    """Draw the evidence for one class on each slice, `(n, h, w)`."""
    parts = []
    for start in range(0, len(images), BATCH):
        some = torch.from_numpy(images[start : start + BATCH])[:, None].float() / 255
        parts.append(network.eval()(some).evidence.float().numpy())
    evidence = np.concatenate(parts)
    return np.asarray(evidence[np.arange(len(images)), targets], np.float32)


def alike(
    first: Maps, second: Maps, units: NDArray[Any], where: NDArray[np.bool_] | None = None
) -> Interval:
    """Average Spearman's correlation of absolute maps over slices, with its interval by unit.

    A map that is constant is like no other.
    """
    found = np.array(
        [
            spearman(np.abs(a), np.abs(b), None if where is None else where[n])
            for n, (a, b) in enumerate(zip(first, second, strict=True))
        ]
    )
    values = np.nan_to_num(found)
    return bootstrap_by_unit(lambda rows: float(values[rows].mean()), units)


def forgetting(
    network: nn.Module, images: NDArray[np.uint8], targets: NDArray[np.int64]
) -> Iterator[tuple[str, Maps]]:
    """Give the maps after every step of forgetting, the seeds one after the other.

    Yields
    ------
    tuple[str, Maps]
        The part that was drawn anew last, and the maps `(seeds, n, h, w)`.
    """
    for steps in zip(*(cascade(network, seed=seed) for seed in SEEDS), strict=True):
        yield steps[0][0], np.stack([maps_of(copy, images, targets) for _, copy in steps])


def model_randomization(
    network: nn.Module,
    images: NDArray[np.uint8],
    targets: NDArray[np.int64],
    units: NDArray[Any],
    heads: NDArray[np.bool_],
) -> MapTest:
    """Test whether maps are lost when the network forgets what it learned, part by part.

    Parameters
    ----------
    targets
        The class each map speaks for: what the whole network answered.
    heads
        On the cells of the maps, `(n, h, w)`: details hold what is alike inside them.
    """
    true = maps_of(network, images, targets)
    details = {}
    last = np.stack([true] * len(SEEDS))
    for number, (part, maps) in enumerate(forgetting(network, images, targets), start=1):
        details[f"{number:02} {part}"] = _over_seeds(true, maps, units).value
        last = maps
    found = _over_seeds(true, last, units)
    details["inside the head"] = _over_seeds(true, last, units, heads).value
    details["slices"] = float(len(images))
    return judged(
        "model_randomization",
        found.value,
        UNLIKE,
        rule="at most",
        interval=(found.low, found.high),
        reason="Spearman's correlation with the map of a network that forgot all, for the model.",
        details=details,
    )


def label_randomization(
    network: nn.Module,
    mislearned: nn.Module,
    known: float,
    images: NDArray[np.uint8],
    targets: NDArray[np.int64],
    units: NDArray[Any],
    heads: NDArray[np.bool_],
) -> MapTest:
    """Test whether maps differ from those of a network that learned random labels.

    Parameters
    ----------
    known
        Part of its slices that network knows by heart.
    """
    if known < MEMORIZED:
        return not_assessed("label_randomization", TOO_FEW_KNOWN.format(known))
    true, other = (maps_of(one, images, targets) for one in (network, mislearned))
    found = alike(true, other, units)
    return judged(
        "label_randomization",
        found.value,
        UNLIKE,
        rule="at most",
        interval=(found.low, found.high),
        reason="Spearman's correlation with the map of a network trained on random labels.",
        details={
            "inside the head": alike(true, other, units, heads).value,
            "known by heart": known,
            "slices": float(len(images)),
        },
    )


def _over_seeds(
    true: Maps,
    maps: NDArray[np.float32],
    units: NDArray[Any],
    where: NDArray[np.bool_] | None = None,
) -> Interval:
    number = len(maps)
    again = None if where is None else np.concatenate([where] * number)
    return alike(
        np.concatenate([true] * number), np.concatenate(list(maps)), np.tile(units, number), again
    )
