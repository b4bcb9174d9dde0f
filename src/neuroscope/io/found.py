"""What one reader found, before it becomes a study."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from neuroscope.errors import TooLargeError
from neuroscope.records.imported import Unreadable
from neuroscope.records.study import Role
from neuroscope.records.volume import Slice, Volume
from neuroscope.settings import Limits


@dataclass(frozen=True, slots=True, eq=False)
class LooseSeries:
    """A series that has no id yet: a volume, or slices that make none."""

    image: Volume | tuple[Slice, ...]
    role: Role
    description: str = ""
    acquisition: Mapping[str, str | float] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()

    @property
    def decoded_bytes(self) -> int:
        """How much memory the pixels take."""
        if isinstance(self.image, Volume):
            return self.image.voxels.nbytes
        return sum(one.pixels.nbytes for one in self.image)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Series, doubts and failures; `patient` identifies a person and never leaves `io/`."""

    series: tuple[LooseSeries, ...] = ()
    cautions: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    patient: str = ""


def check_decoded(decoded_bytes: int, *, limits: Limits) -> None:
    """Refuse to hold more pixels than the limits allow.

    Raises
    ------
    TooLargeError
        Above `limits.unpacked_bytes`.
    """
    if decoded_bytes > limits.unpacked_bytes:
        raise TooLargeError(
            f"The images decode to more than {limits.unpacked_bytes / 1024**3:.1f} GiB in all.",
            fix="Give one study at a time.",
        )
