"""What tells one kind of lesion from another: a recipe, read by the code that grows and paints.

A new kind is a file with one `Recipe`, a name in `kinds.py` and a line in `registry.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuroscope.phantom.anatomy.person import Brain, Person, Place
from neuroscope.phantom.fields import Field, Grid, Number
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side, may_swell
from neuroscope.phantom.lesions.tumor import ENHANCING, Labels, Tumor
from neuroscope.phantom.scene import Scene

Remark = bool | int | float | str
CoreLabels = Callable[[Lesion, Mask, Grid, Field, Field], Labels]
Site = tuple[NDArray[np.float64], NDArray[np.float64]]  # center in RAS+ mm, unit vector inward or 0


@dataclass(frozen=True, eq=False)
class Front:
    """Where a lesion grows, on its own grid: the place, the tissue, and two textures.

    Place and tissue are slow to find, and a core that is ordered by distance alone, with no edema
    around it, never asks for them; so they are found when they are first asked for.
    """

    find_place: Callable[[], Place]
    find_brain: Callable[[Place], Brain]
    lump: Field
    broad: Field

    @cached_property
    def place(self) -> Place:
        """Where the voxels of the grid lie in the person, pushed by the lesion."""
        return self.find_place()

    @cached_property
    def brain(self) -> Brain:
        """The tissue there."""
        return self.find_brain(self.place)


def wholly(label: int) -> CoreLabels:
    """Give the whole core one label."""

    def core_labels(_: Lesion, core: Mask, _grid: Grid, _lump: Field, _grain: Field) -> Labels:
        return np.where(core, np.uint8(label), np.uint8(0))

    return core_labels


all_enhancing = wholly(ENHANCING)


def one(_rng: np.random.Generator) -> int:
    """Draw one lesion."""
    return 1


def no_details(_rng: np.random.Generator) -> Mapping[str, float]:
    """Draw nothing, and leave the stream as it is."""
    return {}


def no_remarks(_lesion: Lesion, _labels: Labels, _grid: Grid) -> Mapping[str, Remark]:
    """Say nothing more of a lesion."""
    return {}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Recipe:
    """All that is particular to a kind.

    Attributes
    ----------
    bounds
        Volumes that can be wished for.
    volumes
        Draws the volumes of core and edema in ml.
    site
        Draws where a lesion of a radius (mm) begins on a side.
    pushed_part
        Share of the core's volume (and of an eighth of the edema's) that pushes tissue aside,
        for a random number 0..1.
    core_time
        Order in which the core takes the voxels of the lesion's grid.
    may_hold
        Voxels that the core may take.
    may_swell
        Voxels that edema may take.
    core_labels
        Labels inside the core.
    paint
        Paints the grown lesion over the healthy head.
    number
        How many lesions there are when nobody wishes a number.
    most
        How many may be wished for.
    gap_mm
        Least space between two lesions; None where there is no need of any.
    most_together_ml
        Most volume of all lesions together, edema included.
    details
        Draws further numbers of the lesion's character. If `enhancing` is among them, it is the
        part of the core that enhances, and a volume of it may be wished for.
    remarks
        What the truth says of a lesion beyond volumes and place, given the labels of the case.
    takes_shape
        Whether the shape of a real tumor can be laid in.
    """

    bounds: Bounds
    volumes: Callable[[np.random.Generator], tuple[float, float]]
    site: Callable[[Person, Side, float, np.random.Generator], Site]
    pushed_part: Callable[[float], float]
    core_time: Callable[[Lesion, Front], Field]
    may_hold: Callable[[Place, Brain], Mask]
    paint: Callable[[Scene, Tumor, Brain], None]
    core_labels: CoreLabels = all_enhancing
    may_swell: Callable[[Place, Brain], Mask] = may_swell
    number: Callable[[np.random.Generator], int] = one
    most: int = 1
    gap_mm: Number | None = None
    most_together_ml: Number = 400
    details: Callable[[np.random.Generator], Mapping[str, float]] = no_details
    remarks: Callable[[Lesion, Labels, Grid], Mapping[str, Remark]] = no_remarks
    takes_shape: bool = False
