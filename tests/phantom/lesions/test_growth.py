import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.fields import cube
from neuroscope.phantom.lesions import growth
from neuroscope.phantom.lesions.growth import arrival_time, displacement_mm, earliest

GRID = cube((0, 0, 0), 30, 1.5)
RADIUS = np.sqrt((GRID.points_mm() ** 2).sum(0))


def from_the_middle(speed: np.ndarray) -> np.ndarray:
    start = np.zeros(speed.shape, bool)
    start[tuple(n // 2 for n in speed.shape)] = True
    return arrival_time(speed, start, GRID.spacing[0], until=speed.size)


def test_a_front_at_2_mm_per_unit_reaches_20_mm_at_10():
    time = from_the_middle(np.full(GRID.shape, 2, np.float32))
    far = np.abs(RADIUS - 20) < 0.8

    # A first-order scheme is late along the diagonals, by less than two cells of 1.5 mm here.
    np.testing.assert_allclose(time[far] * 2, RADIUS[far], atol=2.5)


def test_a_front_is_the_same_however_much_of_it_is_computed_at_a_time(monkeypatch):
    speed = np.random.default_rng(1).uniform(0.3, 2, (19, 20, 21)).astype(np.float32)
    start = np.zeros(speed.shape, bool)
    start[9, 10, 4] = True
    at_once = arrival_time(speed, start, 1.5, until=6000)
    monkeypatch.setattr(growth, "SLAB_VOXELS", 900)
    np.testing.assert_array_equal(arrival_time(speed, start, 1.5, until=6000), at_once)


def test_a_front_goes_around_a_wall():
    speed = np.ones(GRID.shape, np.float32)
    i, j, k = (n // 2 for n in GRID.shape)
    speed[i + 4, : j + 8, :] = 1e-3

    time = from_the_middle(speed)

    assert time[i + 8, j, k] > 1.5 * time[i - 8, j, k]


def test_the_earliest_voxels_are_as_many_as_wanted_and_nested():
    time = np.random.default_rng(0).random(GRID.shape).astype(np.float32).round(2)  # with ties
    allowed = np.ones(GRID.shape, bool)
    few, many = (earliest(time, allowed, n, voxel_ml=1, what="core") for n in (777, 1500))

    assert few.sum() == 777
    assert many.sum() == 1500
    assert not (few & ~many).any()


def test_a_lesion_larger_than_its_room_is_refused_with_the_largest_that_fits():
    allowed = np.zeros(GRID.shape, bool)
    allowed[:10, :10, :10] = True

    with pytest.raises(BadInputError, match=r"can hold 10\.0 ml.*at most 9\.9 ml"):
        earliest(np.ones(GRID.shape, np.float32), allowed, 1001, voxel_ml=0.01, what="core")


def test_a_mass_of_10_ml_in_soft_tissue_pushes_10_ml():
    fine = cube((0, 0, 0), 60, 2.0)
    points = fine.points_mm()
    deep = np.full(fine.shape, 1000, np.float32)

    moved = displacement_mm(points, np.zeros(3), deep, 10.0)

    # A shell at 15 mm now lay at the radius that encloses 10 ml less, where the push has not faded.
    radius = np.sqrt((points**2).sum(0))
    before = np.sqrt(((points + moved) ** 2).sum(0))
    shell = np.abs(radius - 15) < 1
    lost = 4 / 3 * np.pi * (radius[shell] ** 3 - before[shell] ** 3) / 1000
    assert lost.mean() == pytest.approx(10 * np.exp(-((15 / 68.2) ** 2)), rel=0.03)
    assert (before <= radius + 1e-4).all()
