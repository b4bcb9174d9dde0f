import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Place
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.recipe import Front


def test_a_front_finds_place_and_tissue_when_first_asked_and_once():
    grid = Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    flat = np.zeros(grid.shape, np.float32)
    asked = []

    def find_place() -> Place:
        asked.append("place")
        return Place(grid, np.zeros((3, *grid.shape), np.float32), flat)

    def find_brain(place: Place) -> Brain:
        asked.append("brain")
        return Brain(flat, flat, flat, place.depth_mm)

    front = Front(find_place, find_brain, flat, flat)
    assert asked == []
    assert front.brain.residual is front.place.depth_mm
    assert front.brain is front.brain
    assert asked == ["place", "brain"]
