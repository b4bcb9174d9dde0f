from itertools import permutations, product

import numpy as np
import pytest

from neuroscope.measure.diameters import (
    crossed_diameters,
    is_measurable,
    line_measurement,
    longest_diameter,
)
from neuroscope.measure.regions import cut, parts_of
from neuroscope.phantom.diameters import bidimensional_of_parts, longest_of_parts
from neuroscope.phantom.fields import Grid

ORIENTATIONS = [(o, s) for o in permutations(range(3)) for s in product((1, -1), repeat=3)]


def diagonal_mm(spacing) -> float:
    return float(np.linalg.norm(spacing))


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (1.0, 1.0, 6.5)])
@pytest.mark.parametrize("turn_deg", [0.0, 27.0, 45.0, 112.0])
def test_an_ellipsoid_has_its_axes_within_a_voxel_diagonal(ellipsoid, spacing, turn_deg):
    region = cut(*ellipsoid((25, 14, 11), spacing, turn_deg=turn_deg))
    found, longest = crossed_diameters(region), longest_diameter(region)
    most = diagonal_mm(spacing)
    assert found.longest.length_mm == pytest.approx(50, abs=most)
    assert found.across.length_mm == pytest.approx(28, abs=most)
    assert longest.length_mm == pytest.approx(50, abs=most)
    along = np.subtract(found.longest.end_mm, found.longest.start_mm)
    across = np.subtract(found.across.end_mm, found.across.start_mm)
    assert along @ across == pytest.approx(0, abs=1e-6 * np.linalg.norm(along))


def test_48_ways_to_store_a_lesion_give_the_same_diameters(ellipsoid, reoriented):
    inside, affine = ellipsoid((15, 9, 6), turn_deg=30.0)
    plain = cut(inside, affine)
    expected, longest = crossed_diameters(plain), longest_diameter(plain)
    assert len(ORIENTATIONS) == 48
    for order, signs in ORIENTATIONS:
        region = cut(*reoriented(inside, affine, order, signs))
        found = crossed_diameters(region)
        assert found.plane == "axial"
        assert found.longest.length_mm == pytest.approx(expected.longest.length_mm, abs=1e-9)
        assert found.product_mm2 == pytest.approx(expected.product_mm2, rel=0.05)
        assert longest_diameter(region).length_mm == pytest.approx(longest.length_mm)


@pytest.mark.parametrize("seed", range(6))
def test_convex_lesions_agree_with_the_yardstick_of_the_phantoms(ellipsoid, seed):
    rng = np.random.default_rng(seed)
    inside, affine = ellipsoid(rng.uniform(6, 20, 3), turn_deg=rng.uniform(0, 180))
    grid = Grid(inside.shape, (1.0, 1.0, 1.0), tuple(float(v) for v in affine[:3, 3]))
    (truth,) = bidimensional_of_parts(inside, grid)
    found = crossed_diameters(cut(inside, affine))
    assert found.longest.length_mm == pytest.approx(truth.longest_mm, abs=1.0)
    assert found.across.length_mm == pytest.approx(truth.across_mm, abs=1.75)
    longest = longest_diameter(cut(inside, affine)).length_mm
    assert longest == pytest.approx(longest_of_parts(inside, grid))


def test_a_line_that_leaves_the_lesion_is_no_diameter():
    mask = np.zeros((60, 60, 5), bool)
    mask[5:55, 5:13, 2] = mask[5:13, 5:55, 2] = True  # an L: its hull is 70 mm long
    found = crossed_diameters(cut(mask, np.eye(4)))
    assert found.longest.length_mm < 55
    for line in (found.longest, found.across):
        steps = np.linspace(line.start_mm, line.end_mm, 200)
        assert mask[tuple(np.round(steps).astype(int).T)].all()


def test_a_rim_around_necrosis_is_measured_across_it(ellipsoid):
    inside, affine = ellipsoid((15, 15, 15))
    hollow, _ = ellipsoid((15, 15, 15))
    index = np.argwhere(inside)
    near = np.linalg.norm(index @ affine[:3, :3].T + affine[:3, 3], axis=1) < 12
    hollow[tuple(index[near].T)] = False
    whole, rim = crossed_diameters(cut(inside, affine)), crossed_diameters(cut(hollow, affine))
    assert rim.product_mm2 == pytest.approx(whole.product_mm2, rel=0.01)


def test_the_search_takes_the_best_slice_and_says_which():
    mask = np.zeros((40, 40, 12), bool)
    mask[10:16, 10:16, 3:6] = True
    mask[5:30, 8:12, 8] = True  # longer, but the product is what counts
    mask[8:28, 8:24, 9] = True
    found = crossed_diameters(cut(mask, np.eye(4)))
    assert (found.plane, found.axis, found.index) == ("axial", 2, 9)
    assert found.longest.start_mm[2] == 9
    assert found.longest.length_mm == pytest.approx(np.hypot(19, 15))
    other = crossed_diameters(cut(mask, np.eye(4)), axis=0)
    assert (other.plane, other.axis) == ("sagittal", 0)


def test_nothing_one_voxel_and_a_row_are_no_trouble():
    mask = np.zeros((9, 9, 9), bool)
    assert crossed_diameters(cut(mask, np.eye(4))) is None
    assert longest_diameter(cut(mask, np.eye(4))) is None
    mask[4, 4, 4] = True
    one = cut(mask, np.eye(4))
    assert crossed_diameters(one).product_mm2 == 0
    measured = line_measurement("d", longest_diameter(one), one.affine, "how", "s")
    assert (measured.value, measured.interval) == (0.0, (0.0, 1.0))
    mask[1:8, 4, 4] = True
    row = cut(mask, np.eye(4))
    assert longest_diameter(row).length_mm == 6
    assert crossed_diameters(row).across.length_mm <= 1


def test_rano_measures_what_is_large_enough_for_its_slices(ellipsoid):
    thin = cut(*ellipsoid((7, 6, 6)))
    assert is_measurable(thin, crossed_diameters(thin))
    small = cut(*ellipsoid((7, 4, 6)))
    assert not is_measurable(small, crossed_diameters(small))
    thick = cut(*ellipsoid((6, 6, 6), (1.0, 1.0, 6.5)))
    assert not is_measurable(thick, crossed_diameters(thick))
    flat = np.zeros((30, 30, 5), bool)
    flat[5:25, 5:25, 2] = True
    assert not is_measurable(cut(flat, np.eye(4)), crossed_diameters(cut(flat, np.eye(4))))
    assert not is_measurable(thin, None)


def test_parts_are_measured_one_by_one():
    mask = np.zeros((60, 20, 20), bool)
    mask[2:9, 8:13, 8:13] = mask[48:59, 8:13, 8:13] = True
    lengths = [longest_diameter(part).length_mm for part in parts_of(cut(mask, np.eye(4)))]
    assert lengths == pytest.approx([np.sqrt(10**2 + 4**2 + 4**2), np.sqrt(6**2 + 4**2 + 4**2)])
