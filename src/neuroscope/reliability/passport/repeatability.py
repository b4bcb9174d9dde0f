"""Ask whether a little noise in the image changes a map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.reliability.passport.similarity import soft_dice, spearman

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseConfig:
    """How much noise, of the gray range of the slice, and how many copies."""

    spread: float = 0.03
    copies: int = 3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Repeatability:
    """How alike the maps of noisy copies are to the map, on average over the copies.

    Attributes
    ----------
    soft_dice
        Of what speaks for the class; 0 if a copy has nothing left.
    spearman
        Of the signed map; nan if a map is constant.
    """

    soft_dice: float
    spearman: float


def noisy_copies(
    image: Float32, head: NDArray[np.bool_], *, config: NoiseConfig = NoiseConfig()
) -> Float32:
    """Add noise inside the head of a prepared slice; shape `(copies, side, side)`, 0..1."""
    rng = np.random.default_rng(config.seed)
    noise = rng.standard_normal((config.copies, *image.shape)) * config.spread
    return np.asarray(np.clip(np.where(head, image + noise, image), 0.0, 1.0), np.float32)


def repeatability(
    values: NDArray[np.floating],
    of_copies: NDArray[np.floating],
    where: NDArray[np.bool_] | None = None,
) -> Repeatability:
    """Compare a map `(h, w)` with those of noisy copies `(copies, h, w)`."""
    overlaps = [soft_dice(values, one, where) for one in of_copies]
    ranks = [spearman(values, one, where) for one in of_copies]
    return Repeatability(float(np.nan_to_num(np.mean(overlaps))), float(np.mean(ranks)))
