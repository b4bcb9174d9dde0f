"""What is known of each lesion of a visit, by an id that it keeps at all visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.phantom.anatomy.regions import (
    REGIONS,
    Points,
    distances_mm,
    landmarks,
    region_at,
    side_of,
)
from neuroscope.phantom.core_measures import core_measures, is_core
from neuroscope.phantom.fields import Box, Grid
from neuroscope.phantom.laid import Laid, Subject
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Lesion, ventricles
from neuroscope.phantom.lesions.registry import RECIPES
from neuroscope.phantom.lesions.tumor import CAVITY, Labels, Tumor
from neuroscope.phantom.owners import owners_of
from neuroscope.phantom.pose import Pose
from neuroscope.phantom.tally import COUNTED

CODES: Mapping[int, str] = MappingProxyType({1: "NCR", 2: "ED", 3: "ET"})
CAVITY_CODE = "RC"
NOWHERE: Box = (slice(0, 1), slice(0, 1), slice(0, 1))  # holds no voxel of a lesion
BOTH_SIDES = 0.1  # of a lesion on either side of the midline: it is bilateral

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """What truth tells of a lesion that its labels do not.

    Attributes
    ----------
    id
        The same at all visits of a series.
    wanted_core_ml
        What was asked for on this day, before it was rounded to whole voxels.
    painted_ml
        Volumes of cyst, calcification and blood.
    """

    id: str
    wanted_core_ml: float
    painted_ml: Mapping[str, float] = field(default_factory=dict)


def known_of(lesions: Sequence[Lesion]) -> tuple[Known, ...]:
    """Name the lesions of a lone study, or of the first visit of a series."""
    return tuple(Known(f"lesion-{n}", lesion.core_ml) for n, lesion in enumerate(lesions, start=1))


def lesion_table(
    subject: Subject, laid: Laid, labels: Labels, grid: Grid, pose: Pose, known: Sequence[Known]
) -> list[Row]:
    """Describe every lesion: kind, position, side, lobe, volumes, diameters and distances.

    Parameters
    ----------
    laid
        What was painted, before the head was posed: place and distances come from it.
    labels, grid
        Those of the images: volumes, position and diameters come from them.
    known
        One for each lesion.
    """
    if not laid.lesions:
        return []
    owners = owners_of(laid, labels, grid, pose)
    boxes = ndimage.find_objects(owners, max_label=len(laid.lesions))
    around = landmarks(subject.person, laid.place, ventricles(laid.place, laid.brain))
    around = {**around, "midline": _midline_mm(laid)}
    rows = []
    for number, (tumor, told) in enumerate(zip(laid.tumors, known, strict=True), start=1):
        i, j, k = boxes[number - 1] or NOWHERE
        box: Box = (i, j, k)
        own = np.where(owners[box] == number, labels[box], np.uint8(0))
        row = _identity(tumor.lesion, told) | _in_images(tumor.lesion, own, grid.crop(box))
        row |= _painted(told, tumor.grid.voxel_ml)
        rows.append(row | _in_person(laid, tumor, around))
    return rows


def _identity(lesion: Lesion, known: Known) -> Row:
    is_tumor = lesion.kind != "cavity"
    return {
        "id": known.id,
        "kind": lesion.kind,
        "side": lesion.side,
        "wanted_core_ml": known.wanted_core_ml if is_tumor else 0.0,
        "wanted_edema_ml": lesion.edema_ml,
    }


def _in_images(lesion: Lesion, own: Labels, grid: Grid) -> Row:
    """Measure what of a lesion is in the images; `own` holds no other lesion."""
    codes = {**CODES, CAVITY: CAVITY_CODE} if lesion.kind == "cavity" else CODES
    volumes = {code: round(int((own == n).sum()) * grid.voxel_ml, 6) for n, code in codes.items()}
    shown = is_core(own) if is_core(own).any() else own > 0
    points = np.argwhere(shown) * np.array(grid.spacing) + np.array(grid.origin)
    measured = core_measures(own, grid)
    measured.pop("center_mm")
    measured.pop("measurable_lesions")
    return {
        "position_mm": [round(float(v), 3) for v in points.mean(0)] if len(points) else None,
        "volumes_ml": volumes,
        "core_ml": round(volumes["NCR"] + volumes["ET"], 6),
        **measured,
        **RECIPES[lesion.kind].remarks(lesion, own, grid),
    }


def _painted(known: Known, voxel_ml: float) -> Row:
    """Say what was painted, not what was drawn: less than half a voxel is nothing."""
    if not known.painted_ml:
        return {}
    least = voxel_ml / 2
    flags = {remark: known.painted_ml[tissue] >= least for remark, tissue in COUNTED.items()}
    return {"painted_ml": dict(known.painted_ml), **flags}


def _in_person(laid: Laid, tumor: Tumor, around: Mapping[str, Points]) -> Row:
    """Say where in the brain the core (or what there is) lies, and how near to what matters."""
    core = is_core(tumor.labels)
    near = core if core.any() else tumor.labels > 0
    if not near.any():
        return {"hemisphere": None, "is_bilateral": False, "lobe": None, "regions": {},
                "distances_mm": {}}  # fmt: skip
    at = laid.place.template_mm[(slice(None), *tumor.box)][:, near]
    regions = region_shares(at)
    right = float((at[0] > 0).mean())
    return {
        "hemisphere": side_of(at[0]),
        "is_bilateral": BOTH_SIDES <= right <= 1 - BOTH_SIDES,
        "lobe": next(iter(regions)),
        "regions": regions,
        "distances_mm": _distances(near, tumor, around),
    }


def _distances(near: Mask, tumor: Tumor, around: Mapping[str, Points]) -> dict[str, float]:
    """Round distances; the midline is a surface between voxels, so it is met at half a voxel."""
    points = np.argwhere(near) * np.array(tumor.grid.spacing) + np.array(tumor.grid.origin)
    found = distances_mm(around, points)
    if found.get("midline", np.inf) <= max(tumor.grid.spacing) / 2:
        found["midline"] = 0.0
    return {name: round(distance, 1) for name, distance in found.items()}


def region_shares(template_mm: NDArray[np.float32]) -> dict[str, float]:
    """Say which part of the points `(3, n)` lies in which region, the largest first."""
    shares = np.bincount(region_at(template_mm), minlength=len(REGIONS)) / template_mm.shape[1]
    return {REGIONS[n]: round(float(shares[n]), 4) for n in np.argsort(-shares) if shares[n] > 0}


def _midline_mm(laid: Laid) -> Points:
    """Find the surface between the hemispheres, where it now is: points `(n, 3)` in RAS+ mm."""
    x, grid = laid.place.template_mm[0], laid.place.grid
    crosses = (x[:-1] < 0) & (x[1:] >= 0) & (laid.place.depth_mm[:-1] > 0)
    index = np.argwhere(crosses).astype(np.float64)
    left, right = x[:-1][crosses], x[1:][crosses]
    index[:, 0] += -left / (right - left)
    points: Points = index * np.array(grid.spacing) + np.array(grid.origin)
    return points
