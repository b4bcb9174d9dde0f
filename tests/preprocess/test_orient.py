from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroscope.preprocess.orient import indices_to_run, slices_of, usable_indices
from neuroscope.records.geometry import diagonal
from neuroscope.records.volume import Slice, Volume

SHAPE = (40, 50, 44)  # R, A, S


def marked_head(shape=SHAPE, spacing=(1.0, 1.0, 1.0)):
    """A RAS head with a bright spot at the left, anterior, superior."""
    r, a, s = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    voxels = np.where(r**2 + a**2 + s**2 < 0.95, 100.0, 0.0)
    voxels[(r + 0.4) ** 2 + (a - 0.5) ** 2 + (s - 0.3) ** 2 < 0.03] = 300.0
    return Volume(voxels.astype(np.float32), diagonal(spacing))


def reoriented(volume, order, flips):
    """Store the same head with other voxel axes."""
    voxels = np.transpose(volume.voxels, order)
    affine = np.array(volume.affine)
    affine[:3, :3] = affine[:3, :3][:, order]
    for axis, flip in enumerate(flips):
        if flip:
            voxels = np.flip(voxels, axis)
            affine[:3, 3] += affine[:3, axis] * (voxels.shape[axis] - 1)
            affine[:3, axis] *= -1
    return Volume(np.ascontiguousarray(voxels), affine)


def spot(pixels):
    rows, columns = np.nonzero(pixels > 200)
    return rows.mean() / pixels.shape[0], columns.mean() / pixels.shape[1]


def best_slice(source):
    return max(range(source.number), key=lambda i: int((source.get(i) > 200).sum()))


@pytest.mark.parametrize(
    ("spacing", "plane", "down", "across"),
    [
        # left is on the right of the screen, anterior is up
        ((1.0, 1.0, 1.0), "axial", "top", "right"),
        ((1.0, 1.0, 5.0), "axial", "top", "right"),
        # superior is up
        ((1.0, 5.0, 1.0), "coronal", "top", "right"),
        # anterior is on the left of the screen
        ((5.0, 1.0, 1.0), "sagittal", "top", "left"),
    ],
)
def test_slices_hang_in_radiological_convention(spacing, plane, down, across):
    source = slices_of(marked_head(spacing=spacing))
    row, column = spot(source.get(best_slice(source)))
    assert source.plane == plane
    assert ("top" if row < 0.45 else "bottom") == down
    assert ("left" if column < 0.45 else "right") == across


@settings(deadline=None, max_examples=48)
@given(
    order=st.sampled_from(list(permutations(range(3)))),
    flips=st.sampled_from(list(product((False, True), repeat=3))),
    spacing=st.sampled_from([(1.0, 1.0, 1.0), (1.0, 1.0, 4.0), (1.0, 4.0, 1.0), (4.0, 1.0, 1.0)]),
)
def test_the_picture_does_not_depend_on_how_voxels_are_stored(order, flips, spacing):
    straight = marked_head(spacing=spacing)
    stored = reoriented(straight, order, flips)
    expected, found = slices_of(straight), slices_of(stored)
    assert found.plane == expected.plane
    backward = stored.affine[:3, found.axis].sum() < 0
    for index in (10, 22, 31):
        mirrored = found.number - 1 - index if backward else index
        np.testing.assert_array_equal(found.get(mirrored), expected.get(index))


@settings(deadline=None, max_examples=30)
@given(
    order=st.sampled_from(list(permutations(range(3)))),
    flips=st.sampled_from(list(product((False, True), repeat=3))),
    spacing=st.sampled_from([(1.0, 1.0, 1.0), (1.0, 2.0, 5.0), (1.5, 1.0, 1.0)]),
)
def test_the_spot_on_the_screen_leads_back_to_its_voxels(order, flips, spacing):
    volume = reoriented(marked_head(spacing=spacing), order, flips)
    source = slices_of(volume)
    index = best_slice(source)
    pixels = source.get(index)
    screen = np.array([*np.mean(np.nonzero(pixels > 200), axis=1), 1.0])
    along_rows, along_columns, _ = source.cut.to_voxel @ screen
    layer = np.moveaxis(
        volume.voxels, (source.axis, source.cut.row_axis, source.cut.column_axis), (0, 1, 2)
    )[index]
    assert (along_rows, along_columns) == pytest.approx(
        tuple(np.mean(np.nonzero(layer > 200), axis=1)), abs=0.6
    )


def test_oblong_pixels_are_shown_square():
    source = slices_of(marked_head(shape=(40, 20, 10), spacing=(1.0, 2.0, 6.0)))
    assert source.get(4).shape == (40, 40)
    assert source.shape(4) == (40, 40)


def test_a_single_slice_is_cut_as_it_is():
    source = slices_of(
        Volume(np.random.default_rng(0).random((1, 64, 64)), diagonal((1.0, 1.0, 1.0)))
    )
    assert (source.number, source.plane) == (1, "sagittal")
    assert source.get(0).shape == (64, 64)


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_an_empty_volume_has_nothing_to_run(value):
    source = slices_of(Volume(np.full((40, 40, 5), value, np.float32), diagonal((1.0, 1.0, 4.0))))
    assert indices_to_run(source) == ()


def test_noise_above_the_head_is_not_run():
    noise = np.random.default_rng(0).normal(3, 1, (64, 64, 30)).clip(0)
    noise[8:56, 8:56, :20] += 100
    source = slices_of(Volume(noise, diagonal((1.0, 1.0, 1.0))))
    assert indices_to_run(source) == tuple(range(20))


def test_voxels_that_are_not_finite_become_the_darkest():
    voxels = np.array(marked_head().voxels)
    voxels[20, 20:23, 22] = (np.nan, np.inf, -np.inf)
    shown = slices_of(Volume(voxels, diagonal((1.0, 1.0, 1.0)))).get(22)
    assert np.isfinite(shown).all()
    assert np.count_nonzero(shown == 0) == np.count_nonzero(voxels[:, :, 22] == 0) + 3


def test_background_of_a_normalized_volume_becomes_dark():
    head = np.array(marked_head().voxels)
    inside = head > 0
    textured = head + np.random.default_rng(0).normal(0, 60, head.shape)
    scored = np.where(inside, (textured - textured[inside].mean()) / textured[inside].std(), 0)
    source = slices_of(Volume(scored, diagonal((1.0, 1.0, 1.0))))
    shown = source.get(22)
    assert shown[0, 0] == shown.min()
    assert source.head[22] == pytest.approx(inside[:, :, 22].mean(), abs=0.08)


def test_long_volumes_are_thinned_but_keep_their_last_slice():
    voxels = np.zeros((64, 64, 401), np.float32)
    voxels[8:56, 8:56] = 100
    source = slices_of(Volume(voxels, diagonal((0.5, 0.5, 0.5))))
    chosen = indices_to_run(source)
    assert chosen == (*range(0, 400, 4), 400)
    assert usable_indices(source) == tuple(range(401))


def test_a_spoiled_slice_takes_no_other_out_of_a_thinned_volume():
    voxels = np.zeros((64, 64, 300), np.float32)
    voxels[8:56, 8:56, 21:281] = 100
    whole = indices_to_run(slices_of(Volume(voxels, diagonal((1.0, 1.0, 1.0)))))
    assert whole == (21, *range(22, 281, 2))
    for gone in (21, 100, 101, 280):
        spoiled = voxels.copy()
        spoiled[:, :, gone] = 0
        left = indices_to_run(slices_of(Volume(spoiled, diagonal((1.0, 1.0, 1.0)))))
        assert set(whole) - set(left) <= {gone}
        assert len(set(left) - set(whole)) <= 1, "a new first or last one at most"


def test_plain_slices_are_taken_as_they_are_and_small_ones_named():
    pictures = [
        Slice(np.arange(4096.0).reshape(64, 64), "good"),
        Slice(np.zeros((20, 64)), "small"),
    ]
    source = slices_of(pictures)
    assert source.names == ("good", "small")
    assert (source.axis, source.plane) == (None, None)
    assert indices_to_run(source) == (0,)
    assert "20 x 64" in source.unusable[1]
    np.testing.assert_array_equal(source.get(0), pictures[0].pixels)
