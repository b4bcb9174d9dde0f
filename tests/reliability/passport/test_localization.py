import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.reliability.passport.localization import localize_map

MASK = np.zeros((8, 8), bool)
MASK[1:3, 5:7] = True  # four places, up and to the right


def test_a_hand_drawn_map_has_its_numbers():
    values = np.zeros((8, 8))
    values[1, 5] = 4.0  # on the mask, the largest
    values[2, 6] = 2.0  # on it
    values[6, 1] = 3.0  # elsewhere
    values[6, 2] = 1.0
    values[0, 0] = -9.0  # speaks against: counts for nothing
    found = localize_map(values, MASK, threshold=1.5, tolerance=1.0)
    assert found.pointing
    assert found.mass == pytest.approx(6 / 10)
    assert found.rank == pytest.approx(2 / 4)
    assert found.iou == pytest.approx(2 / 5)
    assert found.area == pytest.approx(4 / 64)


def test_one_cell_of_tolerance_and_no_more():
    values = np.zeros((8, 8))
    values[3, 5] = 1.0  # just below the mask
    assert localize_map(values, MASK, threshold=0.5, tolerance=1.0).pointing
    values = np.zeros((8, 8))
    values[4, 5] = 1.0
    assert not localize_map(values, MASK, threshold=0.5, tolerance=1.0).pointing
    assert localize_map(values, MASK, threshold=0.5, tolerance=2.0, spacing=(1.0, 1.0)).pointing
    assert not localize_map(values, MASK, threshold=0.5, tolerance=2.0, spacing=(3.0, 1.0)).pointing


def test_a_constant_map_points_nowhere():
    found = localize_map(np.ones((8, 8)), MASK, threshold=2.0, tolerance=1.0)
    assert not found.pointing
    assert found.mass == pytest.approx(found.area)


def test_a_map_that_only_speaks_against_has_no_mass():
    found = localize_map(-np.arange(64.0).reshape(8, 8), MASK, threshold=0.0, tolerance=1.0)
    assert (found.mass, found.iou) == (0.0, 0.0)


def test_three_dimensions():
    mask = np.zeros((4, 5, 6), bool)
    mask[1, 2, 3] = True
    values = np.zeros(mask.shape)
    values[1, 2, 3] = 1.0
    found = localize_map(values, mask, threshold=0.5, tolerance=5.0, spacing=(1.0, 1.0, 5.0))
    assert (found.pointing, found.mass, found.iou) == (True, 1.0, 1.0)


def test_a_mask_on_another_grid_or_an_empty_one_is_refused():
    with pytest.raises(GeometryMismatchError, match=r"\(8, 8\), the map \(4, 4\)"):
        localize_map(np.zeros((4, 4)), MASK, threshold=0.0, tolerance=1.0)
    with pytest.raises(BadInputError, match="empty"):
        localize_map(np.zeros((8, 8)), ~np.ones((8, 8), bool), threshold=0.0, tolerance=1.0)
