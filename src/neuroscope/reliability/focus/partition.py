"""Divide a picture into regions: every pixel belongs to exactly one."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from neuroscope.errors import GeometryMismatchError
from neuroscope.records.focus import REGIONS, Region
from neuroscope.reliability.focus.anatomy import Anatomy

Mask = NDArray[np.bool_]
Regions = NDArray[np.uint8]  # index into REGIONS, shape (rows, columns)

BORDER = 0.04  # width of the border, as a share of the side
AROUND_MM = 10.0  # how far the surroundings of a tumor reach
AROUND = 0.05  # of the brain's width, where millimeters are not known


def partition(
    anatomy: Anatomy, tumor: Mask | None = None, *, spacing_mm: float | None = None
) -> Regions:
    """Give every pixel the number of its region.

    From strongest to weakest: text, tumor, peritumoral (within 10 mm of the tumor, or a twentieth
    of the brain's width, inside the brain), border, brain, skull and scalp, background.

    Parameters
    ----------
    tumor
        True on the tumor, or None where that is not known; then no pixel is tumor or peritumoral.
    spacing_mm
        Size of a pixel, where known.

    Raises
    ------
    GeometryMismatchError
        If the tumor was drawn on another grid.
    """
    shape = anatomy.head.shape
    if tumor is not None and tumor.shape != shape:
        raise GeometryMismatchError(
            f"The mask has shape {tumor.shape}, the picture {shape}.",
            fix="Give the mask on the pixels of the picture.",
        )
    layers: list[tuple[Region, Mask]] = [
        ("skull", anatomy.head),
        ("brain", anatomy.brain),
        ("border", border_of(shape)),
    ]
    if tumor is not None and tumor.any():
        reach = AROUND * brain_width(anatomy) if spacing_mm is None else AROUND_MM / spacing_mm
        near = np.asarray(distance_transform_edt(~tumor) <= reach)
        layers += [("peritumoral", near & anatomy.brain), ("tumor", tumor)]
    layers.append(("text", anatomy.text))
    regions = np.full(shape, REGIONS.index("background"), np.uint8)
    for name, mask in layers:
        regions[mask] = REGIONS.index(name)
    return regions


def border_of(shape: tuple[int, ...]) -> Mask:
    """Mark the outer 4 % of a picture on every side; at least one pixel."""
    rows, columns = (max(1, round(BORDER * n)) for n in shape)
    border = np.ones(shape, np.bool_)
    border[rows:-rows, columns:-columns] = False
    return border


def brain_width(anatomy: Anatomy) -> float:
    """Measure the brain across, in pixels; the head where no brain was found."""
    part = anatomy.brain if anatomy.brain.any() else anatomy.head
    columns = np.flatnonzero(part.any(0))
    return float(np.ptp(columns) + 1) if len(columns) else 0.0
