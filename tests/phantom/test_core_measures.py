import numpy as np
import pytest

from neuroscope.phantom.core_measures import core_measures, is_core
from neuroscope.phantom.fields import Grid

GRID = Grid((60, 60, 30), (1.0, 1.0, 2.0), (-30.0, -30.0, -30.0))


def labels_of(*boxes: tuple[int, slice, slice, slice]) -> np.ndarray:
    labels = np.zeros(GRID.shape, np.uint8)
    for label, i, j, k in boxes:
        labels[i, j, k] = label
    return labels


def test_the_core_is_all_but_edema_and_cavity():
    assert is_core(np.array([0, 1, 2, 3, 4], np.uint8)).tolist() == [0, 1, 0, 1, 0]


def test_a_part_is_measurable_by_both_diameters_and_two_slices():
    wide, line = slice(5, 25), slice(5, 8)
    large = core_measures(labels_of((3, wide, wide, slice(4, 8))), GRID)
    thin = core_measures(labels_of((3, wide, line, slice(4, 8))), GRID)
    flat = core_measures(labels_of((3, wide, wide, slice(4, 5))), GRID)

    assert large["is_measurable"] == {"core": True, "ET": True}
    assert large["largest_part_mm"]["ET"] == pytest.approx([26.87, 26.87], abs=0.01)
    assert thin["is_measurable"] == flat["is_measurable"] == {"core": False, "ET": False}


def test_thick_slices_ask_for_twice_their_thickness():
    thick = Grid(GRID.shape, (1.0, 1.0, 8.0), GRID.origin)
    labels = labels_of((1, slice(5, 15), slice(5, 15), slice(4, 8)))

    assert core_measures(labels, GRID)["is_measurable"]["core"]
    assert not core_measures(labels, thick)["is_measurable"]["core"]


def test_specks_add_to_the_products_but_not_to_what_is_measurable():
    large = (1, slice(5, 25), slice(5, 25), slice(4, 8))
    speck = (3, slice(40, 44), slice(40, 44), slice(20, 22))
    alone, both = (core_measures(labels_of(*boxes), GRID) for boxes in ((large,), (large, speck)))

    assert both["measurable_lesions"] == alone["measurable_lesions"] == 1
    assert both["is_measurable"] == {"core": True, "ET": False}
    assert both["bidimensional_product_mm2"]["ET"] == pytest.approx(18)
    assert both["bidimensional_mm"] == alone["bidimensional_mm"]


def test_nothing_measures_nothing():
    found = core_measures(labels_of(), GRID)
    assert found["center_mm"] is None
    assert found["longest_diameter_mm"] == found["measurable_lesions"] == 0
    assert found["is_measurable"] == {"core": False, "ET": False}
