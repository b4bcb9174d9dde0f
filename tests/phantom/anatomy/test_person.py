import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import box_of, brain_at, draw_person, locate
from neuroscope.phantom.fields import Grid, cube

GRID = Grid((40, 48, 44), (4.0, 4.0, 4.0), (-78.0, -110.0, -80.0))


@pytest.mark.parametrize("seed", range(3))
def test_tissue_fractions_share_the_brain(seed: int):
    person = draw_person(np.random.default_rng(seed))
    brain = brain_at(person, locate(person, GRID))
    whole = brain.gray + brain.white + brain.fluid

    assert whole.min() >= 0
    assert whole.max() <= 1 + 1e-5
    assert 1.2 < whole.sum() * GRID.voxel_ml / 1000 < 2.4  # liters inside the skull


def test_two_people_differ():
    first, second = (draw_person(np.random.default_rng(seed)) for seed in (0, 1))

    gap = np.abs(locate(first, GRID).template_mm - locate(second, GRID).template_mm)
    assert np.median(gap) > 1


@pytest.mark.parametrize("seed", range(5))
def test_the_box_of_a_body_holds_all_of_it(seed: int):
    person = draw_person(np.random.default_rng(seed))
    center = np.array([20.0, -10.0, 15.0])
    place = locate(person, GRID)
    near = np.linalg.norm(place.template_mm - center.reshape(3, 1, 1, 1), axis=0) < 8
    box = box_of(person, GRID, center, 8)
    outside = near.copy()
    outside[box] = False

    assert near.any()
    assert not outside.any()


def test_a_push_moves_the_template_under_the_voxels():
    person = draw_person(np.random.default_rng(0))
    grid = cube((0, 0, 0), 10, 5)
    moved = np.zeros((3, *grid.shape), np.float32)
    moved[0] = 2

    gap = locate(person, grid, moved).template_mm - locate(person, grid).template_mm

    expected = person.linear @ [2, 0, 0]
    np.testing.assert_allclose(gap[:, 2, 2, 2], expected, atol=1e-4)


def test_atrophy_adds_fluid_and_thins_the_cortex():
    shares = []
    for atrophy in (0, 0.5, 1):
        person = draw_person(np.random.default_rng(3), atrophy=atrophy)
        brain = brain_at(person, locate(person, GRID))
        whole = (brain.gray + brain.white + brain.fluid).sum()
        shares.append((brain.fluid.sum() / whole, brain.gray.sum() / whole))
    fluid, gray = np.diff(shares, axis=0).T

    assert fluid.min() > 0.01
    assert gray.max() < -0.005


def test_atrophy_widens_the_ventricles():
    volumes = []
    for atrophy in (0, 1):
        person = draw_person(np.random.default_rng(3), atrophy=atrophy)
        place = locate(person, GRID)
        brain = brain_at(person, place)
        x, y, z = place.template_mm
        box = (np.abs(x) < 30) & (np.abs(y + 10) < 40) & (np.abs(z - 14) < 20)
        volumes.append(brain.fluid[box & (place.depth_mm > 20)].sum())

    assert volumes[1] > 1.15 * volumes[0]


def test_a_given_atrophy_changes_nothing_else():
    drawn = draw_person(np.random.default_rng(3))
    given = draw_person(np.random.default_rng(3), atrophy=0.25)

    assert given.atrophy == 0.25
    assert 0 < drawn.atrophy < 1
    np.testing.assert_array_equal(given.linear, drawn.linear)
    np.testing.assert_array_equal(given.fine.knots, drawn.fine.knots)
    np.testing.assert_array_equal(given.cortex.sulci.knots, drawn.cortex.sulci.knots)


@pytest.mark.parametrize("atrophy", [-0.1, 1.5, float("nan")])
def test_an_impossible_atrophy_is_refused(atrophy):
    with pytest.raises(BadInputError, match="not possible"):
        draw_person(np.random.default_rng(0), atrophy=atrophy)


def test_nothing_is_folded_over():
    person = draw_person(np.random.default_rng(7), atrophy=1)
    place = locate(person, GRID)
    slopes = [np.stack(np.gradient(axis, 4.0)) for axis in place.template_mm]
    growth = np.linalg.det(np.moveaxis(np.stack(slopes), (0, 1), (3, 4)))

    assert growth[place.depth_mm > 4].min() > 0.05
