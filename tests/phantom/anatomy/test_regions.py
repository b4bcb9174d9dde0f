import numpy as np
import pytest
from scipy.spatial.distance import cdist

from neuroscope.phantom.anatomy.person import draw_person, locate
from neuroscope.phantom.anatomy.regions import (
    REGIONS,
    STRUCTURES,
    distances_mm,
    landmarks,
    region_at,
    side_of,
)
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.lesion import patient_position

GRID = Grid((82, 100, 87), (2.0, 2.0, 2.0), (-81.0, -115.0, -83.0))


@pytest.mark.parametrize(
    ("at", "region"),
    [
        ((30, 40, 20), "frontal"),
        ((-35, -5, 50), "frontal"),
        ((40, -50, 45), "parietal"),
        ((-20, -85, 5), "occipital"),
        ((-52, -20, -18), "temporal"),
        ((38, 0, 2), "insula"),
        ((-12, -18, 8), "deep gray"),  # thalamus
        ((25, 2, 4), "deep gray"),  # putamen
        ((0, -28, -32), "brainstem"),
        ((25, -65, -35), "cerebellum"),
        ((22, -36, -36), "cerebellopontine angle"),
        ((0, 4, -34), "sella"),
    ],
)
def test_textbook_places_lie_in_their_region(at, region):
    found = region_at(np.array(at, np.float32).reshape(3, 1))
    assert REGIONS[int(found[0])] == region


def test_the_side_is_the_patients():
    assert side_of(np.array([-30.0, -20.0], np.float32)) == "left"
    assert side_of(np.array([12.0], np.float32)) == "right"
    assert side_of(np.array([-9.0, 8.0], np.float32)) == "midline"


def test_structures_come_in_pairs_that_mirror():
    mirror = np.array([-1.0, 1.0, 1.0]).reshape(3, 1)
    points = np.random.default_rng(0).uniform((-70, -100, -60), (70, 70, 80), (2000, 3)).T
    for name, body in STRUCTURES.items():
        other = STRUCTURES[name.replace("left", "RIGHT").replace("right", "left")
                           .replace("RIGHT", "right")]  # fmt: skip
        here = body.distance(points.astype(np.float32))
        there = other.distance((points * mirror).astype(np.float32))
        np.testing.assert_allclose(here, there, atol=1e-3)


@pytest.fixture(scope="module")
def person():
    return draw_person(np.random.default_rng([4, 0]))


def landmarks_of(person, place):
    """Give those of a head whose ventricles nobody looked for."""
    return landmarks(person, place, np.zeros(GRID.shape, bool))


def points_in(place, lesion):
    return place.grid.points_mm()[:, lesion].T.astype(np.float64)


def test_the_distance_is_the_least_of_all_pairs():
    rng = np.random.default_rng(2)
    lesion = rng.normal((20, 5, 9), 4, (300, 3))
    structures = {
        "far": rng.normal((-50, 20, 0), 9, (400, 3)),
        "across": rng.normal((20, 5, 9), 12, (500, 3)),
        "met": np.vstack([rng.normal(0, 30, (50, 3)), lesion[7]]),
        "one point": np.array([[1.0, 2.0, 3.0]]),
        "none": np.zeros((0, 3)),
    }
    found = distances_mm(structures, lesion)
    assert found.keys() == structures.keys() - {"none"}
    assert found["met"] == 0
    for name, distance in found.items():
        assert distance == pytest.approx(cdist(structures[name], lesion).min())


def test_a_lesion_in_the_left_hand_knob_touches_it_and_is_far_from_the_right(person):
    place = locate(person, GRID)
    center = patient_position(person, np.array([-38.0, -22.0, 56.0]))
    away = place.grid.points_mm() - center.astype(np.float32).reshape(3, 1, 1, 1)
    lesion = (away**2).sum(0) < 5**2
    found = distances_mm(landmarks_of(person, place), points_in(place, lesion))

    assert found["hand knob left"] == 0
    assert 45 < found["hand knob right"] < 95
    assert "ventricles" not in found


def test_a_distance_is_right_to_two_millimeters(person):
    """From a ball above the left hand knob to its surface, along a line that is known."""
    place = locate(person, GRID)
    center = patient_position(person, np.array([-38.0, 28.0, 56.0]))
    knob = patient_position(person, np.array([-38.0, -14.0, 56.0]))  # its front end
    away = place.grid.points_mm() - center.astype(np.float32).reshape(3, 1, 1, 1)
    ball = points_in(place, (away**2).sum(0) < 8**2)
    found = distances_mm(landmarks_of(person, place), ball)
    assert found["hand knob left"] == pytest.approx(np.linalg.norm(center - knob) - 8, abs=2)
