import numpy as np
import pytest

from neuroscope.preprocess.orient import slices_along, slices_of
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.volume import Slice, Volume

SPOT_MM = np.array([21.0, 34.0, -9.0])  # right, front, low: no two sides are alike


def _head(order=(0, 1, 2), signs=(1, 1, 1), spacing=(2.0, 2.0, 2.0)):
    """A head with one bright spot, on a grid whose axes run where they are told."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for axis, (world, sign, step) in enumerate(zip(order, signs, spacing, strict=True)):
        affine[world, axis] = sign * step
    shape = tuple(int(180 / step) for step in spacing)
    affine[:3, 3] = -affine[:3, :3] @ (np.array(shape) / 2) + [3.0, -5.0, 8.0]
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    mm = index @ affine[:3, :3].T + affine[:3, 3]
    voxels = 100.0 * (np.linalg.norm(mm / [70, 80, 75], axis=-1) < 1)
    voxels += 900.0 * np.exp(-np.square(np.linalg.norm(mm - SPOT_MM, axis=-1) / 7))
    return Volume(voxels.astype(np.float32), affine)


GRIDS = [
    ((0, 1, 2), (1, 1, 1), (2.0, 2.0, 2.0)),
    ((0, 1, 2), (-1, -1, 1), (1.5, 1.5, 5.0)),
    ((1, 2, 0), (-1, -1, 1), (1.5, 1.5, 4.0)),
    ((0, 2, 1), (1, -1, -1), (1.0, 2.0, 5.0)),
    ((2, 0, 1), (-1, 1, 1), (2.0, 3.0, 2.0)),
]


def _brightest(pixels):
    weight = np.clip(pixels - 0.5 * pixels.max(), 0, None)
    row, column = np.indices(pixels.shape)
    return np.array([(weight * row).sum(), (weight * column).sum()]) / weight.sum()


@pytest.mark.parametrize(("order", "signs", "spacing"), GRIDS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_spot_lies_where_the_grid_says_on_the_slice_and_on_what_the_network_sees(
    order, signs, spacing, axis
):
    volume = _head(order, signs, spacing)
    source = slices_along(volume, axis)
    index = round(volume.to_voxel(SPOT_MM)[axis])
    pixels = source.get(index)
    grid = slice_grid(source, index)
    assert grid.shape == pixels.shape
    expected = grid.to_index(SPOT_MM)
    assert np.abs(_brightest(pixels) - expected[:2]).max() < 0.35
    assert abs(expected[2]) <= 0.5
    prepared = prepare_slice(pixels)
    seen = grid.within(prepared.to_pixels, prepared.image.shape)
    assert np.abs(_brightest(prepared.image) - seen.to_index(SPOT_MM)[:2]).max() < 0.6
    assert seen.slice_index is None


def test_depth_counts_slices_and_pixels_have_their_area():
    volume = _head((0, 1, 2), (-1, -1, 1), (1.5, 1.5, 5.0))
    grid = slice_grid(slices_of(volume), 7)
    above = volume.to_mm([10, 12, 9])
    assert grid.to_index(above)[2] == pytest.approx(2)
    assert grid.pixel_area_mm2 == pytest.approx(2.25)
    assert grid.refined(4).pixel_area_mm2 == pytest.approx(2.25 / 16)
    fine, coarse = grid.refined(4).to_index(above), grid.to_index(above)
    assert fine[:2] == pytest.approx(4 * (coarse[:2] + 0.5) - 0.5)


def test_plain_pictures_count_in_their_own_pixels_columns_first():
    source = slices_of([Slice(np.zeros((40, 60), np.float32), name) for name in ("a", "b")])
    grid = slice_grid(source, 1)
    assert (grid.name, grid.shape, grid.slice_index) == ("b", (40, 60), 1)
    assert grid.to_index([7.0, 3.0, 0.0]).tolist() == [3.0, 7.0, 0.0]


def test_a_picture_that_knows_its_place_is_placed_there():
    affine = np.array([[0, -2, 0, 90], [-3, 0, 0, 80], [0, 0, 5, -10], [0, 0, 0, 1]], np.float64)
    pixels = np.zeros((40, 60), np.float32)
    source = slices_of([Slice(pixels, "a", "axial", -10.0, affine)])
    grid = slice_grid(source, 0)
    assert grid.slice_index == 0
    assert grid.to_index([86.0, 77.0, -10.0]) == pytest.approx([1, 2, 0])
