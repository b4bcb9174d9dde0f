"""What the score of a class loses when a part of a slice is replaced by plausible tissue."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Region = Literal["tumor", "map"]
REGIONS: tuple[Region, Region] = ("tumor", "map")
OutlinedBy = Literal["reader", "predicted", "map"]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The score of one class with a part of a slice and without it, in logits above the mean class.

    The fall counts only beyond what the replacing itself causes: as much tissue of the same shape
    was replaced elsewhere in the same head (shams).

    Attributes
    ----------
    before, after
        The score of the slice, and of the slice with the part replaced.
    sham_drops
        How far the score falls for each sham; empty where no place was free.
    """

    before: float
    after: float
    sham_drops: tuple[float, ...] = ()

    @property
    def drop(self) -> float:
        """How far the score falls with the part; negative if it rises."""
        return self.before - self.after

    @property
    def sham_drop(self) -> float | None:
        """The median fall of the shams; None without any."""
        return float(np.median(self.sham_drops)) if self.sham_drops else None

    @property
    def effect(self) -> float | None:
        """The fall beyond the median of the shams; None without any."""
        return None if self.sham_drop is None else self.drop - self.sham_drop

    @property
    def p_value(self) -> float | None:
        """Share of falls, this one counted, that are as large; None without any sham."""
        as_large = sum(sham >= self.drop for sham in self.sham_drops)
        return (1 + as_large) / (1 + len(self.sham_drops)) if self.sham_drops else None
