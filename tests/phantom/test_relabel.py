import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.lesions.schemes import SCHEMES
from neuroscope.phantom.relabel import relabel, resolve_scheme


def test_a_relabeled_case_has_the_numbers_and_regions_of_the_scheme(left_glioma: PhantomCase):
    ours, other = left_glioma.segmentation.labels, relabel(left_glioma, "msd")
    theirs, table = other.segmentation.labels, other.truth["labels"]

    for own, number in ((1, 2), (2, 1), (3, 3)):
        assert (ours == own).any()
        np.testing.assert_array_equal(ours == own, theirs == number)
        assert other.segmentation.tissues[number] == left_glioma.segmentation.tissues[own]
    assert table["scheme"] == "msd"
    assert table["numbers"] == {"NCR": 2, "ED": 1, "ET": 3}
    assert table["regions"] == {"WT": [1, 2, 3], "TC": [2, 3], "ET": [3]}
    assert table["left_out"] == []
    assert other.truth["volumes_ml"] == left_glioma.truth["volumes_ml"]


def test_a_case_without_lesion_can_be_relabeled(healthy: PhantomCase):
    assert not relabel(healthy, "brats2020").segmentation.labels.any()


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_has_its_name(name):
    assert resolve_scheme(f" {name.upper()} ") == name


def test_an_unknown_scheme_is_refused_with_all_names():
    with pytest.raises(BadInputError, match=r"no label scheme 'ours'.*brats2023, .*msd"):
        resolve_scheme("ours")
