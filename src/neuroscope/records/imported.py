"""What reading a file, a folder or a zip brings in."""

from collections.abc import Mapping
from dataclasses import dataclass

from neuroscope.errors import BadInputError
from neuroscope.records.study import Study
from neuroscope.records.volume import Slice, Volume


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be used; the others were."""

    name: str  # relative to what was given; shown to the person who gave it, never logged
    problem: str
    fix: str


@dataclass(frozen=True, slots=True, eq=False)
class ImportedStudy:
    """A study with its pixels: every series is in `volumes` or in `slices`, under its id.

    `content_hash` is the SHA-256 over the decoded images, so that the same study is known again
    under other file names.
    """

    study: Study
    volumes: Mapping[str, Volume]
    slices: Mapping[str, tuple[Slice, ...]]
    content_hash: str
    unreadable: tuple[Unreadable, ...] = ()

    def __post_init__(self) -> None:
        held = {*self.volumes, *self.slices}
        named = {series.id for series in self.study.series}
        if held != named or set(self.volumes) & set(self.slices):
            raise BadInputError(
                "The images of the study do not match its series.",
                fix="Give every series either a volume or slices.",
            )
