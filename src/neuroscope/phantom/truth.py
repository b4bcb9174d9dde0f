"""What is known of a phantom because it was made, as plain values for JSON."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.phantom.anatomy.person import Person, box_of, locate, shifted
from neuroscope.phantom.core_measures import core_measures, is_core
from neuroscope.phantom.fields import Field, Grid, Number
from neuroscope.phantom.laid import Laid, Subject
from neuroscope.phantom.lesion_table import (
    CAVITY_CODE,
    CODES,
    Known,
    Row,
    known_of,
    lesion_table,
    region_shares,
)
from neuroscope.phantom.lesions.lesion import Lesion, moved_at
from neuroscope.phantom.lesions.registry import RECIPES
from neuroscope.phantom.lesions.regrid import PARTS, wanted_voxels
from neuroscope.phantom.lesions.tumor import CAVITY, Labels
from neuroscope.phantom.pose import STILL, Pose
from neuroscope.phantom.tally import COUNTED

Truth = Mapping[str, object]

SCHEMA = "neuroscope/phantom-truth/2"  # 2 adds `atrophy`
SEPTUM_CORNERS = np.array([[0.0, -25.0, 2.0], [0.0, 28.0, 26.0]])  # template mm
SEPTUM_MARGIN_MM = 12.0
COARSE = Grid((40, 50, 45), (4.0, 4.0, 4.0), (-78.5, -114.5, -82.5))
FINE = Grid((160, 200, 180), (1.0, 1.0, 1.0), (-80.0, -116.0, -84.0))
MIDLINE_STRAYS_MM = 8.0  # between coarse voxels the midline bends by less than this


def measure_truth(
    subject: Subject,
    laid: Laid,
    labels: Labels,
    grid: Grid,
    pose: Pose = STILL,
    known: Sequence[Known] = (),
) -> Truth:
    """Gather volumes, place, diameters, shift and distances of one phantom.

    Parameters
    ----------
    laid
        What was painted, before the head was posed.
    labels, grid
        Those of the images.
    known
        One for each lesion; if left out they are numbered.

    Notes
    -----
    `midline_shift_mm` is the largest sideways displacement of the midline near the septum,
    positive to the patient's right. Diameters are between voxel centers.
    """
    lesions = laid.lesions
    told = tuple(known) or known_of(lesions)
    codes = {**CODES, CAVITY: CAVITY_CODE} if (labels == CAVITY).any() else CODES
    count = {code: int((labels == label).sum()) for label, code in codes.items()}
    table = lesion_table(subject, laid, labels, grid, pose, told)
    truth: dict[str, object] = {
        "schema": SCHEMA,
        "kind": subject.kind,
        "seed": subject.seed,
        "atrophy": subject.person.atrophy,
        "side": _side(lesions),
        "spacing_mm": [float(s) for s in grid.spacing],
        "volumes_ml": {c: round(n * grid.voxel_ml, 6) for c, n in count.items()},
        "core_ml": round((count["NCR"] + count["ET"]) * grid.voxel_ml, 6),
        "wanted_core_ml": float(sum(_number(row["wanted_core_ml"]) for row in table)),
        "wanted_edema_ml": float(sum(lesion.edema_ml for lesion in lesions)),
        "voxel_ml": grid.voxel_ml,
        "pose": [[round(float(value), 12) for value in row] for row in pose.matrix],
        "midline_shift_mm": round(_midline_shift_mm(subject.person, lesions), 3),
    }
    for lesion in lesions:
        truth |= RECIPES[lesion.kind].remarks(lesion, labels, grid)
    truth |= _painted(table) | core_measures(labels, grid) | _of_place(laid, table)
    return truth | {"lesions": table, "cautions": _cautions(laid, labels, grid, table)}


def _side(lesions: Sequence[Lesion]) -> str | None:
    """Name the side of all lesions, or `both`."""
    sides = {lesion.side for lesion in lesions}
    return "both" if len(sides) > 1 else next(iter(sides), None)


def _painted(table: Sequence[Row]) -> dict[str, object]:
    """Say of the whole head what was painted in any tumor of it."""
    tumors = [row for row in table if "painted_ml" in row and row["kind"] != "cavity"]
    return {remark: any(row[remark] for row in tumors) for remark in COUNTED if tumors}


def _of_place(laid: Laid, table: Sequence[Row]) -> dict[str, object]:
    """Say where in the brain the cores (or what there is) lie, and how near to what matters."""
    labels = laid.labels()
    found = next((m for m in (is_core(labels), labels > 0) if m.any()), None)
    if found is None:
        return {"region": None, "regions": {}, "hemisphere": None, "distances_mm": {}}
    regions = region_shares(laid.place.template_mm[:, found])
    placed = [row for row in table if row["lobe"]]
    cores = [row for row in placed if _number(row["core_ml"]) > 0] or placed
    return {
        "region": next(iter(regions)),
        "regions": regions,
        "hemisphere": _hemisphere(cores),
        "distances_mm": _nearest(cores),
    }


def _hemisphere(table: Sequence[Row]) -> str:
    """Name the side on which all lesions lie, or `both`; those in the midline take no side."""
    sides = {str(row["hemisphere"]) for row in table} - {"midline"}
    return "both" if len(sides) > 1 else next(iter(sides), "midline")


def _nearest(table: Sequence[Row]) -> dict[str, float]:
    """Give the distance of each structure to the lesion that is nearest to it."""
    nearest: dict[str, float] = {}
    for row in table:
        for name, distance in _mapping(row["distances_mm"]).items():
            nearest[name] = min(_number(distance), nearest.get(name, np.inf))
    return nearest


def _cautions(laid: Laid, labels: Labels, grid: Grid, table: Sequence[Row]) -> list[str]:
    """Say where the labels fall short of a volume by more than a voxel."""
    cautions = []
    for part, wanted in wanted_voxels(laid.lesions, grid.voxel_ml).items():
        got = int(np.isin(labels, PARTS[part]).sum())
        if wanted - got > 1 or (wanted and not got):
            cautions.append(
                f"The {part} has {got * grid.voxel_ml:.3f} ml instead of "
                f"{wanted * grid.voxel_ml:.3f} ml: no more voxels of this grid touch it."
            )
    cautions += [
        f"{row['id']} is too small for this grid: no voxel has its label."
        for row in table
        if row["position_mm"] is None
    ]
    return cautions


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no table")
    return value


def _midline_shift_mm(person: Person, lesions: Sequence[Lesion]) -> float:
    """Find the largest shift at 1 mm, where a coarse look says that the midline runs."""
    if not any(lesion.pushed_ml > 0 for lesion in lesions):
        return 0.0
    around = COARSE.crop(box_of(person, COARSE, SEPTUM_CORNERS, SEPTUM_MARGIN_MM))
    points, _ = _midline_at(person, lesions, around, beyond_mm=COARSE.spacing[0])
    if not len(points):
        return 0.0
    low, high = points.min(0) - MIDLINE_STRAYS_MM, points.max(0) + MIDLINE_STRAYS_MM
    fine = FINE.crop(FINE.box_around(low.tolist(), high.tolist()))
    _, shift_mm = _midline_at(person, lesions, fine)
    return float(shift_mm[np.abs(shift_mm).argmax()]) if len(shift_mm) else 0.0


def _midline_at(
    person: Person, lesions: Sequence[Lesion], grid: Grid, *, beyond_mm: Number = 0.0
) -> tuple[NDArray[np.float64], Field]:
    """Follow the midline near the septum: voxels left of it `(n, 3)` in mm, and how it shifted.

    `beyond_mm` is how far outside the septum it is followed, in the template.
    """
    calm = locate(person, grid)
    moved = moved_at(calm, lesions)
    _, y, z = calm.template_mm
    back, low = SEPTUM_CORNERS[0, 1:] - beyond_mm
    front, high = SEPTUM_CORNERS[1, 1:] + beyond_mm
    before_x = shifted(person, calm, moved).template_mm[0]
    near = ((y > back) & (y < front) & (z > low) & (z < high))[:-1]
    crossed = near & (before_x[:-1] < 0) & (before_x[1:] >= 0)
    part = -before_x[:-1][crossed] / (before_x[1:] - before_x[:-1])[crossed]
    shift = -(moved[0][:-1][crossed] * (1 - part) + moved[0][1:][crossed] * part)
    points = np.argwhere(crossed) * np.array(grid.spacing) + np.array(grid.origin)
    return points, np.asarray(shift, np.float32)
