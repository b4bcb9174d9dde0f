import numpy as np
import pytest

from neuroscope.phantom.diameters import (
    bidimensional,
    bidimensional_of_parts,
    longest_mm,
    longest_of_parts,
)
from neuroscope.phantom.fields import Grid


def ellipse(grid: Grid, half: tuple[float, float, float], center=(0.0, 0.0, 0.0)) -> np.ndarray:
    points = grid.points_mm() - np.array(center, np.float32).reshape(3, 1, 1, 1)
    return sum((points[a] / half[a]) ** 2 for a in range(3)) <= 1


GRID = Grid((81, 81, 41), (1.0, 1.0, 1.0), (-40.0, -40.0, -20.0))


def points_of(mask: np.ndarray, turn_deg: float = 0.0) -> np.ndarray:
    points = np.argwhere(mask) * np.array(GRID.spacing) + np.array(GRID.origin)
    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0],
                     [0, 0, 1]])  # fmt: skip
    return points @ turn.T


@pytest.mark.parametrize("turn_deg", [0, 20, 45, 90, 133])
def test_an_ellipse_has_its_axes_whichever_way_it_lies(turn_deg):
    found = bidimensional(points_of(ellipse(GRID, (30, 18, 12)), turn_deg))

    assert found.longest_mm == pytest.approx(60, abs=1)
    assert found.across_mm == pytest.approx(36, abs=1)
    assert found.product_mm2 == pytest.approx(2160, rel=0.04)


def test_parts_that_do_not_touch_are_measured_one_by_one():
    mask = ellipse(GRID, (10, 10, 10), (-25, 0, 0)) | ellipse(GRID, (6, 6, 6), (20, 5, 3))
    first, second = sorted(bidimensional_of_parts(mask, GRID), key=lambda b: -b.longest_mm)

    assert first.longest_mm == pytest.approx(20)
    assert second.longest_mm == pytest.approx(12)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (np.zeros((0, 3)), 0.0),
        (np.zeros((1, 3)), 0.0),
        (np.array([[0.0, 0, 0], [3, 4, 0]]), 5.0),
        (np.array([[float(n), 2.0 * n, 0] for n in range(30)]), np.hypot(29, 58)),
        (np.array([[float(i), float(j), 1] for i in range(9) for j in range(7)]), 10.0),
    ],
)
def test_few_or_flat_points_have_a_diameter_too(points, expected):
    assert longest_mm(points) == pytest.approx(expected)


def test_a_line_has_no_width_and_nothing_has_no_diameter():
    assert bidimensional(np.array([[float(n), 0, 0] for n in range(12)])).across_mm == 0
    assert bidimensional(np.zeros((0, 3))).product_mm2 == 0


def test_two_lesions_far_apart_are_not_one_long_one():
    mask = np.zeros((60, 20, 20), bool)
    mask[2:9, 8:13, 8:13] = True
    mask[48:59, 8:13, 8:13] = True
    grid = Grid(mask.shape, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    assert longest_of_parts(mask, grid) == pytest.approx(np.sqrt(10**2 + 4**2 + 4**2))
    assert longest_of_parts(np.zeros_like(mask), grid) == 0


@pytest.mark.parametrize("seed", range(4))
def test_what_is_skipped_could_not_have_been_the_largest(seed):
    """Compare with all pairs of points, and with every slice measured alone."""
    rng = np.random.default_rng(seed)
    grid = Grid((12, 16, 9), (1.0, 1.3, 2.0), (-5.0, 3.0, 1.0))
    mask = ellipse(grid, (5, 8, 7), (1, 12, 8)) & (rng.random(grid.shape) < 0.4)
    points = np.argwhere(mask) * np.array(grid.spacing) + np.array(grid.origin)
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
    slices = [bidimensional(points[points[:, 2] == level]) for level in np.unique(points[:, 2])]

    assert longest_mm(points) == pytest.approx(apart.max())
    assert longest_mm(rng.permutation(points)) == pytest.approx(apart.max())
    found = bidimensional(points)
    assert found.product_mm2 == pytest.approx(max(alone.product_mm2 for alone in slices))
    assert found.slices == len(slices) > 3
