import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.plan import Plan


def _plan(**options):
    fields = {"registration_error_mm": 2.2, **options}
    return Plan((0.0, 0.0, 90.0), (0.0, 0.0, 30.0), {"vein": 4.0}, **fields)


def test_an_entry_in_a_no_go_zone_needs_a_caution_that_names_it():
    with pytest.raises(BadInputError, match="no caution says so"):
        _plan(entry_in_zone="motor hand area")
    said = ("The entry lies in the motor hand area.",)
    assert _plan(entry_in_zone="motor hand area", cautions=said).cautions == said


def test_a_negative_registration_error_is_refused():
    with pytest.raises(BadInputError, match=r"-1\.0 mm"):
        _plan(registration_error_mm=-1.0)
