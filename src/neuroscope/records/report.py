"""An ordered document of findings in which no number is unsourced."""

from dataclasses import dataclass

from neuroscope.errors import BadInputError
from neuroscope.records.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, and the measurements that the sentences cite."""

    title: str
    sentences: tuple[str, ...]
    measurements: tuple[Measurement, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Sections in reading order; `research_use` stands on every page."""

    study_id: str
    pseudonym: str
    version: str
    sections: tuple[Section, ...]
    research_use: str

    def __post_init__(self) -> None:
        if not self.research_use:
            raise BadInputError(
                "The report has no research-use statement.", fix="Use settings.RESEARCH_USE."
            )
        for section in self.sections:
            _refuse_unsourced(section)


def _refuse_unsourced(section: Section) -> None:
    for measurement in section.measurements:
        if not measurement.source:
            raise BadInputError(
                f"The number {measurement.name!r} cites no source.",
                fix="Say what it was measured on.",
            )
