import numpy as np
import pytest
from tests.explain.attribution.toys import PATCH, SIDE, detector, linear, picture

from neuroscope.errors import BadInputError
from neuroscope.explain.attribution.occlusion import occlusion
from neuroscope.explain.attribution.question import Question


def test_one_pixel_of_a_linear_network_is_read_off_exactly():
    rng = np.random.default_rng(0)
    network, weight = linear(rng)
    image, absent = rng.uniform(size=(2, SIDE, SIDE)).astype(np.float32)
    found = occlusion(network, Question(image=image, target=1, reference=absent), window=1)
    np.testing.assert_allclose(found.values, weight[1] * (image - absent), atol=1e-5)


def test_a_planted_detector_is_found():
    image = picture(np.random.default_rng(1))
    question = Question(image=image, target=0, reference=np.zeros_like(image))
    values = np.abs(occlusion(detector(), question, window=1).values)
    assert values[PATCH].sum() > 0.99 * values.sum()


@pytest.mark.parametrize(("budget", "asked"), [(400, 81), (40, 25), (5, 9)])
def test_it_asks_as_the_budget_allows_and_leaves_no_pixel_out(budget, asked):
    network, counted = linear(np.random.default_rng(0))[0], []
    network.register_forward_hook(lambda m, given, out: counted.append(len(given[0])))
    image = picture(np.random.default_rng(1))
    occlusion(network, Question(image=image, target=0, budget=budget), window=4)
    assert sum(counted) - 1 == asked  # captum asks once for the slice itself


def test_a_window_larger_than_the_slice_is_refused():
    question = Question(image=picture(np.random.default_rng(1)), target=0)
    with pytest.raises(BadInputError, match="does not fit"):
        occlusion(detector(), question, window=SIDE + 1)
