"""Fuse the evidence of axial, coronal and sagittal slices into one volume.

A network of slices sees a place three times, each time in the company of other voxels. What all
three speak for is kept, what one sees alone is damped. The brain mask comes after the fusion, and
what it removes is reported. See docs/explanation/volume-evidence.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.explain.axis_map import InPlane, axis_map
from neuroscope.explain.consistency import consistency_of
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.volume import Plane, Volume
from neuroscope.records.volumeevidence import (
    AxisMap,
    AxisSlices,
    Consistency,
    VolumeConstants,
    VolumeEvidence,
)

Floats = NDArray[np.float32]
Fusion = Literal["geometric", "mean", "product", "min", "noisy_or"]

METHOD = "evidence of three axes"
UNIT = "share of strong evidence"
GRID_MM = 1.0  # finer volumes are drawn on a grid of about this spacing, then interpolated
FLOOR = 1e-3  # of the logarithm in the geometric mean
THICK_MM = 3.0  # across thicker slices the other two axes see too little to be worth a voice
SOFT_EDGE_MM = 2.0  # inside the brain mask
SPECK_ML = 0.1
MUCH_REMOVED = 0.3
FEW_AGREE = 0.3


@dataclass(frozen=True, kw_only=True)
class FusionConfig:
    """How axes become one volume; the defaults are those that the constants were chosen with."""

    fusion: Fusion = "geometric"
    in_plane: InPlane = "linear"
    grid_mm: float = GRID_MM
    shifts: int = 100  # for the p-value of the consistency; 0 leaves the consistency out

    def __post_init__(self) -> None:
        if not self.grid_mm > 0 or self.shifts < 0:
            raise ValueError("grid_mm must be above 0, shifts 0 or more.")


def fuse_volume(
    volume: Volume,
    slices: Sequence[AxisSlices],
    target: str,
    constants: VolumeConstants,
    *,
    brain: NDArray[np.bool_] | None = None,
    config: FusionConfig = FusionConfig(),
) -> VolumeEvidence:
    """Draw the evidence for one class in a volume from slices along up to three axes.

    Parameters
    ----------
    slices
        One item for each axis that was cut; thick-slice volumes give one, see `axis_weights`.
    target
        The one class of all slices: the decision on the volume, never that of a slice.
    brain
        Shape of the volume. None leaves the fused evidence unmasked.

    Raises
    ------
    BadInputError
        Without slices, or for an unknown class.
    GeometryMismatchError
        If the mask has another shape.
    """
    if not slices:
        raise BadInputError("No axis was cut.", fix="Give the slices of one axis or more.")
    if brain is not None and brain.shape != volume.shape:
        raise GeometryMismatchError(
            f"The brain mask has shape {brain.shape}, the volume {volume.shape}.",
            fix="Resample the mask to the volume.",
        )
    positions = grid_positions(volume, config.grid_mm)
    shares = axis_weights(volume.spacing_mm, [item.axis for item in slices])
    axes = tuple(
        AxisMap(
            item.plane,
            axis_map(
                item, target, constants, positions=positions,
                gap_mm=volume.spacing_mm[item.axis], in_plane=config.in_plane,
            ),
            share,
        )
        for item, share in zip(slices, shares, strict=True)
    )  # fmt: skip
    fused = fuse([axis.values for axis in axes], shares, config.fusion)
    consistent = _consistency(axes, positions, volume.spacing_mm, brain, config.shifts)
    values = to_voxels(fused, positions, volume.shape)
    removed = None
    if brain is not None:
        values, removed = within_brain(values, brain, volume.spacing_mm)
    threshold = constants.threshold_at(float(values.max()))
    values, dropped_ml = without_specks(values, threshold, volume.spacing_mm)
    heatmap = Heatmap(
        values=values,
        method=METHOD,
        target=target,
        scale=1.0,
        threshold=threshold,
        unit=UNIT,
        affine=volume.affine,
        cautions=_cautions(axes, consistent, removed, constants),
    )
    return VolumeEvidence(heatmap, axes, consistent, removed, dropped_ml)


def axis_weights(spacing_mm: tuple[float, float, float], axes: Sequence[int]) -> tuple[float, ...]:
    """Weigh each cut by the resolution of its pictures; the weights sum to 1.

    A cut counts by one over the coarser spacing in its plane, so that pictures across thick slices
    count less.
    """
    worth = [1 / max(spacing_mm[v] for v in range(3) if v != axis) for axis in axes]
    return tuple(value / sum(worth) for value in worth)


def axes_worth_cutting(spacing_mm: tuple[float, float, float]) -> tuple[int, ...]:
    """Name the voxel axes to cut along: all three, but across slices over 3 mm that axis only."""
    thickest = int(np.argmax(spacing_mm))
    if spacing_mm[thickest] > THICK_MM:
        return (thickest,)
    return 0, 1, 2


def fuse(maps: Sequence[Floats], weights: Sequence[float], how: Fusion) -> Floats:
    """Fuse maps of one shape, 0 or more; where all are 0 the result is 0.

    Notes
    -----
    `geometric`: `exp(sum w log(map + d)) - d` with `d` = 0.001. `product` is the plain product: for
    three equal weights the cube of the geometric mean, which ranks alike. `noisy_or`:
    `1 - prod(1 - map)`, maps cut at 1. All of them leave maps of 1 at 1.
    """
    stack = np.stack(maps)
    lit = stack.any(axis=0)
    inside = stack[:, lit]
    share = np.asarray(weights, np.float32)[:, None]
    if how == "geometric":
        found = np.exp((share * np.log(inside + np.float32(FLOOR))).sum(axis=0)) - FLOOR
    elif how == "mean":
        found = (share * inside).sum(axis=0)
    elif how == "product":
        found = inside.prod(axis=0)
    elif how == "min":
        found = inside.min(axis=0)
    else:
        found = 1 - (1 - np.minimum(inside, 1)).prod(axis=0)
    fused = np.zeros(lit.shape, np.float32)
    fused[lit] = np.maximum(found, 0)
    return fused


def grid_positions(volume: Volume, grid_mm: float) -> tuple[NDArray[np.float64], ...]:
    """Lay a grid of about `grid_mm` over a volume, never finer than its voxels.

    Returns
    -------
    tuple[NDArray[np.float64], ...]
        For each axis the (fractional) voxel indices; the outer edges of both grids coincide.
    """
    positions = []
    for number, spacing in zip(volume.shape, volume.spacing_mm, strict=True):
        wanted = min(number, max(1, round(number * spacing / grid_mm)))
        step = number / wanted
        positions.append(step / 2 - 0.5 + step * np.arange(wanted, dtype=np.float64))
    return tuple(positions)


def to_voxels(
    values: Floats, positions: Sequence[NDArray[np.float64]], shape: tuple[int, int, int]
) -> Floats:
    """Carry values from a grid to the voxels by linear interpolation along each axis."""
    for axis, number in enumerate(shape):
        if len(positions[axis]) == number:
            continue
        at = np.interp(np.arange(number), positions[axis], np.arange(len(positions[axis])))
        before = np.minimum(at.astype(int), max(len(positions[axis]) - 2, 0))
        after = np.minimum(before + 1, len(positions[axis]) - 1)
        part = (at - before).astype(np.float32).reshape([-1 if v == axis else 1 for v in range(3)])
        values = (1 - part) * values.take(before, axis) + part * values.take(after, axis)
    return values


def within_brain(
    values: Floats, brain: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> tuple[Floats, float]:
    """Mask the fused evidence, softly over 2 mm inside the edge, and give the share removed."""
    depth_mm = ndimage.distance_transform_edt(brain, sampling=spacing_mm)
    kept = values * np.minimum(depth_mm / SOFT_EDGE_MM, 1).astype(np.float32)
    total = float(values.sum(dtype=np.float64))
    return kept, 1 - float(kept.sum(dtype=np.float64)) / total if total > 0 else 0.0


def without_specks(
    values: Floats, threshold: float, spacing_mm: tuple[float, float, float]
) -> tuple[Floats, float]:
    """Put components above the threshold that are smaller than 0.1 ml to 0; give their volume."""
    voxel_ml = float(np.prod(spacing_mm)) / 1000
    labels, count = ndimage.label(values > threshold, np.ones((3, 3, 3)))
    sizes_ml = np.bincount(labels.ravel(), minlength=count + 1) * voxel_ml
    small = sizes_ml < SPECK_ML
    small[0] = False
    if not small.any():
        return values, 0.0
    kept = np.where(small[labels], np.float32(0), values)
    return kept, float(sizes_ml[small].sum())


def _consistency(
    axes: Sequence[AxisMap],
    positions: Sequence[NDArray[np.float64]],
    spacing_mm: tuple[float, float, float],
    brain: NDArray[np.bool_] | None,
    shifts: int,
) -> Consistency | None:
    if len(axes) < 2 or shifts == 0:
        return None
    steps = [
        float(s) * (float(at[1] - at[0]) if len(at) > 1 else 1.0)
        for s, at in zip(spacing_mm, positions, strict=True)
    ]
    inside = None
    if brain is not None:
        nearest = [np.rint(at).astype(int) for at in positions]
        inside = brain[np.ix_(*nearest)]
    return consistency_of(axes, inside, (steps[0], steps[1], steps[2]), shifts=shifts)


def _cautions(
    axes: Sequence[AxisMap],
    consistent: Consistency | None,
    removed: float | None,
    constants: VolumeConstants,
) -> tuple[str, ...]:
    cautions = []
    planes: tuple[Plane, ...] = tuple(axis.plane for axis in axes)
    if len(axes) == 1:
        cautions.append(
            f"The slices are thick: only {planes[0]} ones were used, and nothing checks the map."
        )
    if removed is None:
        cautions.append("No brain mask was given: evidence outside the brain is shown as well.")
    elif removed > MUCH_REMOVED:
        cautions.append(
            f"{removed:.0%} of the evidence lay outside the brain or on its edge and was removed: "
            "the answer may rest on something else than the brain."
        )
    if consistent is not None and (consistent.score < FEW_AGREE or consistent.p_value > 0.05):
        cautions.append(
            f"The three axes do not agree on a place (overlap {consistent.score:.2f}, "
            f"p = {consistent.p_value:.2f}): do not rely on where the map points."
        )
    if not constants.fitted:
        cautions.append("The scale of the map was not measured for each plane of these weights.")
    return tuple(cautions)
