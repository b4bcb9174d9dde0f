import numpy as np
import pytest

from neuroscope.phantom.lesions.schemes import SCHEMES, in_scheme, regions_in

LABELS = np.array([[[0, 1, 2, 3, 4]]], np.uint8)


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("brats2023", [0, 1, 2, 3, 0]),
        ("brats2024", [0, 1, 2, 3, 4]),
        ("brats2020", [0, 1, 2, 4, 0]),
        ("brats-ped", [0, 2, 4, 1, 0]),
        ("msd", [0, 2, 1, 3, 0]),
    ],
)
def test_labels_get_the_numbers_of_the_scheme(scheme, expected):
    assert in_scheme(LABELS, scheme)[0, 0].tolist() == expected


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_a_region_holds_the_same_voxels_in_every_scheme(scheme):
    theirs, regions = in_scheme(LABELS, scheme), regions_in(scheme)

    assert np.isin(theirs, regions["WT"])[0, 0].tolist() == [False, True, True, True, False]
    assert np.isin(theirs, regions["TC"])[0, 0].tolist() == [False, True, False, True, False]
    assert np.isin(theirs, regions["ET"])[0, 0].tolist() == [False, False, False, True, False]
    assert ("RC" in regions) == (scheme == "brats2024")
