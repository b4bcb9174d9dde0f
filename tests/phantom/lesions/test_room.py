import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Place
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.room import anywhere, in_brain, in_posterior_fossa, in_white_matter

# One voxel each: white matter, cortex, lateral ventricle, cerebellum, skull.
AT = ((-30, 10, 30), (-50, -20, 40), (-8, 5, 18), (20, -62, -40), (-80, 0, 30))
DEPTH, WHITE, FLUID = (20, 4, 40, 20, -5), (1, 0.1, 0, 0.8, 0), (0, 0, 1, 0, 0)


def tissue() -> tuple[Place, Brain]:
    grid = Grid((5, 1, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    at = np.array(AT, np.float32).T.reshape(3, 5, 1, 1)
    depth, white, fluid = (
        np.array(row, np.float32).reshape(5, 1, 1) for row in (DEPTH, WHITE, FLUID)
    )
    gray = np.float32(1) - white - fluid
    return Place(grid, at, depth), Brain(gray, white, fluid, np.zeros_like(gray))


def test_each_rule_allows_its_own_tissue():
    place, brain = tissue()

    assert anywhere(place, brain).all()
    assert in_brain(place, brain).ravel().tolist() == [True, True, False, True, False]
    assert in_white_matter(place, brain).ravel().tolist() == [True, False, False, True, False]
    assert in_posterior_fossa(place, brain).ravel().tolist() == [False, False, False, True, False]
