"""A person's visit to the scanner, under our own ids, and the series it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from neuroscope.errors import BadInputError

Role = Literal["t1", "t1c", "t2", "flair", "dwi", "adc", "swi", "ct", "mr", "slice", "other"]
ROLES: tuple[Role, ...] = get_args(Role)

ROLE_NAMES: Mapping[Role, str] = MappingProxyType(
    {
        "t1": "T1",
        "t1c": "T1 with contrast",
        "t2": "T2",
        "flair": "FLAIR",
        "dwi": "Diffusion",
        "adc": "ADC",
        "swi": "Susceptibility",
        "ct": "CT",
        "mr": "MR, sequence unknown",
        "slice": "Plain picture",
        "other": "Other",
    }
)


@dataclass(frozen=True, slots=True)
class Series:
    """One acquisition: a volume, or a stack of plain slices.

    Attributes
    ----------
    id
        Our own id, never a DICOM UID.
    role
        Which sequence it is, as far as the tags tell.
    description
        Scrubbed of all that could name a person; may be empty.
    acquisition
        Facts of the acquisition under DICOM keywords (`EchoTime`, `SliceThickness`, ...).
    cautions
        Doubts that a reader must see.
    """

    id: str
    role: Role
    description: str = ""
    acquisition: Mapping[str, str | float] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise BadInputError(
                f"The role of a series is {self.role!r}.", fix=f"Use one of {', '.join(ROLES)}."
            )
        object.__setattr__(self, "acquisition", MappingProxyType(dict(self.acquisition)))

    @property
    def title(self) -> str:
        """The role, and the description if that says more."""
        name = ROLE_NAMES[self.role]
        says_more = self.description.lower() not in ("", self.role, name.lower())
        return f"{name}, “{self.description}”" if says_more else name


@dataclass(frozen=True, slots=True)
class Study:
    """What was scanned at one visit.

    Attributes
    ----------
    id
        Our own id.
    pseudonym
        What people call the patient, for example `NS-7Q2K4D`.
    date_offset_days
        How far the dates of this patient were shifted.
    series
        At least one.
    """

    id: str
    pseudonym: str
    series: tuple[Series, ...]
    date_offset_days: int = 0
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.series:
            raise BadInputError("The study holds no series.", fix="Add at least one image.")
        ids = [series.id for series in self.series]
        if len(set(ids)) != len(ids):
            raise BadInputError("Two series of the study share an id.", fix="Give each its own.")
