import numpy as np

from neuroscope.atlas.template import ORIGIN_MM
from neuroscope.phantom.anatomy.template import depth_at, template


def white_at(x: float, y: float, z: float) -> float:
    i, j, k = np.rint(np.array([x, y, z]) - ORIGIN_MM).astype(int)
    return float(template().white[i, j, k])


def test_the_corpus_callosum_is_white_and_symmetric():
    assert white_at(0, 26, 4) > 0.9
    assert white_at(25, -10, 30) == white_at(-25, -10, 30) > 0.9


def test_depth_is_positive_inside_and_falls_with_the_distance_outside():
    points = np.array([[0, 0, 20], [0, 75, 0], [0, 85, 0], [0, 95, 0]], np.float32).T
    inside, near, far, farther = depth_at(points)

    assert inside > 25
    assert 0 > near > far > farther
    assert abs((far - farther) - 10) < 1
