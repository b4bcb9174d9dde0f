import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice, Volume

STUDY = Study("s", "NS-ABCDEF", (Series("a", "t1"), Series("b", "slice")))
VOLUME = Volume(np.zeros((2, 2, 2)), np.eye(4))
SLICES = (Slice(np.zeros((2, 2)), "x"),)


def test_every_series_has_its_pixels():
    assert ImportedStudy(STUDY, {"a": VOLUME}, {"b": SLICES}, "0").unreadable == ()


@pytest.mark.parametrize(
    ("volumes", "slices"),
    [
        ({"a": VOLUME}, {}),
        ({"a": VOLUME}, {"b": SLICES, "c": SLICES}),
        ({"a": VOLUME, "b": VOLUME}, {"b": SLICES}),
    ],
)
def test_pixels_missing_too_many_or_twice_are_refused(volumes, slices):
    with pytest.raises(BadInputError, match="do not match"):
        ImportedStudy(STUDY, volumes, slices, "0")
