import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.explain.location import locate


def contributions(*places: tuple[int, int]) -> np.ndarray:
    """One slice of 4 x 4 cells; the second of four classes has its evidence at these places."""
    cells = np.zeros((1, 4, 4, 4), np.float32)
    for place in places:
        cells[(0, 1, *place)] = 1.0
    return cells - cells.mean(axis=1, keepdims=True)


LEFT_HALF = np.zeros((1, 8, 8), bool)
LEFT_HALF[:, :, :4] = True


def test_evidence_outside_the_head_is_counted_as_a_share():
    found = locate(contributions((0, 0), (1, 1), (3, 1), (2, 3)), LEFT_HALF)
    assert found.outside[0] == pytest.approx(0.25)
    assert not found.outlined[0]


def test_evidence_in_one_place_is_not_scattered_and_evidence_everywhere_is():
    everywhere = [(row, column) for row in range(4) for column in range(4)]
    assert locate(contributions((2, 1)), LEFT_HALF).scatter[0] == pytest.approx(0)
    assert locate(contributions(*everywhere), LEFT_HALF).scatter[0] == pytest.approx(1)
    assert locate(contributions((0, 0), (3, 3)), LEFT_HALF).scatter[0] == pytest.approx(0.25)


def test_where_an_outline_is_known_it_takes_the_place_of_the_head():
    outline = np.zeros((1, 8, 8), bool)
    outline[0, 0:2, 0:2] = True
    found = locate(contributions((0, 0), (0, 3)), LEFT_HALF, outline)
    assert found.outlined[0]
    assert found.outside[0] == pytest.approx(0.5)


def test_pixels_that_fall_into_no_cells_are_refused():
    with pytest.raises(GeometryMismatchError, match="do not fall into 4 x 4 cells"):
        locate(contributions((0, 0)), np.ones((1, 9, 9), bool))
