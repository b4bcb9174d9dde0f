import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import locate
from neuroscope.phantom.case import make_case
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.lesion import Wish


@pytest.mark.parametrize(("side", "sign"), [("left", -1), ("right", 1)])
def test_it_lies_before_the_ear_and_reaches_into_the_canal(side, sign):
    wish = Wish(side=side, core_ml=2.5)
    case = make_case("schwannoma", seed=6, spacing_mm=1.5, sequences=("t1c",), wish=wish)
    shape, affine = case.segmentation.labels.shape, case.segmentation.affine
    grid = Grid(shape, tuple(np.diag(affine)[:3].tolist()), tuple(affine[:3, 3].tolist()))
    place = locate(case.subject.person, grid)
    here = case.segmentation.labels > 0
    x, y, z = place.template_mm[:, here].mean(1)

    assert 12 < sign * x < 32
    assert -48 < y < -24
    assert -50 < z < -28
    in_bone = here & (place.depth_mm < -0.8)
    into = np.abs(place.template_mm[0][in_bone])
    assert in_bone.sum() > 0.02 * here.sum()  # the canal's 12 mm hold about a tenth of 2.5 ml
    assert into.min() > 18
    assert 29 < into.max() < 36  # to the blind end, no farther
