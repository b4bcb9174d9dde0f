"""What is known of a phantom because it was made, as plain values for JSON."""

from collections.abc import Mapping, Sequence

import numpy as np

from neuroscope.phantom.anatomy.person import Person, box_of, locate
from neuroscope.phantom.anatomy.regions import REGIONS, distances_mm, region_at, side_of
from neuroscope.phantom.diameters import Bidimensional, bidimensional_of_parts, longest_of_parts
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.laid import Laid, Subject
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Lesion, moved_mm, ventricles
from neuroscope.phantom.lesions.registry import RECIPES
from neuroscope.phantom.lesions.tumor import CAVITY, ENHANCING, Labels
from neuroscope.phantom.pose import STILL, Pose

Truth = Mapping[str, object]

SCHEMA = "neuroscope/phantom-truth/1"
SEPTUM_CORNERS = np.array([[0.0, -25.0, 2.0], [0.0, 28.0, 26.0]])  # template mm
CODES = {1: "NCR", 2: "ED", 3: "ET"}
MEASURABLE_MM = 10.0


def measure_truth(
    subject: Subject, laid: Laid, labels: Labels, grid: Grid, pose: Pose = STILL
) -> Truth:
    """Gather volumes, place, diameters, shift and distances of one phantom.

    Parameters
    ----------
    laid
        What was painted, before the head was posed.
    labels, grid
        Those of the images.

    Notes
    -----
    `midline_shift_mm` is the largest sideways displacement of the midline near the septum,
    positive to the patient's right. Diameters are between voxel centers.
    """
    lesions = laid.lesions
    codes = CODES | ({CAVITY: "RC"} if (labels == CAVITY).any() else {})
    count = {code: int((labels == label).sum()) for label, code in codes.items()}
    truth: dict[str, object] = {
        "schema": SCHEMA,
        "kind": subject.kind,
        "seed": subject.seed,
        "side": _side(lesions),
        "spacing_mm": [float(s) for s in grid.spacing],
        "volumes_ml": {c: round(n * grid.voxel_ml, 6) for c, n in count.items()},
        "core_ml": round((count["NCR"] + count["ET"]) * grid.voxel_ml, 6),
        "wanted_core_ml": float(sum(_tumor_ml(lesion) for lesion in lesions)),
        "wanted_edema_ml": float(sum(lesion.edema_ml for lesion in lesions)),
        "voxel_ml": grid.voxel_ml,
        "pose": [[round(float(value), 12) for value in row] for row in pose.matrix],
        "midline_shift_mm": round(_midline_shift_mm(subject.person, lesions), 3),
    }
    for lesion in lesions:
        truth |= RECIPES[lesion.kind].remarks(lesion, labels, grid)
    return truth | _of_core(labels, grid) | _of_place(subject.person, laid)


def _side(lesions: Sequence[Lesion]) -> str | None:
    """Name the side of all lesions, or `both`."""
    sides = {lesion.side for lesion in lesions}
    return "both" if len(sides) > 1 else next(iter(sides), None)


def _tumor_ml(lesion: Lesion) -> float:
    return 0.0 if lesion.kind == "cavity" else lesion.core_ml


def _of_core(labels: Labels, grid: Grid) -> dict[str, object]:
    """Measure the core as it lies in the images."""
    core = (labels == 1) | (labels == ENHANCING)
    points = np.argwhere(core) * np.array(grid.spacing) + np.array(grid.origin)
    sphere = 2 * np.cbrt(len(points) * grid.voxel_ml * 1000 * 3 / (4 * np.pi))
    parts = bidimensional_of_parts(core, grid)
    axial = max(parts, key=lambda part: part.product_mm2, default=Bidimensional())
    return {
        "center_mm": [round(float(v), 3) for v in points.mean(0)] if len(points) else None,
        "longest_diameter_mm": round(longest_of_parts(core, grid), 3),
        "longest_axial_diameter_mm": round(max((p.longest_mm for p in parts), default=0.0), 3),
        "equivalent_diameter_mm": round(float(sphere), 3),
        "bidimensional_mm": [round(axial.longest_mm, 3), round(axial.across_mm, 3)],
        "bidimensional_product_mm2": {
            "core": round(float(sum(part.product_mm2 for part in parts)), 3),
            "ET": _product_mm2(labels == ENHANCING, grid),
        },
        "measurable_lesions": sum(p.across_mm >= MEASURABLE_MM for p in parts),
    }


def _product_mm2(mask: Mask, grid: Grid) -> float:
    return round(float(sum(p.product_mm2 for p in bidimensional_of_parts(mask, grid))), 3)


def _of_place(person: Person, laid: Laid) -> dict[str, object]:
    """Say where in the brain the core (or what there is) lies, and how near to what matters."""
    labels = laid.labels()
    found = next((m for m in (labels % 2 == 1, labels > 0) if m.any()), None)
    if found is None:
        return {"region": None, "regions": {}, "hemisphere": None, "distances_mm": {}}
    at = laid.place.template_mm[:, found]
    shares = np.bincount(region_at(at), minlength=len(REGIONS)) / at.shape[1]
    regions = {REGIONS[n]: round(float(shares[n]), 4) for n in np.argsort(-shares) if shares[n] > 0}
    filled = ventricles(laid.place, laid.brain)
    return {
        "region": next(iter(regions)),
        "regions": regions,
        "hemisphere": side_of(at[0]),
        "distances_mm": distances_mm(person, laid.place, filled, found),
    }


def _midline_shift_mm(person: Person, lesions: Sequence[Lesion]) -> float:
    if not any(lesion.pushed_ml > 0 for lesion in lesions):
        return 0.0
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
