import itertools

import numpy as np
import pytest
from scipy import ndimage

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions import metastases
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import radius_mm


@pytest.fixture(scope="module")
def five() -> PhantomCase:
    wish = Wish(number=5, core_ml=1.5, edema_ml=2)
    return make_case("metastases", seed=4, spacing_mm=2, sequences=("t1c",), wish=wish)


def test_as_many_as_wished_lie_apart(five):
    gaps = [
        np.linalg.norm(a.center_mm - b.center_mm) - radius_mm(a.core_ml) - radius_mm(b.core_ml)
        for a, b in itertools.combinations(five.lesions, 2)
    ]
    _, parts = ndimage.label(five.segmentation.labels % 2 == 1)

    assert len(five.lesions) == parts == 5
    assert min(gaps) > 3


def test_each_is_nearly_a_sphere(five):
    parts, _ = ndimage.label(five.segmentation.labels % 2 == 1)
    for box in ndimage.find_objects(parts):
        extent = np.array([side.stop - side.start for side in box]) * 2.0
        assert extent.max() <= 1.5 * 2 * radius_mm(1.5) + 2


def test_edema_differs_from_one_to_the_next():
    case = make_case("metastases", seed=5, spacing_mm=4, sequences=("t1",), wish=Wish(number=6))
    ratios = [lesion.edema_ml / lesion.core_ml for lesion in case.lesions]

    assert max(ratios) > 2 * min(ratios)


def test_a_larger_one_is_necrotic_inside(five):
    labels = five.segmentation.labels
    inside = ndimage.binary_erosion(labels % 2 == 1, iterations=2)

    assert (labels == 1).any()
    assert (labels[inside] == 1).mean() > 0.5


def test_painting_only_around_the_core_changes_no_picture(monkeypatch):
    pictures = []
    for edge in (metastases.EDGE_VOXELS, 10_000):
        monkeypatch.setattr(metastases, "EDGE_VOXELS", edge)
        case = make_case(
            "metastases", seed=3, spacing_mm=3, sequences=("t1c",), wish=Wish(number=2, core_ml=4)
        )
        pictures.append(case.volumes["t1c"].voxels)

    np.testing.assert_array_equal(*pictures)
