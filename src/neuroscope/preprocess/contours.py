"""From a field of values to contours with corners that can be moved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.preprocess.drawn import covered
from neuroscope.records.annotation import Annotation
from neuroscope.records.outline import crossing, inside, signed_area
from neuroscope.records.slicegrid import SliceGrid

Rings = tuple[NDArray[np.float64], ...]  # an outline and its holes, each (n, 3) in mm

STRAIGHTENED = 0.1  # pixels: corners nearer than this to a straight line are left out
SMALLEST = 0.25  # pixels: the area of a ring worth keeping; around one pixel it is 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LayerContours:
    """Contours in one layer of a volume; an island in a hole is a contour of its own."""

    axis: int
    layer: int
    contours: tuple[Rings, ...]


def contours_in(field: NDArray[np.floating], grid: SliceGrid) -> tuple[Rings, ...]:
    """Draw the lines on which a field is 0, around where it is above.

    Parameters
    ----------
    field
        On the pixels of the grid, shape `(rows, columns)`; what is above 0 at the border of the
        picture is closed along it.

    Returns
    -------
    tuple
        Outlines with their holes, RAS+ mm; none where nothing is above 0.
    """
    from skimage.measure import approximate_polygon, find_contours

    padded = np.pad(np.asarray(field, np.float64), 1, constant_values=-np.abs(field).max() - 1e-9)
    rings = []
    for line in find_contours(padded, 0.0):  # type: ignore[no-untyped-call]
        ring = line[:-1] - 1.0
        if abs(signed_area(ring)) < SMALLEST:
            continue
        straight = approximate_polygon(line, STRAIGHTENED)[:-1] - 1.0  # type: ignore[no-untyped-call]
        rings.append(straight if len(straight) > 2 and crossing([straight]) is None else ring)
    return tuple(
        tuple(grid.to_mm(np.column_stack([ring, np.zeros(len(ring))])) for ring in family)
        for family in _families(rings)
    )


def outlined(annotation: Annotation, grid: SliceGrid) -> tuple[Rings, ...]:
    """Draw around what an annotation covers of a slice, so that it can be edited."""
    return contours_in(covered(annotation, grid) - 0.5, grid)


def _families(rings: list[NDArray[np.float64]]) -> list[list[NDArray[np.float64]]]:
    """Put every hole to the smallest ring around it; inside an even number, it is an outline."""
    order = sorted(rings, key=lambda ring: -abs(signed_area(ring)))
    around = [
        [other for other in range(number) if _holds(order[other], ring)]
        for number, ring in enumerate(order)
    ]
    families = {n: [ring] for n, ring in enumerate(order) if len(around[n]) % 2 == 0}
    for number, ring in enumerate(order):
        if len(around[number]) % 2:
            families[around[number][-1]].append(ring)
    return list(families.values())


def _holds(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> bool:
    return bool(inside(inner[:1], outer)[0])
