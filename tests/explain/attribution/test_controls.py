import numpy as np
import pytest
from torch import nn

from neuroscope.explain.attribution.controls import center, edges
from neuroscope.explain.attribution.question import Question


def test_the_center_is_the_middle_of_a_slice_that_is_not_square():
    found = center(nn.Identity(), Question(image=np.zeros((31, 61), np.float32), target=0)).values
    assert np.unravel_index(found.argmax(), found.shape) == (15, 30)
    assert found[15, 30 + 12] == pytest.approx(found[15 - 6, 30], rel=0.05)


def test_edges_are_where_the_picture_changes():
    image = np.zeros((20, 30), np.float32)
    image[:, 12:] = 1
    found = edges(nn.Identity(), Question(image=image, target=0)).values
    assert set(np.flatnonzero(found.any(0))) == {11, 12}
