import numpy as np
import pytest

from neuroscope.atlas.lobes import LABELS, REGIONS, Region, lobe_atlas, region_of
from neuroscope.records.geometry import transform

# Landmarks with published MNI coordinates (right side; x is positive there).
LANDMARKS = [
    ((44, 36, 20), "frontal lobe"),  # middle frontal gyrus
    ((38, -14, 54), "frontal lobe"),  # precentral gyrus
    ((6, 50, -10), "frontal lobe"),  # medial orbital
    ((40, -32, 54), "parietal lobe"),  # postcentral gyrus
    ((46, -52, 44), "parietal lobe"),  # angular and supramarginal gyrus
    ((8, -62, 40), "parietal lobe"),  # precuneus
    ((58, -22, -4), "temporal lobe"),  # superior and middle temporal gyrus
    ((28, -20, -16), "temporal lobe"),  # hippocampus
    ((38, 10, -34), "temporal lobe"),  # pole
    ((10, -84, 4), "occipital lobe"),  # calcarine fissure
    ((32, -84, 10), "occipital lobe"),
    ((38, 4, 2), "insula"),
    ((11, -18, 8), "deep gray matter"),  # thalamus
    ((25, 2, 2), "deep gray matter"),  # putamen
    ((28, -64, -34), "cerebellum"),
    ((18, -36, -32), "cerebellopontine angle"),
]


@pytest.mark.parametrize(("point", "lobe"), LANDMARKS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_landmarks_lie_in_their_lobe_on_their_side(point, lobe, side):
    x, y, z = point
    at = np.array([-x if side == "left" else x, y, z], np.float64)

    assert REGIONS[int(region_of(at))] == Region(lobe, side)


@pytest.mark.parametrize(("point", "name"), [((0, -28, -30), "brainstem"), ((0, 4, -37), "sella")])
def test_what_lies_in_the_middle_has_no_side(point, name):
    assert REGIONS[int(region_of(np.array(point, np.float64)))] == Region(name, "midline")


def test_the_volume_says_what_the_function_says_and_names_it():
    atlas = lobe_atlas()
    index = np.array([[70, 40, 60], [20, 80, 50]])
    points = transform(atlas.affine, index)

    np.testing.assert_array_equal(region_of(points.T), atlas.labels[tuple(index.T)])
    assert atlas.tissues[LABELS[Region("temporal lobe", "left")]].name == "left temporal lobe"
    assert atlas.tissues[LABELS[Region("brainstem", "midline")]].name == "brainstem"
    assert set(np.unique(atlas.labels)) == set(REGIONS)


def test_left_mirrors_right():
    points = np.random.default_rng(0).uniform([1, -100, -60], [70, 70, 80], (500, 3)).T
    mirrored = points * np.array([-1.0, 1.0, 1.0])[:, None]
    right = [REGIONS[int(n)] for n in region_of(points)]
    left = [REGIONS[int(n)] for n in region_of(mirrored)]

    assert [one.lobe for one in left] == [one.lobe for one in right]
    assert not {one.side for one in left} & {"right"}
