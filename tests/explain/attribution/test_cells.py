import numpy as np

from neuroscope.explain.attribution.cells import cells_on_input


def test_a_cell_stands_at_its_declared_center():
    cells = np.zeros((5, 5), np.float32)
    cells[1, 3] = 1
    found = cells_on_input(cells, 160, offset=0.0, jump=32.0)
    assert found.shape == (160, 160)
    assert np.unravel_index(found.argmax(), found.shape) == (32, 96)


def test_values_between_centers_are_linear_and_stay_constant_at_the_rim():
    found = cells_on_input(np.array([[0.0, 4.0]]), (3, 8), offset=1.5, jump=4.0)
    np.testing.assert_allclose(found[1], [0, 0, 0.5, 1.5, 2.5, 3.5, 4, 4])


def test_rows_are_rows():
    found = cells_on_input(np.array([[1.0], [2.0]]), (2, 5), offset=0.0, jump=1.0)
    np.testing.assert_allclose(found, [[1] * 5, [2] * 5])
