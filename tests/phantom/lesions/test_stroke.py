import numpy as np
import pytest

from neuroscope.phantom.anatomy.template import depth_at
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
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
def test_an_infarct_spares_the_other_side_and_the_ventricles(seed, template_of):
    wish = Wish(side="left", core_ml=30)
    case = make_case("stroke", seed=seed, spacing_mm=3, sequences=("t1",), wish=wish)
    infarct = case.mimics.labels > 0
    at = template_of(case)[:, infarct]

    assert at[0].max() < 1.5
    shares = np.bincount(territory(at).astype(int)) / at.shape[1]
    assert shares.max() > 0.95


def test_an_infarct_reaches_the_cortex(template_of, case_of):
    case = case_of("stroke")
    depth = depth_at(template_of(case)[:, case.mimics.labels > 0])

    assert np.percentile(depth, 5) < 8
