import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.measurement import Measurement


def test_a_number_without_a_unit_is_refused():
    with pytest.raises(BadInputError, match="has no unit"):
        Measurement("volume", 4.2, "", "voxels counted", "seg-1")


def test_an_interval_upside_down_is_refused():
    with pytest.raises(BadInputError, match="interval"):
        Measurement("volume", 4.2, "ml", "voxels counted", "seg-1", (5.0, 3.0))
