"""Volumes of regions in milliliters, how sure they are, and their ratios."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure.regions import NAMES, Region
from neuroscope.records.arrays import Array
from neuroscope.records.measurement import Measurement
from neuroscope.records.segmentation import Segmentation

SURE, POSSIBLE = 0.975, 0.025  # voxel probabilities that bound a region
RATIOS = (("ET", "TC"), ("NCR", "TC"), ("TC", "WT"), ("ED", "WT"), ("ED", "TC"))
INSIDE_OF = {"NCR": ("TC", "ET"), "ED": ("WT", "TC")}  # what is left of the first

COUNTED = "whole voxels counted"
HALF_SLICE = "half a slice of the largest section, for what lies between slices"
VALIDATED = "what 95 % of the validation studies of this segmenter stayed within"
PROBABLE = (
    f"all voxels of probability {SURE:g} or more, and of {POSSIBLE:g} or more, as if all erred "
    "together"
)


def volumes(
    regions: Mapping[str, Region],
    source: str,
    *,
    p_region: Mapping[str, Array] | None = None,
    validated: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[Measurement, ...]:
    """Measure the volume of every region.

    Parameters
    ----------
    p_region
        By region (`WT`, `TC`, `ET`): probability of each voxel of the whole grid, `(i, j, k)`.
    validated
        By region: lower and upper volume (ml) by the errors of the segmenter on its validation
        studies; they take the place of the probabilities.

    Notes
    -----
    Without `validated` the interval is a bound, wider than 95 %: half a slice of the largest
    section and, where probabilities are given, the sure and the possible voxels.
    """
    if validated:
        bounds, why = _with_parts(validated), VALIDATED
    else:
        bounds = _probable_ml(p_region or {}, next(iter(regions.values())).voxel_ml)
        why = PROBABLE
    found = []
    for code, region in regions.items():
        ml, half = region.ml, half_slice_ml(region)
        low, high = bounds.get(code, (ml, ml))
        how = f"{NAMES[code]}: {COUNTED}; interval: {HALF_SLICE}"
        how += f"; {why}" if code in bounds else ""
        interval = max(0.0, min(ml - half, low)), max(ml + half, high)
        found.append(Measurement(f"{code} volume", ml, "ml", how, source, interval))
    return tuple(found)


def label_volumes(segmentation: Segmentation, source: str) -> tuple[Measurement, ...]:
    """Count the volume of every label by its own name, those outside all regions included."""
    voxel_ml = float(abs(np.linalg.det(segmentation.affine[:3, :3]))) / 1000
    found = []
    for label, tissue in segmentation.tissues.items():
        ml = int(np.count_nonzero(segmentation.labels == label)) * voxel_ml
        found.append(
            Measurement(f"label {label} volume", ml, "ml", f"{tissue.name}: {COUNTED}", source)
        )
    return tuple(found)


def ratios(measured: tuple[Measurement, ...], source: str) -> tuple[Measurement, ...]:
    """Divide volumes; a ratio to nothing is left out.

    The interval comes from the intervals of both volumes, as if they erred in opposite ways.
    """
    by_name = {value.name: value for value in measured}
    found = []
    for upper, lower in RATIOS:
        part, whole = by_name[f"{upper} volume"], by_name[f"{lower} volume"]
        if whole.value <= 0:
            continue
        (low, high), (least, most) = _interval(part), _interval(whole)
        bounds = low / most, high / least if least > 0 else np.inf
        if (upper, lower) != ("ED", "TC"):
            bounds = min(bounds[0], 1.0), min(bounds[1], 1.0)
        found.append(
            Measurement(
                f"{upper} / {lower}", part.value / whole.value, "1",
                f"{upper} volume divided by {lower} volume; interval: from those of both", source,
                (float(bounds[0]), float(bounds[1])) if np.isfinite(bounds[1]) else None,
            )
        )  # fmt: skip
    return tuple(found)


def half_slice_ml(region: Region) -> float:
    """Measure half of the largest slice of a region, cut across its thickest axis.

    Counting takes every slice for a slab. Where sections grow to one largest and shrink again, as
    in a lesion, the error at either end is no more than half a slab of the largest section.
    """
    spacing = np.array(region.spacing_mm)
    most = 0
    for axis in np.flatnonzero(spacing >= 0.99 * spacing.max()):
        others = tuple(other for other in range(3) if other != axis)
        most = max(most, int(region.inside.sum(axis=others).max()))
    return most * region.voxel_ml / 2


def check_grid(segmentation: Segmentation, p_region: Mapping[str, Array]) -> None:
    """Refuse probabilities on another grid.

    Raises
    ------
    GeometryMismatchError
        Naming both shapes.
    """
    for code, p in p_region.items():
        if p.shape != segmentation.labels.shape:
            raise GeometryMismatchError(
                f"Probabilities of {code} have shape {p.shape}, labels "
                f"{segmentation.labels.shape}.",
                fix="Give them on the grid of the labels.",
            )


def _interval(value: Measurement) -> tuple[float, float]:
    return value.interval or (value.value, value.value)


def _with_parts(whole: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Bound what is left of one region without the next by the bounds of both."""
    found = dict(whole)
    for code, (outer, inner) in INSIDE_OF.items():
        if outer in whole and inner in whole:
            low, high = whole[outer][0] - whole[inner][1], whole[outer][1] - whole[inner][0]
            found[code] = max(0.0, low), max(0.0, high)
    return found


def _probable_ml(p_region: Mapping[str, Array], voxel_ml: float) -> dict[str, tuple[float, float]]:
    def between(p: NDArray[np.floating]) -> tuple[float, float]:
        low, high = int(np.count_nonzero(p >= SURE)), int(np.count_nonzero(p >= POSSIBLE))
        return low * voxel_ml, high * voxel_ml

    found = {code: between(p) for code, p in p_region.items()}
    for code, (outer, inner) in INSIDE_OF.items():
        if outer in p_region and inner in p_region:
            found[code] = between(np.asarray(p_region[outer]) - np.asarray(p_region[inner]))
    return found
