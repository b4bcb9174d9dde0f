import numpy as np
import pytest

from neuroscope.preprocess.contours import contours_in, outlined
from neuroscope.preprocess.drawn import grid_of_layer, voxel_mask
from neuroscope.records.annotation import Annotation
from neuroscope.records.outline import plane_through, signed_area
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.records.volume import Volume

GRID = SliceGrid("a", (60, 80), np.diag([0.5, 0.5, 2.0, 1.0]))


def _distance(row, column):
    y, x = np.indices(GRID.shape)
    return np.hypot(y - row, x - column)


def test_a_ring_has_an_outline_and_a_hole_and_an_island_in_it_is_a_contour_of_its_own():
    away = _distance(30, 40)
    field = np.maximum(np.minimum(24 - away, away - 14), 6 - away)
    found = contours_in(field, GRID)
    assert sorted(len(rings) for rings in found) == [1, 2]
    outline, hole = max(found, key=len)
    for ring, radius in ((outline, 12.0), (hole, 7.0)):
        assert np.linalg.norm(ring[:, :2] - [15, 20], axis=1) == pytest.approx(radius, abs=0.05)


def test_what_touches_the_border_is_closed():
    ((ring,),) = contours_in(10 - _distance(0, 40), GRID)
    area = abs(signed_area(ring[:, :2]))
    assert area == pytest.approx(np.pi * 25 / 2, rel=0.1)
    assert contours_in(np.full(GRID.shape, -1.0), GRID) == ()


def test_a_mask_becomes_contours_that_mark_its_voxels_again():
    affine = np.array([[-1.5, 0, 0, 70], [0, -1.5, 0, 80], [0, 0, 4, -40], [0, 0, 0, 1]], float)
    volume = Volume(np.zeros((50, 40, 10), np.float32), affine)
    voxels = np.zeros((14, 9, 2), bool)
    voxels[2:12, 1:8] = True
    voxels[4:7, 3:5, 1] = False
    voxels[10, 7, 0] = False
    box = np.array(affine)
    box[:3, 3] = volume.to_mm([20, 10, 4])
    mark = Annotation(
        "m", "s", "tumor", "mask", np.zeros((0, 3)), "r", mask=voxels, mask_affine=box
    )
    back = np.zeros(volume.shape, bool)
    for layer in range(10):
        for outer, *holes in outlined(mark, grid_of_layer(volume, axis=2, layer=layer)):
            drawn = Annotation("c", "s", "tumor", "contour", outer, "r", holes_mm=tuple(holes))
            laid = voxel_mask(drawn, volume)
            assert laid.mask is not None
            assert laid.mask_affine is not None
            i, j, k = np.rint(volume.to_voxel(laid.mask_affine[:3, 3])).astype(int)
            a, b, c = laid.mask.shape
            back[i : i + a, j : j + b, k : k + c] |= laid.mask
            assert plane_through(outer).height(outer) == pytest.approx(0, abs=1e-9)
    expected = np.zeros(volume.shape, bool)
    expected[20:34, 10:19, 4:6] = voxels
    assert np.array_equal(back, expected)
