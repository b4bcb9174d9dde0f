import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, sampled_from

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.scanner.slices import AXIS_OF, cut, own_slices, usual_slices
from neuroscope.records.geometry import axis_codes, transform

GRID = Grid((40, 50, 44), (2.0, 2.0, 2.0), (-39.0, -49.0, -43.0))


def ramp_along(axis: int) -> np.ndarray:
    """An image whose value is the position in mm along an axis: linear cuts keep it exactly."""
    return np.ascontiguousarray(GRID.points_mm()[axis])


def test_usual_slices_lie_on_the_grid_of_the_labels():
    slices = usual_slices(GRID, 4)

    np.testing.assert_array_equal(slices.affine, GRID.thickened(4).affine)
    assert cut(ramp_along(2), slices).shape == (40, 50, 11)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_slices_of_a_plane_are_thick_across_it(plane):
    slices = own_slices(GRID, plane, slice_mm=5.0)

    spacing = [2.0, 2.0, 2.0]
    spacing[AXIS_OF[plane]] = 5.0
    assert slices.spacing == pytest.approx(spacing)
    assert slices.averaged == 2.5
    assert axis_codes(slices.affine) == "RAS"


@given(
    plane=sampled_from(["axial", "coronal", "sagittal"]),
    tilt=floats(-30, 30),
    thick=floats(2, 8),
    pixel=floats(2, 3),
    axis=sampled_from([0, 1, 2]),
)
def test_every_voxel_shows_what_lies_at_its_place(plane, tilt, thick, pixel, axis):
    slices = own_slices(GRID, plane, slice_mm=thick, pixel_mm=pixel, tilt_deg=tilt)
    seen = cut(ramp_along(axis), slices)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in slices.shape), indexing="ij"), -1)
    place = transform(slices.affine, index)
    low, high = np.array(GRID.origin) + thick, GRID.point_mm([n - 1 for n in GRID.shape]) - thick
    inside = ((place > low) & (place < high)).all(-1)

    assert inside.any()
    np.testing.assert_allclose(seen[inside], place[inside][:, axis], atol=1e-3)


def test_a_thick_slice_averages_what_is_in_it():
    image = np.zeros(GRID.shape, np.float32)
    image[:, :, 20:22] = 1.0  # 4 mm around z = -1
    seen = cut(image, own_slices(GRID, "axial", slice_mm=8.0))

    assert seen.shape == (40, 50, 11)
    assert seen.max() == pytest.approx(0.5)
    assert seen.sum() * 8 == pytest.approx(image.sum() * 2)
