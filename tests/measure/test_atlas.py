import numpy as np
import pytest

from neuroscope.measure.atlas import (
    distance_mm,
    knows,
    main_place,
    place_measurements,
    share_of,
    shares,
)
from neuroscope.measure.regions import cut
from neuroscope.records.segmentation import Segmentation, Tissue


@pytest.fixture
def atlas() -> Segmentation:
    """Left and right lobes on 2 mm, a ventricle between, in the space of the patient."""
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[:9], labels[9:11], labels[11:] = 1, 3, 2
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = [-20, -20, -20]
    names = {1: "left frontal lobe", 2: "right frontal lobe", 3: "ventricles"}
    return Segmentation(labels, affine, {n: Tissue(t, t) for n, t in names.items()}, "drawn")


def region_at(low, high):
    affine = np.eye(4)
    affine[:3, 3] = [-20, -20, -20]
    mask = np.zeros((40, 40, 40), bool)
    mask[low:high, 10:20, 10:20] = True
    return cut(mask, affine)


def test_shares_are_of_the_region_on_any_grid(atlas):
    found = shares(atlas, region_at(4, 24))
    assert found == pytest.approx(
        {"left frontal lobe": 0.65, "ventricles": 0.2, "right frontal lobe": 0.15}, abs=0.06
    )
    assert next(iter(found)) == main_place(atlas, region_at(4, 24)) == "left frontal lobe"
    assert share_of(atlas, region_at(30, 36), "right") == 1


def test_distances_run_between_voxel_centers(atlas):
    assert distance_mm(atlas, region_at(2, 10), "ventricle") == pytest.approx(9)
    assert distance_mm(atlas, region_at(2, 10), "brainstem") is None
    assert knows(atlas, "ventricle")
    assert not knows(None, "ventricle")


def test_outside_the_atlas_is_no_place_and_nothing_is_nowhere(atlas):
    far = np.eye(4)
    far[:3, 3] = 500
    assert shares(atlas, cut(np.ones((3, 3, 3), bool), far)) == {}
    assert main_place(atlas, cut(np.zeros((3, 3, 3), bool), np.eye(4))) == ""


def test_every_share_is_a_measurement(atlas):
    first, *_ = place_measurements(atlas, region_at(4, 24), "s")
    assert (first.name, first.unit, first.source) == ("share in left frontal lobe", "1", "s")
    assert "drawn" in first.how
