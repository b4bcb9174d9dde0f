import numpy as np
import pytest

from neuroscope.errors import GeometryError
from neuroscope.records.slicegrid import SliceGrid


def test_an_index_goes_to_mm_and_back():
    affine = np.array([[0, -2, 0, 90], [-3, 0, 0, 80], [0, 0, 5, -10], [0, 0, 0, 1]], np.float64)
    grid = SliceGrid("axial 3", (60, 90), affine)
    assert grid.to_mm([1, 2, 0]).tolist() == [86, 77, -10]
    assert grid.to_index([86, 77, -10]).tolist() == [1, 2, 0]
    assert grid.pixel_area_mm2 == pytest.approx(6)
    assert np.linalg.norm(grid.step_mm, axis=0) == pytest.approx([3, 2])


def test_an_image_cut_from_it_keeps_its_place():
    grid = SliceGrid("a", (60, 90), np.eye(4))
    half = np.array([[2.0, 0, 10.5], [0, 2.0, 4.5], [0, 0, 1]])
    inner = grid.within(half, (20, 20))
    assert inner.to_mm([3, 5, 0]).tolist() == [16.5, 14.5, 0]


def test_an_empty_slice_is_refused():
    with pytest.raises(GeometryError, match="empty"):
        SliceGrid("a", (0, 4), np.eye(4))
