"""What is known of a phantom because it was made, as plain values for JSON."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from neuroscope.phantom.anatomy.person import Person, box_of, locate
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.kinds import Kind
from neuroscope.phantom.lesions.lesion import Lesion, moved_mm

Value = str | int | float | None | list[float] | Mapping[str, float]
Truth = Mapping[str, Value]

SCHEMA = "neuroscope/phantom-truth/1"
SEPTUM_CORNERS = np.array([[0.0, -25.0, 2.0], [0.0, 28.0, 26.0]])  # template mm
CODES = {1: "NCR", 2: "ED", 3: "ET"}


def measure_truth(
    kind: Kind,
    seed: int,
    lesions: Sequence[Lesion],
    person: Person,
    labels: NDArray[np.uint8],
    grid: Grid,
) -> Truth:
    """Gather volumes, place, diameters and shift of one phantom.

    Notes
    -----
    `midline_shift_mm` is the largest sideways displacement of the midline near the septum,
    positive to the patient's right. Diameters are between voxel centers of the core.
    """
    count = {code: int((labels == label).sum()) for label, code in CODES.items()}
    volumes: dict[str, float] = {c: round(n * grid.voxel_ml, 6) for c, n in count.items()}
    core = (labels == 1) | (labels == 3)
    truth: dict[str, Value] = {
        "schema": SCHEMA,
        "kind": kind,
        "seed": seed,
        "side": lesions[0].side if lesions else None,
        "spacing_mm": [float(s) for s in grid.spacing],
        "volumes_ml": volumes,
        "core_ml": round((count["NCR"] + count["ET"]) * grid.voxel_ml, 6),
        "wanted_core_ml": sum(lesion.core_ml for lesion in lesions),
        "wanted_edema_ml": sum(lesion.edema_ml for lesion in lesions),
        "voxel_ml": grid.voxel_ml,
        "center_mm": None,
        "longest_diameter_mm": 0.0,
        "longest_axial_diameter_mm": 0.0,
        "equivalent_diameter_mm": 0.0,
        "midline_shift_mm": 0.0,
    }
    if lesions and core.any():
        points = np.argwhere(core) * np.array(grid.spacing) + np.array(grid.origin)
        truth["center_mm"] = [round(float(value), 3) for value in points.mean(0)]
        truth["longest_diameter_mm"] = round(longest_mm(points), 3)
        truth["longest_axial_diameter_mm"] = round(_longest_axial_mm(points), 3)
        sphere = 2 * np.cbrt(len(points) * grid.voxel_ml * 1000 * 3 / (4 * np.pi))
        truth["equivalent_diameter_mm"] = round(float(sphere), 3)
        truth["midline_shift_mm"] = round(_midline_shift_mm(person, lesions), 3)
    return truth


def longest_mm(points: NDArray[np.float64]) -> float:
    """Measure the largest distance between two of the points `(n, d)`."""
    if len(points) < 2:
        return 0.0
    try:
        points = points[ConvexHull(points).vertices]
    except QhullError:  # fewer points than a hull needs, or all in one plane
        points = points[:: max(1, len(points) // 2000)]
    return float(pdist(points).max())


def _longest_axial_mm(points: NDArray[np.float64]) -> float:
    levels = np.unique(points[:, 2])
    return max(longest_mm(points[points[:, 2] == level][:, :2]) for level in levels)


def _midline_shift_mm(person: Person, lesions: Sequence[Lesion]) -> float:
    wide = Grid((160, 200, 180), (1.0, 1.0, 1.0), (-80.0, -116.0, -84.0))
    grid = wide.crop(box_of(person, wide, SEPTUM_CORNERS, 4.0))
    calm = locate(person, grid)
    moved = moved_mm(person, lesions, grid)
    _, y, z = calm.template_mm
    (_, back, low), (_, front, high) = SEPTUM_CORNERS
    before_x = locate(person, grid, moved).template_mm[0]
    near = (np.abs(before_x) < 0.7) & (y > back) & (y < front) & (z > low) & (z < high)
    if not near.any():
        return 0.0
    shift = -moved[0][near]
    return float(shift[np.abs(shift).argmax()])
