"""A number with its unit, its interval and where it came from."""

from dataclasses import dataclass
from math import dist

from neuroscope.errors import BadInputError
from neuroscope.records.geometry import Point
from neuroscope.records.volume import Plane


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured quantity.

    Attributes
    ----------
    interval
        Lower and upper bound (95 % unless `how` says otherwise); None if it has none, and `how`
        says why.
    how
        The method, in words a reader can check.
    source
        What it was measured on, for example the id of a segmentation or a series.
    """

    name: str
    value: float
    unit: str
    how: str
    source: str
    interval: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.unit:
            raise BadInputError(
                f"The measurement {self.name!r} has no unit.", fix="Use '1' for a pure number."
            )
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise BadInputError(
                f"The interval of {self.name!r} is {self.interval}.", fix="Put the lower end first."
            )


@dataclass(frozen=True, slots=True)
class Line:
    """Where a caliper was laid: from one point to another, in RAS+ millimeters."""

    start_mm: Point
    end_mm: Point

    @property
    def length_mm(self) -> float:
        """Distance between the ends."""
        return dist(self.start_mm, self.end_mm)


@dataclass(frozen=True, slots=True)
class CrossedDiameters:
    """The longest diameter in a slice and the longest across it, as RANO measures.

    Attributes
    ----------
    plane
        The anatomical plane that the slice is closest to.
    axis, index
        The voxel axis across the slices of the segmentation, and which of them it is.
    """

    longest: Line
    across: Line
    plane: Plane
    axis: int
    index: int

    @property
    def product_mm2(self) -> float:
        """Product of both lengths."""
        return self.longest.length_mm * self.across.length_mm
