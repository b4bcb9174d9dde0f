"""A path to a target, and what it passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuroscope.errors import BadInputError
from neuroscope.records.geometry import Point


@dataclass(frozen=True, slots=True)
class Plan:
    """A straight trajectory in RAS+ millimeters, for research.

    Attributes
    ----------
    clearances_mm
        Smallest distance to each structure, registration error already subtracted.
    registration_error_mm
        What was subtracted.
    entry_in_zone
        Name of the no-go zone that the entry lies in; empty if in none.
    """

    entry_mm: Point
    target_mm: Point
    clearances_mm: Mapping[str, float]
    registration_error_mm: float
    entry_in_zone: str = ""
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.registration_error_mm < 0:
            raise BadInputError(
                f"The registration error is {self.registration_error_mm} mm.",
                fix="Give 0 or more.",
            )
        if self.entry_in_zone and not any(self.entry_in_zone in c for c in self.cautions):
            raise BadInputError(
                f"The entry lies in the no-go zone {self.entry_in_zone!r} and no caution says so.",
                fix="Name the zone in a caution, or move the entry.",
            )
        object.__setattr__(self, "clearances_mm", MappingProxyType(dict(self.clearances_mm)))
