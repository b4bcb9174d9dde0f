import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.explain.attribution.question import Question, blurred


def test_the_reference_keeps_the_brightness_of_a_flat_head_up_to_its_rim():
    head = np.zeros((64, 48), bool)
    head[10:50, 6:40] = True
    flat = np.where(head, np.float32(0.6), np.float32(0))
    np.testing.assert_allclose(blurred(flat, head), flat, atol=1e-5)


def test_the_reference_melts_a_small_lesion():
    head = np.ones((64, 64), bool)
    image = np.full((64, 64), 0.3, np.float32)
    image[30:33, 20:23] = 1.0
    peak = 0.7 * 9 / (2 * np.pi * 4.0**2)  # of a Gaussian of 4 pixels
    assert blurred(image, head).max() == pytest.approx(0.3 + peak, rel=0.05)


def test_a_given_reference_is_used():
    image = np.ones((8, 8), np.float32)
    mine = np.full((8, 8), 0.2, np.float32)
    assert Question(image=image, target=0, reference=mine).absent is mine


@pytest.mark.parametrize("name", ["head", "reference"])
def test_another_grid_is_refused(name):
    image = np.ones((8, 8), np.float32)
    other = np.ones((8, 9), bool if name == "head" else np.float32)
    with pytest.raises(GeometryMismatchError, match=name):
        Question(image=image, target=0, **{name: other})


def test_nonsense_is_refused():
    with pytest.raises(BadInputError, match="finite"):
        Question(image=np.full((8, 8), np.nan, np.float32), target=0)
    with pytest.raises(BadInputError, match="budget"):
        Question(image=np.ones((8, 8), np.float32), target=0, budget=0)
