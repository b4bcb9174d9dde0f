"""Lay prepared sequences onto the grid that the segmenter sees: the whole brain, 2 mm apart.

The network is trained on whole brains and sees whole brains, so that its normalization layers meet
the same mixture of tissues in training and in use; a window would meet another one in every place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, spacing_mm
from neuroscope.records.segmenterspec import CHANNELS, GRID_MULTIPLE
from neuroscope.records.volume import Volume

SPACING_MM = 2.0
BOX = (80, 96, 80)  # least size of the grid along R, A, S: 160 x 192 x 160 mm
LOW_PERCENT, HIGH_PERCENT = 0.5, 99.8
LOWEST, HIGHEST = -4.0, 6.0  # standard deviations from the median of the brain
LEAST_BRAIN_ML = 100.0
WIDTH_OF_SIGMA = 2.355  # full width at half maximum of a Gaussian of sigma 1
LEAST_VALUES = 100  # voxels of a sequence inside the brain

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SegmenterInput:
    """What the network sees.

    Attributes
    ----------
    channels
        Standardized gray values `(4, i, j, k)` in the order of `CHANNELS`, axes to R, A, S; 0
        outside the brain and for a missing sequence.
    affine
        Voxel indices of this grid to RAS+ millimeters.
    present
        Which sequences there are.
    """

    channels: Float32
    affine: Affine
    present: tuple[bool, bool, bool, bool]


def segmenter_input(volumes: Mapping[str, Volume], brain: Volume) -> SegmenterInput:
    """Sample and standardize the sequences of one study.

    Parameters
    ----------
    volumes
        Registered sequences by role; others than `CHANNELS` are ignored. Any grids.
    brain
        Brain mask: above 0.5 is brain.

    Raises
    ------
    BadInputError
        If none of the four sequences is there, or the mask holds no brain.
    """
    present = tuple(name in volumes for name in CHANNELS)
    if not any(present):
        raise BadInputError(
            "There is no T1, contrast T1, T2 or FLAIR to segment.",
            fix="Give at least one of the four sequences, and its role if the file does not tell.",
        )
    shape, affine = segmenter_grid(brain)
    inside = sampled(brain, shape, affine) > 0.5
    channels = np.zeros((len(CHANNELS), *shape), np.float32)
    for number, name in enumerate(CHANNELS):
        if name in volumes:
            channels[number] = standardized(sampled(volumes[name], shape, affine), inside)
    return SegmenterInput(channels, affine, (present[0], present[1], present[2], present[3]))


def segmenter_grid(brain: Volume) -> tuple[tuple[int, int, int], Affine]:
    """Lay a box of 2 mm voxels around the middle of the brain, its axes along R, A, S."""
    index = np.argwhere(np.asarray(brain.voxels) > 0.5)
    volume_ml = len(index) * float(np.prod(brain.spacing_mm)) / 1000
    if volume_ml < LEAST_BRAIN_ML:
        raise BadInputError(
            f"The brain mask holds {volume_ml:.0f} ml; a brain has more than a liter.",
            fix="Give a mask of the whole brain, or leave it out to have one made.",
        )
    low, high = index.min(0), index.max(0)
    corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
    points = brain.to_mm(corners)
    first, last = points.min(0), points.max(0)
    needed = np.ceil((last - first) / SPACING_MM / GRID_MULTIPLE) * GRID_MULTIPLE
    sizes = np.maximum(needed, BOX).astype(int)
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    affine[:3, 3] = (first + last) / 2 - (sizes - 1) / 2 * SPACING_MM
    return (int(sizes[0]), int(sizes[1]), int(sizes[2])), affine


def sampled(
    volume: Volume, shape: tuple[int, int, int], affine: Affine, *, outside: float = 0.0
) -> Float32:
    """Sample a volume on another grid, linearly; what is finer than the grid is averaged first."""
    own = np.array(volume.spacing_mm)
    widths = np.sqrt(np.maximum(min(spacing_mm(affine)) ** 2 - own**2, 0))  # at half maximum, mm
    voxels = np.asarray(volume.voxels, np.float32)
    voxels = ndimage.gaussian_filter(voxels, widths / WIDTH_OF_SIGMA / own, truncate=3.0)
    to_own = np.linalg.inv(volume.affine) @ affine
    out = ndimage.affine_transform(
        voxels, to_own[:3, :3], to_own[:3, 3], output_shape=shape, order=1, cval=outside
    )
    return np.asarray(out, np.float32)


def standardized(values: Float32, inside: NDArray[np.bool_]) -> Float32:
    """Subtract the median of the brain and divide by its standard deviation; 0 outside."""
    result = np.zeros_like(values)
    kept = values[inside]
    if len(kept) < LEAST_VALUES:
        return result
    low, high = np.percentile(kept, [LOW_PERCENT, HIGH_PERCENT])
    kept = np.clip(kept, low, high)
    spread = float(kept.std())
    if spread > 0:
        result[inside] = np.clip((kept - np.median(kept)) / spread, LOWEST, HIGHEST)
    return result


def laid_back(values: Array, grid: Affine, like: Volume) -> Float32:
    """Bring values of the segmenter's grid `(i, j, k)` onto the grid of a volume, linearly."""
    to_grid = np.linalg.inv(grid) @ like.affine
    out = ndimage.affine_transform(
        np.asarray(values, np.float32), to_grid[:3, :3], to_grid[:3, 3], output_shape=like.shape,
        order=1, cval=0.0,
    )  # fmt: skip
    return np.asarray(out, np.float32)
