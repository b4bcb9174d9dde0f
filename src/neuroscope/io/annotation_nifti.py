"""Annotations as NIfTI masks on the grid of their series, one file for each kind.

Tumors carry the labels of BraTS 2023 where their parts are known. A NIfTI file has no room for
authors, reasons or versions: what comes back is a mask and its kind.
"""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, TooLargeError
from neuroscope.io.annotations import (
    ReadAnnotations,
    box_annotation,
    check_boxes,
    in_grid,
    window,
)
from neuroscope.io.nifti import read_nifti_image, write_nifti
from neuroscope.records.annotation import Annotation, AnnotationKind
from neuroscope.records.volume import Volume
from neuroscope.settings import RESEARCH_USE, Limits

PARTS: Mapping[int, str] = MappingProxyType({1: "NCR", 2: "ED", 3: "ET"})
MOST_LABELS = 100
DRAWN_LAST = (2, 1, 3)  # where parts overlap: edema gives way to core, core to what enhances
_PART = re.compile(r"BraTS (NCR|ED|ET)\b")


def write_annotation_nifti(masks: Sequence[Annotation], grid: Volume, path: Path) -> None:
    """Write annotations of one kind as labels on the grid of their series.

    Parameters
    ----------
    masks
        Of shape "mask" (`preprocess/drawn.py` turns others into one). A tumor whose reason begins
        with `BraTS ED` (or NCR, ET) gets that label, all else label 1.

    Raises
    ------
    BadInputError
        If there is none, if they are of several kinds, or if one is no mask.
    GeometryMismatchError
        If one lies on another grid.
    """
    kinds = {mask.kind for mask in masks}
    if len(kinds) != 1:
        raise BadInputError(
            f"A NIfTI file holds annotations of one kind; these are of {len(kinds)}.",
            fix="Write one file for each kind.",
        )
    labels = np.zeros(grid.shape, np.uint8)
    for label in DRAWN_LAST:
        for mask in masks:
            if _label(mask) == label:
                labels[in_grid(mask, grid)] = label
    write_nifti(labels, grid.affine, path, description=RESEARCH_USE)


def read_annotation_nifti(
    path: Path, grid: Volume, *, kind: AnnotationKind, series_id: str, author: str, limits: Limits
) -> ReadAnnotations:
    """Read labels that were drawn on a series, one annotation for each label.

    The voxels may be stored in another order than those of the series (flipped or turned), as long
    as they are the same voxels.

    Raises
    ------
    BadInputError
        If the file holds no whole numbers, or no label.
    GeometryMismatchError
        If it lies on another grid.
    TooLargeError
        If it holds more than 100 labels, or they span too many voxels together.
    """
    image = read_nifti_image(path, limits=limits)
    voxels = np.asarray(image.volume.voxels)
    labels = np.rint(voxels)
    if np.abs(voxels - labels).max() > 1e-3 or labels.min() < 0:
        raise BadInputError(
            "The file holds values that are no labels.",
            fix="Give whole numbers, 0 for the background; not an image, not probabilities.",
        )
    place = window(image.volume.affine, image.volume.shape, grid)
    whole = place.turned(labels.astype(np.int64))
    known = np.unique(whole[whole > 0])
    if len(known) > MOST_LABELS:
        raise TooLargeError(
            f"The file holds {len(known)} labels; at most {MOST_LABELS} are read.",
            fix="Keep the labels that belong to this reading.",
        )
    found, spanned = [], 0
    for label in known.tolist():
        box = _box(whole == label)
        spanned += math.prod(part.stop - part.start for part in box)
        check_boxes(spanned, limits)
        i, j, k = (int(a) + part.start for a, part in zip(place.start, box, strict=True))
        found.append(
            box_annotation(
                whole[box] == label, (i, j, k), grid, series_id=series_id, kind=kind,
                author=author, reason=_reason(label, labels, kind),
            )
        )  # fmt: skip
    if not found:
        raise BadInputError("The file marks no voxel.", fix="Give a mask that marks some.")
    return ReadAnnotations(tuple(found), image.cautions)


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    sides = [np.flatnonzero(mask.any(other)).tolist() for other in ((1, 2), (0, 2), (0, 1))]
    i, j, k = (slice(side[0], side[-1] + 1) for side in sides)
    return i, j, k


def _label(mask: Annotation) -> int:
    named = _PART.match(mask.reason) if mask.kind == "tumor" else None
    return {name: label for label, name in PARTS.items()}[named[1]] if named else 1


def _reason(label: int, labels: NDArray[np.floating], kind: AnnotationKind) -> str:
    """Name the part of a tumor, unless the file knows but one label."""
    if kind != "tumor" or labels.max() == 1:
        return ""
    return f"BraTS {PARTS[label]}" if label in PARTS else f"Label {label} of a NIfTI file"
