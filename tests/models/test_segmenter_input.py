"""The segmenter's grid: sides, sampling, standardization, the way back."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.models.segmenter_input import (
    BOX,
    laid_back,
    sampled,
    segmenter_grid,
    segmenter_input,
    standardized,
)
from neuroscope.records.segmenterspec import GRID_MULTIPLE
from neuroscope.records.volume import Volume

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def head(affine: np.ndarray = LPS, shape=(120, 150, 110)) -> tuple[Volume, Volume]:
    """A brain of 1 mm voxels with a bright corner at its right, front and top."""
    rng = np.random.default_rng(0)
    mask = np.zeros(shape, np.uint8)
    mask[10:-10, 10:-10, 10:-10] = 1
    voxels = (100 + 10 * rng.standard_normal(shape)) * mask
    low = np.linalg.inv(affine)[:3, :3] @ np.array([1, 1, 1]) > 0  # which ends are R, A, S
    corner = tuple(slice(-40, -20) if end else slice(20, 40) for end in low)
    voxels[corner] = 300
    return Volume(voxels.astype(np.float32), affine), Volume(mask, affine)


def test_the_grid_holds_the_brain_and_its_sides_are_multiples_of_sixteen():
    _, mask = head()
    shape, affine = segmenter_grid(mask)

    assert all(side % GRID_MULTIPLE == 0 for side in shape)
    assert all(side >= least for side, least in zip(shape, BOX, strict=True))
    corners = mask.to_mm([[10, 10, 10], [109, 139, 99]])
    index = (corners - affine[:3, 3]) / np.diag(affine)[:3]
    assert (index > -0.5).all()
    assert (index < np.array(shape) - 0.5).all()


@pytest.mark.parametrize("signs", [(-1, -1, 1), (1, 1, 1), (1, -1, -1), (-1, 1, -1)])
def test_right_front_and_top_stay_there_in_any_orientation(signs):
    affine = np.diag([*map(float, signs), 1.0])
    volume, mask = head(affine)
    given = segmenter_input({"t1c": volume}, mask)
    bright = np.argwhere(given.channels[1] > 3).mean(0)

    assert (bright > np.array(given.channels.shape[1:]) / 2).all()


def test_missing_sequences_are_zero_and_named():
    volume, mask = head()
    given = segmenter_input({"flair": volume, "ct": volume}, mask)

    assert given.present == (False, False, False, True)
    assert not given.channels[:3].any()
    assert given.channels[3].any()


def test_without_any_of_the_four_sequences_it_says_so():
    volume, mask = head()
    with pytest.raises(BadInputError, match="no T1, contrast T1, T2 or FLAIR"):
        segmenter_input({"ct": volume}, mask)


def test_an_empty_brain_mask_is_refused():
    volume, mask = head()
    empty = Volume(np.zeros_like(mask.voxels), mask.affine)
    with pytest.raises(BadInputError, match="brain mask holds 0 ml"):
        segmenter_input({"t1": volume}, empty)


def test_gray_values_do_not_depend_on_the_scanners_units():
    rng = np.random.default_rng(1)
    values = rng.normal(400, 60, (20, 20, 20)).astype(np.float32)
    inside = np.ones(values.shape, bool)

    np.testing.assert_allclose(
        standardized(values, inside), standardized(values * 7 + 30, inside), atol=1e-3
    )
    assert abs(float(np.median(standardized(values, inside)))) < 1e-4


def test_a_flat_sequence_gives_zeros_and_no_warning():
    flat = np.full((10, 10, 10), 5, np.float32)
    assert not standardized(flat, np.ones(flat.shape, bool)).any()


def test_a_smooth_map_comes_back_where_it_was():
    volume, mask = head()
    shape, affine = segmenter_grid(mask)
    centers = np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), -1)
    ramp = volume.to_mm(centers)[..., 0].astype(np.float32)
    there = sampled(Volume(ramp, volume.affine), shape, affine)
    back = laid_back(there, affine, volume)

    inner = (slice(30, 90), slice(30, 120), slice(30, 80))
    assert np.abs(back[inner] - ramp[inner]).max() < 0.05


def test_thick_slices_are_not_blurred_further():
    affine = np.diag([1.0, 1.0, 6.5, 1.0])
    voxels = np.zeros((60, 60, 9), np.float32)
    voxels[:, :, 4] = 1
    shape, grid = (30, 30, 26), np.diag([2.0, 2.0, 2.0, 1.0])
    there = sampled(Volume(voxels, affine), shape, grid)

    assert there[15, 15, 13] == pytest.approx(1.0, abs=1e-5)  # at 26 mm, the slice itself
