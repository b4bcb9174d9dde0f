import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.preprocess.drawn import (
    CLIPPED,
    covered,
    mask_start,
    slice_coverage,
    voxel_mask,
)
from neuroscope.preprocess.orient import slices_along
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.slicegrid import SliceGrid, on_slice
from neuroscope.records.volume import Volume

PLAIN = SliceGrid("scan", (100, 120), PLAIN_AFFINE, 2)
LPS = np.array([[-1.5, 0, 0, 70], [0, -1.5, 0, 80], [0, 0, 4, -40], [0, 0, 0, 1]], np.float64)
VOLUME = Volume(np.zeros((90, 100, 20), np.float32), LPS)


def _mark(points, *, shape="contour", **options):
    points = np.asarray(points, np.float64)
    return Annotation("a", "s", "evidence", shape, points, "a reader", **options)


def _rectangle(low, high, at, axis):
    """A rectangle in mm in the plane normal to a world axis."""
    u, v = (w for w in range(3) if w != axis)
    points = np.zeros((4, 3))
    points[:, axis] = at
    points[:, u] = [low[0], high[0], high[0], low[0]]
    points[:, v] = [low[1], low[1], high[1], high[1]]
    return points


def test_a_rectangle_on_a_plain_picture_lies_where_it_was_drawn():
    points = [[19.5, 9.5, 0], [29.5, 9.5, 0], [29.5, 14.5, 0], [19.5, 14.5, 0]]
    mark = _mark(points, slice_index=2)
    cover = slice_coverage(mark, PLAIN)
    expected = np.zeros(PLAIN.shape)
    expected[10:15, 20:30] = 1
    assert cover.values == pytest.approx(expected)
    assert cover.cautions == ()
    assert on_slice(mark, PLAIN)
    assert not on_slice(_mark(points, slice_index=1), PLAIN)


def test_what_reaches_beyond_the_picture_is_clipped_and_said():
    mark = _mark([[118, 50, 0]], shape="stroke", radius_mm=6.0, slice_index=2)
    assert slice_coverage(mark, PLAIN).cautions == (CLIPPED,)
    corner = _mark([[-8, -8, 0], [8, -8, 0], [8, 8, 0], [-8, 8, 0]], slice_index=2)
    found = slice_coverage(corner, PLAIN)
    assert found.cautions == (CLIPPED,)
    assert found.values.sum() == pytest.approx(8.5**2)


def test_what_lies_wholly_outside_is_refused():
    with pytest.raises(BadInputError, match="stroke lies outside the picture"):
        slice_coverage(_mark([[150, 50, 0]], shape="stroke", radius_mm=6.0, slice_index=2), PLAIN)
    far = _mark(_rectangle((300, 300), (310, 310), -40.0, 2))
    with pytest.raises(BadInputError, match="outside the volume"):
        voxel_mask(far, VOLUME)
    high = _mark(_rectangle((0, 0), (10, 10), 400.0, 2))
    with pytest.raises(BadInputError, match="outside the volume"):
        voxel_mask(high, VOLUME)


@pytest.mark.parametrize(("axis", "spacing"), [(0, 1.5), (1, 1.5), (2, 4.0)])
def test_a_contour_marks_one_layer_of_voxels_in_each_plane(axis, spacing):
    at = float(LPS[axis, 3] + LPS[axis, axis] * 9)
    low, high = (-10.0, -14.0), (21.0, 16.0)
    mark = voxel_mask(_mark(_rectangle(low, high, at, axis)), VOLUME)
    assert mark.mask is not None
    assert mark.mask.shape[axis] == 1
    start = mask_start(mark, VOLUME.affine, VOLUME.shape)
    assert start[axis] == 9
    voxels = np.argwhere(mark.mask) + start
    mm = VOLUME.to_mm(voxels)
    u, v = (w for w in range(3) if w != axis)
    for world, number in ((u, 0), (v, 1)):
        step = abs(LPS[world, world])
        assert mm[:, world].min() == pytest.approx(low[number], abs=step)
        assert mm[:, world].max() == pytest.approx(high[number], abs=step)
    area = (31 * 30) / (VOLUME.spacing_mm[u] * VOLUME.spacing_mm[v])
    assert len(voxels) == pytest.approx(area, rel=0.12)
    assert spacing == VOLUME.spacing_mm[axis]


def test_a_mask_of_a_contour_covers_the_same_pixels_as_the_contour():
    at = float(LPS[2, 3] + LPS[2, 2] * 9)
    contour = _mark(_rectangle((-9.5, -13.0), (17.5, 14.0), at, 2))  # along borders of voxels
    grid = slice_grid(slices_along(VOLUME, 2), 9)
    mask = voxel_mask(contour, VOLUME)
    seen = grid.within(np.array([[0.7, 0, 3.2], [0, 0.7, -2.1], [0, 0, 1]]), (160, 160))
    for target in (grid, seen):
        assert covered(mask, target).sum() * target.pixel_area_mm2 == pytest.approx(
            27 * 27, rel=0.15
        )
        weight = covered(mask, target), covered(contour, target)
        row, column = np.indices(target.shape)
        for index in (row, column):
            a, b = ((w * index).sum() / w.sum() for w in weight)
            assert a == pytest.approx(b, abs=1.5)


def test_a_mask_shows_on_its_own_slices_only_in_all_three_planes():
    rng = np.random.default_rng(4)
    voxels = rng.uniform(size=(7, 5, 3)) > 0.5
    affine = np.array(VOLUME.affine)
    affine[:3, 3] = VOLUME.to_mm([20, 30, 8])
    mark = Annotation(
        "m", "s", "tumor", "mask", np.zeros((0, 3)), "r", mask=voxels, mask_affine=affine
    )
    full = np.zeros(VOLUME.shape, np.float32)
    full[20:27, 30:35, 8:11] = voxels
    for axis in range(3):
        source = slices_along(Volume(full, VOLUME.affine), axis)
        for index in range(full.shape[axis]):
            grid = slice_grid(source, index)
            if on_slice(mark, grid):
                expected = source.get(index)
                assert covered(mark, grid).sum() == pytest.approx(expected.sum(), rel=0.01)
                if axis == 2:
                    assert covered(mark, grid) == pytest.approx(expected)
            else:
                assert not np.take(full, index, axis).any()


def test_a_brush_follows_the_plane_it_was_used_in():
    point = VOLUME.to_mm([40, 50, 9])[None]
    axial = voxel_mask(_mark(point, shape="stroke", radius_mm=6.0), VOLUME)
    coronal = voxel_mask(_mark(point, shape="stroke", radius_mm=6.0, plane="coronal"), VOLUME)
    assert axial.mask is not None
    assert coronal.mask is not None
    assert axial.mask.shape[2] == 1
    assert coronal.mask.shape[1] == 1
    assert coronal.mask.sum() * 1.5 * 4 == pytest.approx(np.pi * 36, rel=0.2)


def test_a_mark_smaller_than_a_voxel_keeps_one():
    mark = _mark(VOLUME.to_mm([40, 50, 9])[None], shape="stroke", radius_mm=0.2)
    tiny = voxel_mask(mark, VOLUME)
    assert tiny.mask is not None
    assert tiny.mask.tolist() == [[[True]]]
    assert mask_start(tiny, VOLUME.affine, VOLUME.shape) == (40, 50, 9)


def test_a_contour_across_planes_and_a_mask_of_another_grid_are_refused():
    tilted = _rectangle((-20, -20), (20, 20), 0.0, 2)
    tilted[:, 2] = 0.5 * tilted[:, 1]
    with pytest.raises(GeometryMismatchError, match="none of the planes"):
        voxel_mask(_mark(tilted), VOLUME)
    other = np.array(VOLUME.affine)
    other[:3, 3] += 0.7
    moved = Annotation(
        "m", "s", "tumor", "mask", np.zeros((0, 3)), "r",
        mask=np.ones((2, 2, 2), bool), mask_affine=other,
    )  # fmt: skip
    with pytest.raises(GeometryMismatchError, match="another grid"):
        voxel_mask(moved, VOLUME)
    turned = np.array(VOLUME.affine)
    turned[:3, :3] = np.diag([2.0, 2.0, 3.0])
    with pytest.raises(GeometryMismatchError, match="another grid"):
        mask_start(
            Annotation(
                "m", "s", "tumor", "mask", np.zeros((0, 3)), "r",
                mask=np.ones((2, 2, 2), bool), mask_affine=turned,
            ),
            VOLUME.affine, VOLUME.shape,
        )  # fmt: skip


def test_plain_pictures_and_volumes_are_not_mixed_up():
    mark = _mark(_rectangle((-20, -20), (20, 20), -4.0, 2))
    with pytest.raises(GeometryMismatchError, match="differ in kind"):
        on_slice(mark, PLAIN)
    with pytest.raises(GeometryMismatchError, match="plain picture"):
        voxel_mask(_mark(_rectangle((0, 0), (9, 9), 0.0, 2), slice_index=0), VOLUME)
    coronal = _mark(_rectangle((-20, -20), (20, 20), float(LPS[1, 3] - 60), 1))
    grid = slice_grid(slices_along(VOLUME, 2), 9)
    with pytest.raises(GeometryMismatchError, match="another plane"):
        slice_coverage(coronal, grid)
