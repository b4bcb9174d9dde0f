"""One lesion: what was wished, where it began, how large it is, and when its fronts arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import Brain, Person, Place, locate
from neuroscope.phantom.fields import SLAB_VOXELS, Field, Grid, Noise, Number
from neuroscope.phantom.lesions.growth import Mask, displacement_mm
from neuroscope.phantom.lesions.kinds import Grown
from neuroscope.phantom.lesions.shape import Shape

Side = Literal["left", "right"]

EDEMA_PUSHES = 0.12  # so much of the volume of edema pushes tissue aside as core does
SEARCH_GRID = Grid((28, 34, 30), (6.0, 6.0, 6.0), (-81.0, -117.0, -72.0))  # sites are sought here


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most volume of the core, and most volume of the edema, in milliliters."""

    least_ml: Number
    most_ml: Number
    most_edema_ml: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller wants of the lesion; None leaves it to the seed.

    Attributes
    ----------
    side
        The patient's left or right. A pituitary tumor leans to that side.
    core_ml
        Volume of the tumor without edema.
    edema_ml
        Volume of the edema around it.
    number
        How many lesions; volumes are wished for each.
    enhancing_ml
        Volume of the enhancing part of a glioma's core.
    shape
        A tumor's outline to lay in, instead of one that grows; gliomas only.
    """

    side: Side | None = None
    core_ml: Number | None = None
    edema_ml: Number | None = None
    number: int | None = None
    enhancing_ml: Number | None = None
    shape: Shape | None = None

    def __post_init__(self) -> None:
        if self.side not in (None, *get_args(Side)):
            raise BadInputError(
                f"There is no side {self.side}.",
                fix="Choose left or right, as the patient has them.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """A grown lesion, independent of the grid of the images.

    Attributes
    ----------
    center_mm
        Where it began, RAS+ millimeters.
    inward
        A unit vector that the kind knows the meaning of, or 0: of a meningioma from the dura into
        the brain, of a schwannoma out of the ear's canal, of a plaque away from the ventricle.
    grid, core_time, edema_time
        The grid it grew on and when each voxel was reached.
    pushed_ml
        Volume of tissue pushed aside.
    number
        0 for the first or only lesion of the case.
    lump, grain
        Textures.
    character
        Numbers that settle the details, by name: most of them random, 0..1.
    inner_time
        Order in which the core of a laid-in shape enhances, from its enhancing part on.
    """

    kind: Grown
    side: Side
    center_mm: NDArray[np.float64]
    inward: NDArray[np.float64]
    core_ml: float
    edema_ml: float
    pushed_ml: float
    number: int
    grid: Grid
    core_time: Field
    edema_time: Field
    lump: Noise
    grain: Noise
    character: Mapping[str, float]
    inner_time: Field | None = None

    def offset_mm(self) -> Field:
        """Vectors from where it began to the voxels it grew on, shape `(3, i, j, k)`."""
        return self.grid.points_mm() - self.center_mm.astype(np.float32).reshape(3, 1, 1, 1)

    def distance_mm(self) -> Field:
        """Distance of the voxels it grew on from where it began."""
        return np.asarray(np.sqrt((self.offset_mm() ** 2).sum(0)), np.float32)

    def along_and_across(self, axis: NDArray[np.float64]) -> tuple[Field, Field]:
        """Part the distance from where it began: along a unit vector (signed), and off it, mm."""
        offset = self.offset_mm()
        along = np.tensordot(axis.astype(np.float32), offset, axes=1)
        across = np.sqrt(np.maximum((offset**2).sum(0) - along**2, 0))
        return np.asarray(along, np.float32), np.asarray(across, np.float32)

    def enough(self, volume_ml: float) -> int:
        """Count the voxels a front must reach so that a volume fits though some are forbidden."""
        return round(3 * volume_ml / self.grid.voxel_ml) + 1000


def pushing_ml(core_ml: Number, edema_ml: Number) -> Number:
    """Add to the core the part of its edema that pushes tissue aside as core does."""
    return core_ml + EDEMA_PUSHES * edema_ml


def sign_of(side: Side) -> float:
    """Give the sign that x has on a side: left is negative."""
    return -1.0 if side == "left" else 1.0


def moved_mm(person: Person, lesions: Sequence[Lesion], grid: Grid) -> Field:
    """Say for each voxel where its tissue was before the lesions grew, relative to now.

    Returns
    -------
    Field
        Shape `(3, i, j, k)`, mm. The displacements of several lesions add up.
    """
    return moved_at(locate(person, grid), lesions)


def moved_at(place: Place, lesions: Sequence[Lesion]) -> Field:
    """Say the same for a grid that was located in the healthy person."""
    points, depth = place.grid.points_mm(), place.depth_mm
    moved = np.zeros_like(points)
    thick = max(1, SLAB_VOXELS // depth[0].size)
    for start in range(0, len(depth), thick):  # slabs stay in the processor's cache
        slab = slice(start, start + thick)
        for lesion in lesions:
            if lesion.pushed_ml > 0:
                moved[:, slab] += displacement_mm(
                    points[:, slab], lesion.center_mm, depth[slab], lesion.pushed_ml
                )
    return moved


def patient_position(person: Person, template_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the point of the patient, in RAS+ mm, that lies at a template position."""
    back = np.linalg.inv(person.linear)
    guess: NDArray[np.float64] = back @ template_mm
    for _ in range(8):
        point = Grid((1, 1, 1), (1.0, 1.0, 1.0), (guess[0], guess[1], guess[2]))
        found = locate(person, point).template_mm[:, 0, 0, 0]
        guess = guess + back @ (template_mm - found)
    return guess


def ventricles(place: Place, brain: Brain) -> Mask:
    """Say which voxels lie in the lateral and third ventricles."""
    x, y, z = place.template_mm
    near = (np.abs(x) < 42) & (y > -78) & (y < 38) & (z > -22) & (z < 38)
    return np.asarray((brain.fluid > 0.5) & (place.depth_mm > 13) & near)


def may_swell(place: Place, brain: Brain) -> Mask:
    """Say which voxels edema may take."""
    return np.asarray((place.depth_mm > 1.0) & ~ventricles(place, brain) & (brain.fluid < 0.7))


def require_volume(what: str, value: Number, least: Number, most: Number) -> None:
    """Refuse a volume in ml that is out of bounds, naming the nearest that is not."""
    if not least <= value <= most:
        nearest = least if value < least else most
        raise BadInputError(
            f"A {what} of {value:g} ml is not possible; it must be {least:g} to {most:g} ml.",
            fix=f"The nearest possible is {nearest:g} ml.",
        )
