import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants


def constants(**changed):
    usual = {
        "classes": ("glioma", "notumor"),
        "offset": {"axial": (0.0, 0.1)},
        "scale": {"axial": (1.0, 2.0)},
        "floor": 0.03,
        "of_peak": 0.02,
        "weights_sha256": "0",
    }
    return VolumeConstants(**(usual | changed))


def test_constants_are_given_by_plane_and_class():
    assert constants().of("axial", "notumor") == (0.1, 2.0)
    for plane, target in (("coronal", "glioma"), ("axial", "edema")):
        with pytest.raises(BadInputError, match="no constants"):
            constants().of(plane, target)


def test_a_finding_exceeds_the_floor_and_its_share_of_the_peak():
    assert constants().threshold_at(0.0) == 0.03
    assert constants().threshold_at(5.0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "changed",
    [
        {"scale": {"axial": (1.0, 0.0)}},
        {"scale": {"axial": (1.0,)}},
        {"offset": {"coronal": (0.0, 0.0)}},
        {"floor": 0.0},
        {"of_peak": 1.0},
    ],
)
def test_nonsense_is_refused(changed):
    with pytest.raises(BadInputError):
        constants(**changed)


def test_slices_keep_their_order_and_name_three_axes():
    with pytest.raises(BadInputError, match="do not cut"):
        AxisSlices("axial", 2, 2, 0, np.eye(3), {})
