import numpy as np
import pytest

from neuroscope.measure.lesions import counts, find_lesions, side_of
from neuroscope.measure.regions import cut, regions_of
from neuroscope.records.measured import Midline


def scattered(labeled):
    """Two cores 6 mm apart, one far off in the other half, edema without a core, and a speck."""
    affine = np.eye(4)
    affine[:3, 3] = [-50, -20, -20]
    labels = np.zeros((100, 40, 40), np.uint8)
    labels[5:20, 10:25, 10:25] = 2
    labels[8:18, 12:22, 12:22] = 3
    labels[24:29, 12:17, 12:17] = 1
    labels[80:86, 5:11, 5:11] = 3
    labels[60:65, 30:35, 30:35] = 2
    labels[95, 35, 35] = 3
    return labeled(labels, affine)


def test_every_lesion_is_listed_however_large_another_is(labeled):
    found = find_lesions(regions_of(scattered(labeled)), "s")
    assert [round(lesion.volume_ml, 3) for lesion in found.lesions] == [1.0, 0.216, 0.125, 0.125]
    assert [lesion.id for lesion in found.lesions] == ["L1", "L2", "L3", "L4"]
    assert (found.specks, found.specks_ml) == (1, pytest.approx(0.001))
    sides = [lesion.side for lesion in found.lesions]
    assert sides[:2] == ["left", "right"]
    number, foci = counts(found, "s")
    assert (number.value, foci.value) == (4.0, 3.0)
    first, near = (
        next(x for x in found.lesions if round(x.center_mm[0]) == at) for at in (-38, -24)
    )
    assert first.focus == near.focus


def test_the_list_does_not_depend_on_how_voxels_are_stored(labeled, reoriented):
    plain = scattered(labeled)
    expected = [x.center_mm for x in find_lesions(regions_of(plain), "s").lesions]
    for order, signs in [
        ((2, 1, 0), (1, 1, 1)),
        ((0, 2, 1), (-1, 1, -1)),
        ((1, 2, 0), (-1, -1, -1)),
    ]:
        labels, affine = reoriented(plain.labels, plain.affine, order, signs)
        found = find_lesions(regions_of(labeled(labels, affine)), "s")
        np.testing.assert_allclose([x.center_mm for x in found.lesions], expected, atol=1e-6)


def test_the_side_is_told_by_the_plane_and_not_by_the_scanner(ellipsoid):
    inside, affine = ellipsoid((5, 5, 5))
    affine = affine.copy()
    affine[0, 3] += 12
    region = cut(inside, affine)
    assert side_of(region, None) == "right"
    moved = Midline((20.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    assert side_of(region, moved) == "left"
    assert side_of(region, Midline((10.0, 0.0, 0.0), (1.0, 0.0, 0.0))) == "midline"


def test_nothing_gives_no_lesions(labeled):
    found = find_lesions(regions_of(labeled(np.zeros((6, 6, 6)))), "s")
    assert found.lesions == ()
    assert [value.value for value in counts(found, "s")] == [0.0, 0.0]
