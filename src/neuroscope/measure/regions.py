"""Which labels make a region, and the voxels of a region cut out of their grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, closest_axes, spacing_mm, transform
from neuroscope.records.segmentation import Segmentation

Mask = NDArray[np.bool_]
Box = tuple[slice, slice, slice]

ENHANCING = frozenset({"ET"})
CORE = ENHANCING | {"NCR", "NET", "NETC", "NCR/NET", "CC", "TC"}
EDEMA = frozenset({"ED", "SNFH"})  # a resection cavity (RC) belongs to no region
REGIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "WT": CORE | EDEMA | {"WT"},
        "TC": CORE,
        "ET": ENHANCING,
        "NCR": CORE - ENHANCING - {"TC"},
        "ED": EDEMA,
    }
)
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "WT": "whole tumor",
        "TC": "tumor core",
        "ET": "enhancing tumor",
        "NCR": "necrotic and non-enhancing tumor",
        "ED": "edema",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Some voxels, cut out of their grid with a margin of one voxel or more.

    Attributes
    ----------
    inside
        Shape `(i, j, k)`.
    affine
        Of the part that was cut out.
    corner
        Index of its first voxel in the grid it was cut from; may be -1 where the margin lies
        outside.
    """

    inside: Mask
    affine: Affine
    corner: tuple[int, int, int] = (0, 0, 0)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighboring voxels along i, j, k."""
        return spacing_mm(self.affine)

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000

    @property
    def ml(self) -> float:
        """Volume by counting whole voxels."""
        return int(np.count_nonzero(self.inside)) * self.voxel_ml

    @property
    def is_empty(self) -> bool:
        """Whether no voxel belongs to it."""
        return not self.inside.any()

    def to_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """Map indices `(..., 3)` of the part to RAS+ millimeters."""
        return transform(self.affine, index)

    def center_mm(self) -> tuple[float, float, float]:
        """Find the center of mass; of an empty region the middle of its box."""
        index = np.argwhere(self.inside)
        middle = index.mean(0) if len(index) else np.array(self.inside.shape) / 2
        x, y, z = self.to_mm(middle)
        return float(x), float(y), float(z)

    def within(self, inside: Mask) -> "Region":
        """Keep another mask of the same part, cut to its own box."""
        return cut(inside, self.affine, corner=self.corner)


def cut(
    inside: Mask,
    affine: Affine,
    *,
    margin: int = 1,
    corner: tuple[int, int, int] = (0, 0, 0),
) -> Region:
    """Cut a mask to its box and a margin of empty voxels around it.

    Parameters
    ----------
    corner
        Where the mask itself was cut from.
    """
    box = box_of(inside)
    start = [part.start - margin for part in box]
    part = np.pad(inside[box], margin)
    moved = np.array(affine)
    moved[:3, 3] = transform(affine, start)
    i, j, k = (first + at for first, at in zip(corner, start, strict=True))
    return Region(part, moved, (i, j, k))


def box_of(inside: Mask) -> Box:
    """Find the smallest box that holds a mask; one voxel for an empty mask."""
    spans = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        filled = np.flatnonzero(inside.any(axis=others))
        spans.append(slice(int(filled[0]), int(filled[-1]) + 1) if len(filled) else slice(0, 1))
    i, j, k = spans
    return i, j, k


def labels_of(segmentation: Segmentation, region: str) -> tuple[int, ...]:
    """List the labels that make a region (`WT`, `TC`, `ET`, `NCR`, `ED`) by the tissues' codes."""
    codes = REGIONS[region]
    return tuple(
        label for label, tissue in segmentation.tissues.items() if tissue.code.upper() in codes
    )


def mask_of(labels: Array, chosen: tuple[int, ...]) -> Mask:
    """Find the voxels `(i, j, k)` that have one of the chosen labels."""
    inside = np.zeros(labels.shape, bool)
    for label in chosen:
        inside |= labels == label
    return inside


def regions_of(segmentation: Segmentation) -> dict[str, Region]:
    """Cut every region out of a segmentation, all with the same box: that of all labels."""
    box = box_of(np.asarray(segmentation.labels != 0))
    labels = segmentation.labels[box]
    start = [part.start for part in box]
    affine = np.array(segmentation.affine)
    affine[:3, 3] = transform(segmentation.affine, [s - 1 for s in start])
    i, j, k = (s - 1 for s in start)
    return {
        code: Region(np.pad(mask_of(labels, labels_of(segmentation, code)), 1), affine, (i, j, k))
        for code in REGIONS
    }


def parts_of(region: Region) -> tuple[Region, ...]:
    """Separate parts that do not even touch at a corner (26-neighborhood), largest first."""
    numbered, count = ndimage.label(region.inside, np.ones((3, 3, 3), bool))
    boxes = ndimage.find_objects(numbered)
    found = []
    for number, box in enumerate(boxes[:count], start=1):
        start = [part.start for part in box]
        affine = np.array(region.affine)
        affine[:3, 3] = region.to_mm(start)
        i, j, k = (c + s for c, s in zip(region.corner, start, strict=True))
        found.append(cut(numbered[box] == number, affine, corner=(i, j, k)))
    return tuple(sorted(found, key=_by_size))


def _by_size(part: Region) -> tuple[float, ...]:
    """Order by volume, then by place: the same whichever way the voxels are stored."""
    return (-round(part.ml, 9), *(round(value, 3) for value in part.center_mm()))


def axial_axis(affine: Affine) -> int:
    """Name the voxel axis that runs most nearly from inferior to superior."""
    return closest_axes(affine).index(2)
