"""How well a segmentation agrees with a reference: by voxel, by surface and by lesion.

References
----------
BraTS 2023 lesion-wise metrics: the evaluation code of the challenge. Surface Dice: Nikolov et al.
2018, arXiv:1809.04430.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure.regions import Mask, box_of, labels_of, mask_of
from neuroscope.records.geometry import spacing_mm
from neuroscope.records.segmentation import Segmentation

Challenge = Literal["GLI", "SSA", "PED", "MEN", "MET"]

MISSED_HD95_MM = 374.0  # diagonal of the BraTS grid
TOLERANCE_MM = 1.0
COMPARED = ("WT", "TC", "ET")
NEAR = ndimage.generate_binary_structure(3, 2)  # 18-neighborhood, as BraTS dilates
TOUCHING = np.ones((3, 3, 3), bool)


@dataclass(frozen=True, slots=True)
class LesionRule:
    """How a challenge joins and drops lesions.

    Attributes
    ----------
    dilations
        Reference lesions that meet when grown so often are one.
    least_mm3
        Reference lesions of this volume or less are not judged.
    """

    dilations: int
    least_mm3: float


RULES: Mapping[Challenge, LesionRule] = MappingProxyType(
    {
        "GLI": LesionRule(3, 50.0),
        "SSA": LesionRule(3, 50.0),
        "PED": LesionRule(3, 50.0),
        "MEN": LesionRule(1, 50.0),
        "MET": LesionRule(1, 2.0),
    }
)


@dataclass(frozen=True, slots=True)
class LesionScore:
    """BraTS 2023: scores averaged over lesions; what is missed or false counts 0 and 374 mm."""

    dice: float
    hd95_mm: float
    found: int
    missed: int
    false: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one region agrees. Dice is 1, and the distance 0, where both are empty."""

    region: str
    dice: float
    hd95_mm: float
    surface_dice: float
    volume_ml: float
    reference_ml: float
    lesions: LesionScore


def agreement(
    segmentation: Segmentation,
    reference: Segmentation,
    *,
    challenge: Challenge = "GLI",
    tolerance_mm: float = TOLERANCE_MM,
) -> tuple[Agreement, ...]:
    """Compare whole tumor, core and enhancing tumor of one case with a reference.

    Parameters
    ----------
    challenge
        Whose rule of lesions applies; `MET` keeps lesions of 2 mm3 apart.
    tolerance_mm
        Surfaces this near agree.

    Raises
    ------
    GeometryMismatchError
        If the grids differ.
    """
    same = segmentation.labels.shape == reference.labels.shape
    if not same or np.abs(segmentation.affine - reference.affine).max() > 1e-3:
        raise GeometryMismatchError(
            f"The segmentation ({segmentation.labels.shape}) lies on another grid than the "
            f"reference ({reference.labels.shape}).",
            fix="Resample one onto the other with nearest neighbors.",
        )
    rule = RULES[challenge]
    box = _both(segmentation, reference, margin=rule.dilations + 1)
    spacing = np.array(spacing_mm(segmentation.affine))
    found = []
    for region in COMPARED:
        mask = mask_of(segmentation.labels[box], labels_of(segmentation, region))
        truth = mask_of(reference.labels[box], labels_of(reference, region))
        found.append(_compared(region, mask, truth, spacing, rule, tolerance_mm))
    return tuple(found)


def dice(mask: Mask, truth: Mask) -> float:
    """Measure the overlap of two masks of one shape; 1 if both are empty."""
    total = int(mask.sum()) + int(truth.sum())
    return 2 * int((mask & truth).sum()) / total if total else 1.0


def hd95_mm(mask: Mask, truth: Mask, spacing: NDArray[np.float64]) -> float:
    """Measure the larger 95th percentile of the distances from either surface to the other.

    Surfaces are voxels with a neighbor face outside. 0 if both are empty, 374 if one is.
    """
    apart = _distances(mask, truth, spacing)
    if apart is None:
        return 0.0 if not mask.any() and not truth.any() else MISSED_HD95_MM
    return float(max(np.percentile(apart[0], 95), np.percentile(apart[1], 95)))


def surface_dice(
    mask: Mask, truth: Mask, spacing: NDArray[np.float64], tolerance_mm: float
) -> float:
    """Measure which share of both surfaces lies within a tolerance of the other."""
    apart = _distances(mask, truth, spacing)
    if apart is None:
        return 1.0 if not mask.any() and not truth.any() else 0.0
    return float((np.concatenate(apart) <= tolerance_mm).mean())


def lesion_wise(
    mask: Mask, truth: Mask, spacing: NDArray[np.float64], rule: LesionRule
) -> LesionScore:
    """Score every reference lesion with all predicted parts that touch its surroundings.

    The masks need an empty margin wider than the dilations. Every predicted part that touches no
    reference lesion is false, whatever its size; small reference lesions are not judged, and what
    found them is not false.
    """
    parts, _ = ndimage.label(mask, TOUCHING)
    grown = truth
    if rule.dilations:
        grown = ndimage.binary_dilation(truth, NEAR, iterations=rule.dilations)
    joined, count = ndimage.label(grown, TOUCHING)
    voxel_mm3 = float(np.prod(spacing))
    scores: list[tuple[float, float]] = []
    matched: set[int] = set()
    missed = 0
    for number in range(1, count + 1):
        lesion = truth & (joined == number)
        around = lesion
        if rule.dilations:
            around = ndimage.binary_dilation(lesion, NEAR, iterations=rule.dilations)
        touching = set(np.unique(parts[around]).tolist()) - {0}
        matched |= touching
        if lesion.sum() * voxel_mm3 <= rule.least_mm3:
            continue
        missed += not touching
        answer = np.isin(parts, sorted(touching)) if touching else np.zeros_like(mask)
        scores.append((dice(answer, lesion), hd95_mm(answer, lesion, spacing)))
    false = int(parts.max()) - len(matched)
    return _averaged(scores, missed, false)


def _averaged(scores: list[tuple[float, float]], missed: int, false: int) -> LesionScore:
    judged = len(scores) + false
    if not judged:
        return LesionScore(1.0, 0.0, 0, 0, 0)
    overlap = sum(score[0] for score in scores) / judged
    apart = (sum(score[1] for score in scores) + MISSED_HD95_MM * false) / judged
    return LesionScore(overlap, apart, len(scores) - missed, missed, false)


def _compared(
    region: str,
    mask: Mask,
    truth: Mask,
    spacing: NDArray[np.float64],
    rule: LesionRule,
    tolerance_mm: float,
) -> Agreement:
    voxel_ml = float(np.prod(spacing)) / 1000
    return Agreement(
        region,
        dice(mask, truth),
        hd95_mm(mask, truth, spacing),
        surface_dice(mask, truth, spacing, tolerance_mm),
        int(mask.sum()) * voxel_ml,
        int(truth.sum()) * voxel_ml,
        lesion_wise(mask, truth, spacing, rule),
    )


def _distances(
    mask: Mask, truth: Mask, spacing: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Measure from each surface to the other; None if one has none."""
    if not mask.any() or not truth.any():
        return None
    first, second = _surface(mask) * spacing, _surface(truth) * spacing
    there, _ = cKDTree(second).query(first)
    back, _ = cKDTree(first).query(second)
    return np.asarray(there), np.asarray(back)


def _surface(mask: Mask) -> NDArray[np.int_]:
    return np.asarray(np.argwhere(mask & ~ndimage.binary_erosion(mask)))


def _both(first: Segmentation, second: Segmentation, *, margin: int) -> tuple[slice, slice, slice]:
    """Find the box that holds both, widened where the grid allows."""
    box = box_of(np.asarray((first.labels != 0) | (second.labels != 0)))
    i, j, k = (slice(max(0, part.start - margin), part.stop + margin) for part in box)
    return i, j, k
