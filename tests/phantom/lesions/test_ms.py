import numpy as np

from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.ms import ACTIVE
from neuroscope.phantom.lesions.search import search


def test_most_plaques_stand_on_the_ventricles():
    near = []
    for seed in range(2):
        case = make_case("ms", seed=seed, spacing_mm=4, sequences=("t1",), wish=Wish(number=12))
        found = search(case.subject.person)
        for lesion in case.lesions:
            at = np.rint((lesion.center_mm - found.place.grid.origin) / 4).astype(int)
            near.append(found.beside_mm[tuple(at)] < 14)

    assert 0.45 < np.mean(near) < 0.95


def test_some_plaques_enhance_and_most_do_not():
    wish = Wish(number=12, core_ml=0.6)
    case = make_case("ms", seed=0, spacing_mm=2, sequences=("t1",), wish=wish)
    active = [lesion for lesion in case.lesions if lesion.character["dose"] <= ACTIVE]
    enhancing = (case.mimics.labels == 3).sum() / (case.mimics.labels > 0).sum()

    assert 0 < enhancing <= len(active) / 12
