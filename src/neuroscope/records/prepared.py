"""A study made ready: its sequences in one frame, the brain, and all that was done to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.study import Role
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the input that is not as it should be.

    Attributes
    ----------
    code
        One word for tests and tables, such as `swapped` or `missing`.
    problem, done, cost
        What is wrong, what was done instead, and what that costs; sentences for a reader.
    """

    code: str
    problem: str
    done: str
    cost: str = ""

    @property
    def text(self) -> str:
        """All of it, for the list of cautions."""
        return " ".join(part for part in (self.problem, self.done, self.cost) if part)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A study whose sequences lie on each other.

    Attributes
    ----------
    volumes
        By role, in the frame of the reference: their own voxels (evened out where a step says so),
        never resampled; only the affine was moved. Sample them once, on the grid you need.
    series
        By role: the id of the series it came from.
    reference
        The role whose grid results are given on.
    to_reference
        By role: RAS+ mm as the scanner gave them to RAS+ mm of the reference.
    brain
        Mask of the brain on the grid of the reference, booleans.
    to_mni
        RAS+ mm of the reference to MNI mm (affine, right to some 5 mm); None if it was not sought.
    steps
        What was done, in order, as sentences.
    findings
        What was wrong with the input.
    """

    volumes: Mapping[Role, Volume]
    series: Mapping[Role, str]
    reference: Role
    to_reference: Mapping[Role, Transform]
    brain: Volume
    to_mni: Transform | None = None
    steps: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if self.reference not in self.volumes:
            raise BadInputError(
                f"The reference {self.reference} is not among the sequences.",
                fix="Name one that is there.",
            )
        if not {*self.volumes} == {*self.series} == {*self.to_reference}:
            raise BadInputError(
                "Volumes, series and transforms do not name the same sequences.",
                fix="Give all three for every role.",
            )
        if self.brain.voxels.dtype != np.bool_ or not self.brain.same_grid(self.grid):
            raise GeometryError(
                "The brain mask is not a mask on the grid of the reference.",
                fix="Sample it there and compare with 0.5.",
            )
        for name in ("volumes", "series", "to_reference"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def grid(self) -> Volume:
        """The volume whose grid results are given on."""
        return self.volumes[self.reference]

    @property
    def cautions(self) -> tuple[str, ...]:
        """The findings as a reader sees them."""
        return tuple(finding.text for finding in self.findings)

    def native_grid(self, role: Role) -> Volume:
        """Give a sequence where its scanner put it: the grid to bring results back to."""
        volume = self.volumes[role]
        back = self.to_reference[role].inverse()
        return Volume(volume.voxels, back.matrix @ volume.affine)
