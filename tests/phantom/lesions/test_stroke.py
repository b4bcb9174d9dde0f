import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import brain_at, draw_person, locate
from neuroscope.phantom.anatomy.template import depth_at
from neuroscope.phantom.case import ANATOMY
from neuroscope.phantom.labels_only import make_labels
from neuroscope.phantom.lesions.lesion import Wish, moved_mm, ventricles
from neuroscope.phantom.lesions.stroke import NUMBERS, territory


def test_known_places_lie_in_their_territories():
    known = {
        "middle": (50, -10, 20),
        "anterior": (6, 40, 30),
        "posterior": (12, -85, 5),
        "cerebellum": (25, -62, -45),
    }
    at = np.array(list(known.values()), np.float32).T

    assert [NUMBERS[int(n)] for n in territory(at)] == list(known)


@pytest.mark.parametrize("seed", range(4))
def test_an_infarct_lies_in_one_territory_of_its_side(seed):
    """Asked of the tissue that is there now: swelling pushed it across the healthy borders."""
    wish = Wish(side="left", core_ml=30)
    made = make_labels("stroke", seed=seed, spacing_mm=(3, 3, 3), wish=wish)
    person = draw_person(np.random.default_rng([seed, ANATOMY]))
    place = locate(person, made.grid, moved_mm(person, made.lesions, made.grid))
    at = place.template_mm[:, made.labels > 0]

    assert at[0].max() < -1.0
    assert len(np.unique(territory(at))) == 1
    assert not (ventricles(place, brain_at(person, place)) & (made.labels > 0)).any()


def test_an_infarct_reaches_the_cortex(template_of, case_of):
    case = case_of("stroke")
    depth = depth_at(template_of(case)[:, case.mimics.labels > 0])

    assert np.percentile(depth, 5) < 8
