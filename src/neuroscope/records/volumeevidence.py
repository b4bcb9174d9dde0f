"""Evidence in three dimensions: cut along several axes, put together, and tested against itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import read_only
from neuroscope.records.heatmap import EvidenceCells, Heatmap
from neuroscope.records.volume import Plane


@dataclass(frozen=True, slots=True, eq=False)
class AxisSlices:
    """The evidence of the slices that cut a volume along one voxel axis.

    Attributes
    ----------
    axis, row_axis, column_axis
        The voxel axes normal to the slices, and down and across the screen.
    to_voxel
        Shape `(3, 3)`: `(row, column, 1)` on the screen to the indices along `row_axis` and
        `column_axis`, and 1.
    cells
        By index along `axis`: the slices that were run.
    empty
        Indices of slices without head; their evidence is 0.
    """

    plane: Plane
    axis: int
    row_axis: int
    column_axis: int
    to_voxel: NDArray[np.float64]
    cells: Mapping[int, EvidenceCells]
    empty: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if {self.axis, self.row_axis, self.column_axis} != {0, 1, 2}:
            raise BadInputError(
                f"The axes {self.axis}, {self.row_axis}, {self.column_axis} do not cut a volume.",
                fix="Name each of 0, 1, 2 once.",
            )
        object.__setattr__(self, "to_voxel", read_only(self.to_voxel))
        object.__setattr__(self, "cells", MappingProxyType(dict(sorted(self.cells.items()))))


@dataclass(frozen=True, slots=True)
class VolumeConstants:
    """What makes the evidence of slices comparable; constants of the data set, never of a slice.

    Attributes
    ----------
    offset
        For every plane and class, in logits per cell: what slices without tumor rarely exceed.
    scale
        For every plane and class, in logits per cell: strong evidence, which becomes 1.
    floor, of_peak
        A place belongs to the finding where the fused evidence exceeds both `floor`, which healthy
        validation volumes rarely do, and the share `of_peak` of the largest value of the volume,
        chosen for the largest overlap with the tumors of validation volumes.
    weights_sha256
        Of the weights they belong to.
    fitted
        False if they were not measured for each plane, but taken from single slices of any plane.
    """

    classes: tuple[str, ...]
    offset: Mapping[Plane, tuple[float, ...]]
    scale: Mapping[Plane, tuple[float, ...]]
    floor: float
    of_peak: float
    weights_sha256: str
    fitted: bool = True

    def __post_init__(self) -> None:
        lengths = {len(values) for table in (self.offset, self.scale) for values in table.values()}
        if lengths != {len(self.classes)} or set(self.offset) != set(self.scale):
            raise BadInputError(
                "The constants do not hold one offset and one scale for every plane and class.",
                fix="Compute them again: neuroscope train volume-evidence.",
            )
        positive = [self.floor, *(s for values in self.scale.values() for s in values)]
        if not min(positive) > 0 or not 0 <= self.of_peak < 1:
            raise BadInputError(
                "Scales and floor of the evidence must be above 0, the share of the peak below 1.",
                fix="Compute them again: neuroscope train volume-evidence.",
            )
        object.__setattr__(self, "offset", MappingProxyType(dict(self.offset)))
        object.__setattr__(self, "scale", MappingProxyType(dict(self.scale)))

    def of(self, plane: Plane, target: str) -> tuple[float, float]:
        """Give offset and scale of one class in one plane."""
        if target not in self.classes or plane not in self.scale:
            raise BadInputError(
                f"There are no constants for {target!r} on {plane} slices.",
                fix=f"Use one of {', '.join(self.classes)}.",
            )
        at = self.classes.index(target)
        return self.offset[plane][at], self.scale[plane][at]

    def threshold_at(self, peak: float) -> float:
        """Give the fused evidence above which a place belongs to the finding."""
        return max(self.floor, self.of_peak * peak)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the maps of two axes agree inside the brain.

    Attributes
    ----------
    soft_dice
        `2 sum min(a, b) / sum (a + b)`, 0..1.
    spearman
        Rank correlation; nan if a map is constant.
    peak_distance_mm
        Between the largest values of the two maps.
    """

    planes: tuple[Plane, Plane]
    soft_dice: float
    spearman: float
    peak_distance_mm: float


@dataclass(frozen=True, slots=True)
class Consistency:
    """Whether the axes, which see the same voxels in different company, point to one place.

    Attributes
    ----------
    score
        The mean soft Dice of all pairs, 0..1.
    p_value
        Share of random circular shifts of the maps against each other that agree as well.
    """

    pairs: tuple[Agreement, ...]
    score: float
    p_value: float
    shifts: int


@dataclass(frozen=True, slots=True, eq=False)
class AxisMap:
    """The evidence of one axis, in units of the scale of its plane (0: none, 1: strong).

    `values` may lie on a coarser grid than the volume; `weight` is its share in the fusion.
    """

    plane: Plane
    values: NDArray[np.float32]
    weight: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values))


@dataclass(frozen=True, slots=True, eq=False)
class VolumeEvidence:
    """The evidence for one class in a volume, fused from its axes.

    Attributes
    ----------
    heatmap
        On the grid of the volume, within the brain if one was given; 1 is strong evidence.
    axes
        The maps that were fused, before the mask.
    consistency
        None if a single axis was used, or no axis holds any evidence.
    removed_share
        Part of the fused evidence that lay outside the brain and was removed: a warning sign when
        large. None without a brain mask.
    dropped_ml
        Volume of specks above the threshold that were too small to keep.
    """

    heatmap: Heatmap
    axes: tuple[AxisMap, ...]
    consistency: Consistency | None
    removed_share: float | None
    dropped_ml: float
