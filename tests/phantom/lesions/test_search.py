import numpy as np

from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.lesions.search import infratentorial, search, supratentorial

HAND, CEREBELLUM, PONS = (38.0, -22.0, 55.0), (25.0, -62.0, -40.0), (0.0, -26.0, -32.0)


def test_the_tentorium_parts_the_brain():
    at = np.array([HAND, CEREBELLUM, PONS], np.float32).T

    assert supratentorial(at).tolist() == [True, False, False]
    assert infratentorial(at).tolist() == [False, True, True]


def test_the_way_from_a_ventricle_leads_away_from_it():
    found = search(draw_person(np.random.default_rng(1)))
    rng = np.random.default_rng(2)
    farther = []
    near = (found.beside_mm > 4) & (found.beside_mm < 12)
    for _ in range(40):
        point = found.point(near & found.on_side("left"), rng)
        away = found.away_from_ventricles(point)

        here, there = (
            found.beside_mm[tuple(np.rint((at - found.place.grid.origin) / 4).astype(int))]
            for at in (point, point + 6 * away)
        )
        assert np.isclose(np.linalg.norm(away), 1)
        farther.append(there > here)

    assert np.mean(farther) > 0.8


def test_one_person_is_laid_once():
    person = draw_person(np.random.default_rng(3))

    assert search(person) is search(person)
