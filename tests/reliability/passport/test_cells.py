import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.reliability.passport.cells import cells_touched, on_pixels, step_of


def test_cells_are_repeated_over_their_pixels():
    cells = np.array([[1, 2], [3, 4]])
    assert on_pixels(cells, 4).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert on_pixels(np.zeros((5, 2, 2)), 4).shape == (5, 4, 4)


def test_a_cell_is_touched_from_half_covered_on():
    pixels = np.zeros((4, 4), bool)
    pixels[0, :2] = True  # half of the first cell
    pixels[3, 3] = True  # a quarter of the last
    assert cells_touched(pixels, (2, 2)).tolist() == [[True, False], [False, False]]


def test_a_grid_that_does_not_divide_the_image_is_refused():
    with pytest.raises(GeometryMismatchError, match="7 x 7"):
        step_of(160, (7, 7))
    with pytest.raises(GeometryMismatchError):
        step_of(160, (40, 20))
