import numpy as np
from scipy.ndimage import map_coordinates

from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.lesions.search import infratentorial, search, supratentorial

HAND, CEREBELLUM, PONS = (38.0, -22.0, 55.0), (25.0, -62.0, -40.0), (0.0, -26.0, -32.0)


def test_the_tentorium_parts_the_brain():
    at = np.array([HAND, CEREBELLUM, PONS], np.float32).T

    assert supratentorial(at).tolist() == [True, False, False]
    assert infratentorial(at).tolist() == [False, True, True]


def test_the_way_from_a_ventricle_leads_away_from_it():
    """Three millimeters on, a point is farther; one midway between two walls may not be."""
    found = search(draw_person(np.random.default_rng(1)))
    rng, grid = np.random.default_rng(2), found.place.grid
    near = (found.beside_mm > 4) & (found.beside_mm < 12)
    points = np.array([found.point(near & found.on_side("left"), rng) for _ in range(200)])
    ways = np.array([found.away_from_ventricles(point) for point in points])

    here, there = (
        map_coordinates(found.beside_mm, ((at - grid.origin) / grid.spacing).T, order=1)
        for at in (points, points + 3 * ways)
    )
    np.testing.assert_allclose(np.linalg.norm(ways, axis=1), 1)
    assert (there > here).mean() > 0.97
    assert np.median(there - here) > 2.5  # nearly all of the 3 mm


def test_one_person_is_laid_once():
    person = draw_person(np.random.default_rng(3))

    assert search(person) is search(person)
