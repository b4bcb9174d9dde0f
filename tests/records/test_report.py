import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.measurement import Measurement
from neuroscope.records.report import Report, Section
from neuroscope.settings import RESEARCH_USE


def _report(source="seg-1", research_use=RESEARCH_USE):
    number = Measurement("volume", 4.2, "ml", "voxels counted", source)
    section = Section("Findings", ("The tumor measures 4.2 ml.",), (number,))
    return Report("s", "NS-ABCDEF", "1", (section,), research_use)


def test_a_report_with_sourced_numbers_is_accepted():
    assert _report().sections[0].measurements[0].value == 4.2


def test_a_number_without_a_source_and_a_missing_statement_are_refused():
    with pytest.raises(BadInputError, match="cites no source"):
        _report(source="")
    with pytest.raises(BadInputError, match="no research-use statement"):
        _report(research_use="")
