import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import make_case
from neuroscope.phantom.labels_only import make_labels
from neuroscope.phantom.lesions.lesion import Wish


@pytest.mark.parametrize(("kind", "atrophy"), [("glioblastoma", None), ("meningioma", 0.9)])
def test_labels_are_those_of_the_whole_study(kind, atrophy):
    wish = Wish(core_ml=9, edema_ml=12)
    case = make_case(kind, seed=8, spacing_mm=3, sequences=("t1",), atrophy=atrophy, wish=wish)
    made = make_labels(kind, seed=8, spacing_mm=(3, 3, 3), atrophy=atrophy, wish=wish)

    first = np.rint((np.array(made.grid.origin) - case.segmentation.affine[:3, 3]) / 3).astype(int)
    window = tuple(slice(a, a + n) for a, n in zip(first, made.grid.shape, strict=True))
    # The edge of the cut is held at the brain's surface, not inside it.
    np.testing.assert_array_equal(case.segmentation.labels[window], made.labels)
    assert case.segmentation.labels.sum() == made.labels.sum()


def test_a_healthy_head_has_no_labels():
    assert not make_labels("none", seed=1, spacing_mm=(3, 3, 3)).labels.any()


@pytest.mark.parametrize(("seed", "spacing_mm"), [(-1, (3, 3, 3)), (1, (3, 0, 3)), (1, (3, -1, 3))])
def test_a_seed_or_a_spacing_that_no_study_has_is_refused(seed, spacing_mm):
    with pytest.raises(BadInputError, match=r"seed is -1|spacing of .* not possible"):
        make_labels("none", seed=seed, spacing_mm=spacing_mm)
