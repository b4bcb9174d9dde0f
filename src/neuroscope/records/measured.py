"""All that was measured on one segmentation, with what is drawn where it was taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.geometry import Point
from neuroscope.records.measurement import CrossedDiameters, Line, Measurement

Side = Literal["left", "right", "midline"]
NOT_ASSESSED = "not assessed"


@dataclass(frozen=True, slots=True)
class Lesion:
    """One lesion that touches no other.

    Attributes
    ----------
    id
        `L1` is the largest of its study; another study counts anew.
    focus
        Lesions within 10 mm of each other share a focus; counted from 1.
    place
        The atlas region that holds most of it; empty without an atlas.
    is_measurable
        Whether RANO would measure it: both diameters at least 10 mm and twice the slice thickness,
        on two slices or more.
    """

    id: str
    focus: int
    center_mm: Point
    side: Side
    measurements: tuple[Measurement, ...]
    longest: Line | None = None
    crossed: CrossedDiameters | None = None
    place: str = ""
    is_measurable: bool = False

    @property
    def volume_ml(self) -> float:
        """Volume of what the lesion was made from."""
        return next(m.value for m in self.measurements if m.unit == "ml")


@dataclass(frozen=True, slots=True)
class Midline:
    """The plane that parts the hemispheres, and how far the septum lies off it.

    Attributes
    ----------
    point_mm, normal
        A point of the plane, and the unit vector from it to the patient's right.
    shift
        Positive to the patient's right; None where the middle of the brain could not be read.
    drawn
        From the plane to the displaced midline, where the shift was taken.
    """

    point_mm: Point
    normal: Point
    shift: Measurement | None = None
    drawn: Line | None = None

    def offset_mm(self, point_mm: Point) -> float:
        """Measure how far a point lies to the patient's right of the plane."""
        ends = zip(point_mm, self.point_mm, self.normal, strict=True)
        return float(sum((p - q) * n for p, q, n in ends))


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of the VASARI set: its number and name, what it is, and how that was found."""

    number: int
    name: str
    value: str
    how: str

    @property
    def is_assessed(self) -> bool:
        """Whether it could be computed."""
        return self.value != NOT_ASSESSED


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How much of a lesion is bright on T2 and dark on FLAIR, and the slice that shows it best.

    Attributes
    ----------
    score
        0 (none) to 1.
    has_sign
        Whether the score passes the threshold and the lesion does not enhance.
    axis, index, position_mm
        The voxel axis across the slices, the slice, and its center.
    """

    score: Measurement
    has_sign: bool
    axis: int
    index: int
    position_mm: Point
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurements:
    """Every number of one segmentation.

    Attributes
    ----------
    source
        Which segmentation it is.
    values
        Numbers of the whole study; those of lesions stand with the lesions.
    longest, crossed
        By region, of its part where they are largest: what to draw.
    """

    source: str
    values: tuple[Measurement, ...]
    lesions: tuple[Lesion, ...] = ()
    longest: Mapping[str, Line] = field(default_factory=dict)
    crossed: Mapping[str, CrossedDiameters] = field(default_factory=dict)
    midline: Midline | None = None
    mismatch: Mismatch | None = None
    vasari: tuple[Feature, ...] = ()
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [value.name for value in self.values]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadInputError(
                f"The measurement {twice[0]!r} stands twice.", fix="Give each its own name."
            )
        object.__setattr__(self, "longest", MappingProxyType(dict(self.longest)))
        object.__setattr__(self, "crossed", MappingProxyType(dict(self.crossed)))

    def named(self, name: str) -> Measurement:
        """Find a number by its name, for example `WT volume`.

        Raises
        ------
        NotFoundError
            If it was not measured.
        """
        found = next((value for value in self.values if value.name == name), None)
        if found is None:
            raise NotFoundError(
                f"{name!r} was not measured.", fix="Look at `cautions` for the reason."
            )
        return found
