"""What a reader drew, in millimeters, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.arrays import read_only
from neuroscope.records.geometry import Affine, checked_affine
from neuroscope.records.outline import Flat, Points, crossing, inside, plane_through, signed_area
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Plane

AnnotationKind = Literal["evidence", "not_evidence", "tumor", "note"]
Shape = Literal["contour", "stroke", "mask"]

FLAT_MM = 0.05  # corners of a contour may lie this far off their plane: rounding of other programs
LEAST_AREA_MM2 = 1e-3  # a contour of less is a line; in plain pictures, pixels

# A plain picture has no place in the patient: `(row, column, 0)` lies at `(column, row, 0)`.
PLAIN_AFFINE: Affine = checked_affine([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """One drawn shape: a vector where it can be one, a mask where it must.

    Attributes
    ----------
    series_id
        The images it was drawn on.
    kind
        `evidence` (look here), `not_evidence` (ignore this), `tumor`, or `note`, whose text is the
        reason.
    points_mm
        Shape `(n, 3)`, RAS+ millimeters: the corners of a closed contour, or the path of a brush (a
        path of one point is a disc). None, `(0, 3)`, for a mask. In plain pictures without a
        position, `(column, row, 0)` in pixels (`PLAIN_AFFINE`).
    version
        Counts up from 1 with every edit; versions are never changed.
    radius_mm
        Of the brush; 0 for the other shapes.
    holes_mm
        Rings `(m, 3)` cut out of a contour, in its plane.
    slice_index
        Which picture of a series of plain pictures; None in a volume.
    mask, mask_affine
        For a mask: booleans `(i, j, k)` of the box around it on the grid of its series, and the
        affine of that box. On a plain picture the axes are `(row, column, 1)`.
    only_this
        Nothing else in the image matters: evidence anywhere outside counts as wrong.
    created
        With a time zone.
    deleted
        This version takes the annotation away.
    model
        Whose answer the reader saw while drawing.
    plane
        In which plane of a volume a brush was used, where the path alone does not tell.
    """

    id: str
    series_id: str
    kind: AnnotationKind
    shape: Shape
    points_mm: NDArray[np.float64]
    author: str
    version: int = 1
    radius_mm: float = 0.0
    reason: str = ""
    holes_mm: tuple[NDArray[np.float64], ...] = ()
    slice_index: int | None = None
    mask: NDArray[np.bool_] | None = None
    mask_affine: NDArray[np.float64] | None = None
    only_this: bool = False
    created: datetime | None = None
    deleted: bool = False
    model: ModelRef | None = None
    plane: Plane | None = None

    def __post_init__(self) -> None:
        _check_words(self)
        for points in (self.points_mm, *self.holes_mm):
            _check_points(points)
        match self.shape:
            case "contour":
                _check_contour(self.points_mm, self.holes_mm)
            case "stroke":
                _check_stroke(self.points_mm, self.radius_mm)
            case "mask":
                _check_mask(self.points_mm, self.mask, self.mask_affine)
        object.__setattr__(self, "points_mm", read_only(self.points_mm))
        object.__setattr__(self, "holes_mm", tuple(read_only(ring) for ring in self.holes_mm))
        if self.mask is not None and self.mask_affine is not None:
            object.__setattr__(self, "mask", read_only(self.mask))
            object.__setattr__(self, "mask_affine", checked_affine(self.mask_affine))

    @property
    def rings_mm(self) -> tuple[NDArray[np.float64], ...]:
        """The outline of a contour and those of its holes."""
        return (self.points_mm, *self.holes_mm)


def _check_words(annotation: Annotation) -> None:
    for what, said, allowed in (
        ("kind", annotation.kind, get_args(AnnotationKind)),
        ("shape", annotation.shape, get_args(Shape)),
    ):
        if said not in allowed:
            raise BadInputError(
                f"The {what} of an annotation is {said!r}.",
                fix=f"Use one of {', '.join(allowed)}.",
            )
    if annotation.version < 1:
        raise BadInputError(
            f"The version of an annotation is {annotation.version}.", fix="Count up from 1."
        )
    if annotation.slice_index is not None and annotation.slice_index < 0:
        raise BadInputError(
            f"The annotation names slice {annotation.slice_index}.", fix="Count slices from 0."
        )
    if annotation.created is not None and annotation.created.tzinfo is None:
        raise BadInputError(
            "The time of an annotation has no time zone.", fix="Give it in UTC, for example."
        )
    if annotation.shape != "mask" and annotation.mask is not None:
        raise BadInputError(
            f"A {annotation.shape} comes with a mask.", fix="Give points or a mask, not both."
        )
    if annotation.shape != "contour" and annotation.holes_mm:
        raise BadInputError(
            f"A {annotation.shape} comes with holes.", fix="Only a contour may have holes."
        )


def _check_points(points: Points) -> None:
    if points.ndim != 2 or points.shape[1:] != (3,):
        raise BadInputError(f"The points have shape {points.shape}.", fix="Give (n, 3) in mm.")
    bad = int((~np.isfinite(points)).any(1).sum())
    if bad:
        raise BadInputError(
            f"{bad} of {len(points)} points are not finite.", fix="Draw the shape again."
        )


def _check_contour(outer: Points, holes: tuple[Points, ...]) -> None:
    for ring in (outer, *holes):
        if len(ring) < 3:
            raise BadInputError(
                f"A contour of {len(ring)} points is empty.", fix="Draw at least 3."
            )
    flat = plane_through(outer)
    off = max(float(np.abs(flat.height(ring)).max()) for ring in (outer, *holes))
    if off > FLAT_MM:
        raise BadInputError(
            f"The contour does not lie in one plane: a point is {off:.2f} mm off it.",
            fix="Draw one contour for each slice.",
        )
    rings = [flat.project(ring) for ring in (outer, *holes)]
    areas = [abs(signed_area(ring)) for ring in rings]
    place = crossing(rings)
    if place is not None:
        raise BadInputError(
            f"The contour crosses itself at {_place(flat, place)} mm (R, A, S).",
            fix="Move a corner so that the line no longer crosses, or draw two contours.",
        )
    if min(areas) < LEAST_AREA_MM2 or areas[0] - sum(areas[1:]) < LEAST_AREA_MM2:
        raise BadInputError(
            "The contour encloses nothing.", fix="Draw around an area, or use the brush."
        )
    _check_holes(flat, rings)


def _check_holes(flat: Flat, rings: list[Points]) -> None:
    for number, hole in enumerate(rings[1:], start=1):
        middle = _an_inner_point(hole)
        within = [bool(inside(middle[None], ring)[0]) for ring in rings[:number]]
        if not within[0]:
            raise BadInputError(
                f"The hole at {_place(flat, middle)} mm (R, A, S) lies outside the contour.",
                fix="Draw it inside, or as an annotation of its own.",
            )
        if any(within[1:]):
            raise BadInputError(
                f"The hole at {_place(flat, middle)} mm (R, A, S) lies inside another hole.",
                fix="Draw an island in a hole as a contour of its own.",
            )


def _an_inner_point(ring: Points) -> Points:
    """Give a point strictly inside a ring: the middle of its longest cut at some height."""
    heights = np.unique(ring[:, 1])
    y = (heights[np.argmax(np.diff(heights))] + heights[np.argmax(np.diff(heights)) + 1]) / 2
    starts, ends = ring, np.roll(ring, -1, 0)
    spans = (starts[:, 1] <= y) != (ends[:, 1] <= y)
    share = (y - starts[spans, 1]) / (ends[spans, 1] - starts[spans, 1])
    cuts = np.sort(starts[spans, 0] + share * (ends[spans, 0] - starts[spans, 0]))
    lengths = cuts[1::2] - cuts[::2]
    longest = int(lengths.argmax())
    return np.array([cuts[2 * longest] + lengths[longest] / 2, y])


def _check_stroke(points: Points, radius_mm: float) -> None:
    if len(points) < 1:
        raise BadInputError("A stroke of 0 points is empty.", fix="Draw at least 1.")
    if not (radius_mm > 0 and np.isfinite(radius_mm)):
        raise BadInputError(
            f"The brush has a radius of {radius_mm} mm.", fix="Give a radius above 0."
        )


def _check_mask(
    points: Points, mask: NDArray[np.bool_] | None, affine: NDArray[np.float64] | None
) -> None:
    if len(points):
        raise BadInputError(
            f"A mask comes with {len(points)} points.", fix="Give points or a mask, not both."
        )
    if mask is None or affine is None:
        raise BadInputError(
            "A mask comes without its voxels or without their affine.", fix="Give both."
        )
    if mask.ndim != 3:
        raise GeometryError(
            f"A mask needs three axes; this has {mask.ndim}.", fix="Give (i, j, k)."
        )
    if not mask.any():
        raise BadInputError("The mask marks no voxel.", fix="Paint at least one, or delete it.")
    checked_affine(affine)


def _place(flat: Flat, point: Points) -> str:
    r, a, s = flat.lift(point[None])[0] + 0.0
    return f"({r:.1f}, {a:.1f}, {s:.1f})"
