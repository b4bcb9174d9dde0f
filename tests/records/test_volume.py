import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.volume import Slice, Volume

AFFINE = np.array([[-2.0, 0, 0, 90], [0, 1, 0, -120], [0, 0, 3, -70], [0, 0, 0, 1]])
VOLUME = Volume(np.zeros((4, 5, 6), np.int16), AFFINE)


def test_a_volume_knows_shape_spacing_and_places():
    assert VOLUME.shape == (4, 5, 6)
    assert VOLUME.spacing_mm == (2, 1, 3)
    np.testing.assert_allclose(VOLUME.to_mm([1, 2, 3]), [88, -118, -61])


@given(st.lists(st.floats(-200, 200), min_size=3, max_size=3))
def test_millimeters_and_back_is_the_same_place(point):
    np.testing.assert_allclose(VOLUME.to_mm(VOLUME.to_voxel(point)), point, atol=1e-9)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 6, 2), (4, 0, 6)])
def test_what_has_not_three_axes_with_voxels_is_no_volume(shape):
    with pytest.raises(GeometryError, match="three axes"):
        Volume(np.zeros(shape), np.eye(4))


def test_a_singular_affine_is_refused():
    with pytest.raises(GeometryError, match="singular"):
        Volume(np.zeros((2, 2, 2)), np.diag([1.0, 0, 1, 1]))


def test_voxels_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        VOLUME.voxels[0, 0, 0] = 1


def test_the_same_grid_is_the_same_shape_in_the_same_place():
    assert VOLUME.same_grid(Volume(np.ones((4, 5, 6)), AFFINE))
    assert not VOLUME.same_grid(Volume(np.ones((4, 5, 7)), AFFINE))
    moved = AFFINE.copy()
    moved[0, 3] += 0.01
    assert not VOLUME.same_grid(Volume(np.ones((4, 5, 6)), moved))


@pytest.mark.parametrize("shape", [(4,), (4, 5, 3), (0, 5)])
def test_what_has_not_rows_and_columns_is_no_slice(shape):
    with pytest.raises(BadInputError, match="rows and columns"):
        Slice(np.zeros(shape), "a")


def test_pixels_cannot_be_changed_and_an_affine_is_checked():
    one = Slice(np.zeros((4, 5)), "a", affine=AFFINE)
    with pytest.raises(ValueError, match="read-only"):
        one.pixels[0, 0] = 1
    with pytest.raises(GeometryError):
        Slice(np.zeros((4, 5)), "a", affine=np.zeros((4, 4)))
