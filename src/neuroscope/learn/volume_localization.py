"""Compare evidence in volumes with masks, and with maps that know nothing of the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import GeometryMismatchError

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]

TOLERANCE_MM = 5.0  # of the peak: about a cell of the evidence
THRESHOLDS = tuple(round(0.002 * 1.2**n, 5) for n in range(34))  # 0.002 .. 0.8
GAUSSIAN_SPREAD = 0.15  # of the width of the brain: a guess that knows only where brains are
SMOOTHING_MM = 3.0  # of asymmetry and intensity, so that single voxels do not decide
SMALLEST_LESION_ML = 0.1
SURROUNDED = np.ones((3, 3, 3))


@dataclass(frozen=True, slots=True)
class VolumeScores:
    """How well a map lies on a mask; nan where that cannot be said.

    Attributes
    ----------
    mass
        Share of the map inside the mask (relevance mass accuracy).
    rank
        Share of the mask among as many of the highest voxels (relevance rank accuracy).
    pointing
        Whether the peak lies within 5 mm of the mask.
    precision
        Area under the precision-recall curve, as average precision.
    dice, hd95_mm, lesion_recall, volume_error
        Of the voxels above the threshold that validation chose; `volume_error` is relative.
    best_dice
        With the best threshold for this very case: optimistic, only for comparison.
    """

    mass: float
    rank: float
    pointing: float
    precision: float
    dice: float
    hd95_mm: float
    lesion_recall: float
    volume_error: float
    best_dice: float


def score_volume(
    values: Floats, truth: Mask, spacing_mm: Spacing, *, threshold: float
) -> VolumeScores:
    """Score a map against a mask that is not empty.

    Parameters
    ----------
    values
        0 or more, any scale that `threshold` shares.

    Raises
    ------
    GeometryMismatchError
        If the shapes differ.
    """
    if values.shape != truth.shape:
        raise GeometryMismatchError(
            f"The map has shape {values.shape}, the mask {truth.shape}.",
            fix="Resample one to the other.",
        )
    total = float(values.sum(dtype=np.float64))
    found = values > threshold
    return VolumeScores(
        mass=float(values[truth].sum(dtype=np.float64)) / total if total > 0 else 0.0,
        rank=_rank_accuracy(values, truth),
        pointing=float(_points_at(values, truth, spacing_mm)),
        precision=average_precision(values.ravel(), truth.ravel()),
        dice=dice(found, truth),
        hd95_mm=hd95_mm(found, truth, spacing_mm),
        lesion_recall=lesion_recall(found, truth, spacing_mm),
        volume_error=float(found.sum()) / float(truth.sum()) - 1 if truth.any() else float("nan"),
        best_dice=float(np.max(dices(values, truth))),
    )


def dice(found: Mask, truth: Mask) -> float:
    """Measure the overlap of two masks; nan if both are empty."""
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else float("nan")


def dices(values: Floats, truth: Mask) -> NDArray[np.float64]:
    """Measure the overlap at every one of `THRESHOLDS`."""
    edges = np.array([*THRESHOLDS, np.inf])
    everywhere = np.histogram(values, edges)[0][::-1].cumsum()[::-1]
    inside = np.histogram(values[truth], edges)[0][::-1].cumsum()[::-1]
    return np.asarray(2 * inside / np.maximum(everywhere + int(truth.sum()), 1), np.float64)


def best_threshold(cases: Sequence[NDArray[np.float64]]) -> float:
    """Choose the threshold with the largest mean overlap, from `dices` of validation cases."""
    return THRESHOLDS[int(np.mean(cases, axis=0).argmax())]


def average_precision(values: Floats, truth: Mask) -> float:
    """Measure the area under the precision-recall curve; ties count as one step."""
    positives = int(truth.sum())
    if positives == 0:
        return float("nan")
    lit = values > 0  # the many voxels at 0 are one last step
    order = np.argsort(-values[lit], kind="stable")
    ranked, hits = values[lit][order], np.cumsum(truth[lit][order])
    last = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    hits, seen = hits[last], (np.arange(len(ranked)) + 1)[last]
    hits, seen = np.append(hits, positives), np.append(seen, truth.size)
    return float(np.sum(np.diff(hits, prepend=0) * hits / seen) / positives)


def hd95_mm(found: Mask, truth: Mask, spacing_mm: Spacing) -> float:
    """Measure the 95th percentile of the distances between two surfaces; nan if one is empty."""
    if not found.any() or not truth.any():
        return float("nan")
    box = ndimage.find_objects((found | truth).astype(np.int8))[0]
    edges = [mask[box] & ~ndimage.binary_erosion(mask[box]) for mask in (found, truth)]
    far = [ndimage.distance_transform_edt(~edge, sampling=spacing_mm) for edge in edges]
    both = [far[1][edges[0]], far[0][edges[1]]]
    return float(max(np.percentile(distances, 95) for distances in both))


def lesion_recall(found: Mask, truth: Mask, spacing_mm: Spacing) -> float:
    """Give the share of lesions of 0.1 ml or more that are touched; nan without such lesions."""
    labels, count = ndimage.label(truth, SURROUNDED)
    sizes_ml = np.bincount(labels.ravel(), minlength=count + 1) * float(np.prod(spacing_mm)) / 1000
    large = np.flatnonzero(sizes_ml >= SMALLEST_LESION_ML)
    large = large[large > 0]
    return float(np.isin(large, labels[found]).mean()) if large.size else float("nan")


def centered_gaussian(brain: Mask, spacing_mm: Spacing) -> Floats:
    """Draw a blob in the middle of the brain: what a map gets for not looking at all."""
    places = np.argwhere(brain) * np.array(spacing_mm)
    center, width = places.mean(axis=0), float(np.ptp(places, axis=0).max())
    grids = np.ogrid[tuple(slice(0, n) for n in brain.shape)]
    squares = sum(
        ((grid * s - c) / (GAUSSIAN_SPREAD * width)) ** 2
        for grid, s, c in zip(grids, spacing_mm, center, strict=True)
    )
    return np.where(brain, np.exp(-0.5 * squares), 0).astype(np.float32)


def asymmetry(
    voxels: NDArray[np.floating], brain: Mask, spacing_mm: Spacing, *, left_right: int
) -> Floats:
    """Draw how far a place differs from its mirror image about the middle of the brain.

    Parameters
    ----------
    left_right
        The voxel axis from left to right.
    """
    spread = [SMOOTHING_MM / s for s in spacing_mm]
    smooth = ndimage.gaussian_filter(np.where(brain, voxels, 0).astype(np.float32), spread)
    columns = np.flatnonzero(brain.any(axis=tuple({0, 1, 2} - {left_right})))
    mirrored = int(columns[0] + columns[-1]) - np.arange(brain.shape[left_right])
    valid = (mirrored >= 0) & (mirrored < brain.shape[left_right])
    other = smooth.take(np.where(valid, mirrored, 0), left_right)
    both = brain & brain.take(np.where(valid, mirrored, 0), left_right)
    return np.where(both, np.abs(smooth - other), 0).astype(np.float32)


def brightness(voxels: NDArray[np.floating], brain: Mask, spacing_mm: Spacing) -> Floats:
    """Draw how far a place is brighter than the median of the brain."""
    spread = [SMOOTHING_MM / s for s in spacing_mm]
    median = float(np.median(voxels[brain]))
    above = np.where(brain, np.maximum(voxels - median, 0), 0).astype(np.float32)
    return np.where(brain, ndimage.gaussian_filter(above, spread), 0).astype(np.float32)


def _rank_accuracy(values: Floats, truth: Mask) -> float:
    number = int(truth.sum())
    if number == 0:
        return float("nan")
    highest = np.argpartition(-values.ravel(), number - 1)[:number]
    return float(truth.ravel()[highest].mean())


def _points_at(values: Floats, truth: Mask, spacing_mm: Spacing) -> bool:
    if not values.any():
        return False
    peak = np.array(np.unravel_index(int(values.argmax()), values.shape))
    places = np.argwhere(truth)
    if not len(places):
        return False
    return bool(
        np.linalg.norm((places - peak) * np.array(spacing_mm), axis=1).min() <= TOLERANCE_MM
    )
