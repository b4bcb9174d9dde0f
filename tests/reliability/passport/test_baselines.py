import numpy as np

from neuroscope.reliability.passport.baselines import center_map, edge_map


def test_edges_are_where_the_picture_changes():
    picture = np.zeros((40, 50), np.float32)
    picture[:, 30:] = 1
    found = edge_map(picture)
    assert found.shape == picture.shape
    assert abs(int(found[20].argmax()) - 29.5) <= 0.5
    assert found[20, 5] < 1e-3


def test_the_center_is_largest_and_both_sides_are_alike():
    found = center_map((40, 40))
    assert np.unravel_index(found.argmax(), found.shape)[0] in (19, 20)
    np.testing.assert_allclose(found, found[::-1, ::-1])
    assert found[0, 0] < 0.01
