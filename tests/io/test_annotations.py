import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.io.annotations import in_grid, mask_annotation, window
from neuroscope.records.annotation import Annotation
from neuroscope.records.volume import Volume

AFFINE = np.array([[-1.5, 0, 0, 70], [0, -1.5, 0, 80], [0, 0, 4, -40], [0, 0, 0, 1]], np.float64)
GRID = Volume(np.zeros((12, 10, 8), np.float32), AFFINE)


def _mask():
    full = np.zeros(GRID.shape, bool)
    full[2:7, 3:5, 1:4] = True
    full[2, 3, 1] = False
    return full


def _made(full, **options):
    given = {"series_id": "s", "kind": "tumor", "author": "a reader", **options}
    return mask_annotation(full, GRID, **given)


def test_a_mask_is_cut_to_its_box_and_laid_back():
    made = _made(_mask())
    assert made.mask is not None
    assert made.mask.shape == (5, 2, 3)
    assert np.array_equal(in_grid(made, GRID), _mask())


def test_ids_come_from_the_content():
    assert _made(_mask()).id == _made(_mask()).id
    moved = np.roll(_mask(), 1, 0)
    assert len({_made(_mask()).id, _made(moved).id, _made(_mask(), kind="evidence").id}) == 3


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
@pytest.mark.parametrize("flips", [(False, False, False), (True, False, True), (False, True, True)])
def test_voxels_are_found_in_whatever_order_they_are_stored(axes, flips):
    stored = np.transpose(_mask(), axes)
    affine = np.eye(4)
    affine[:, 3] = AFFINE[:, 3]
    affine[:3, :3] = AFFINE[:3, :3][:, axes]
    for axis, against in enumerate(flips):
        if against:
            affine[:3, 3] += affine[:3, axis] * (stored.shape[axis] - 1)
            affine[:3, axis] *= -1
            stored = np.flip(stored, axis)
    place = window(affine, stored.shape, GRID)
    assert place.start == (0, 0, 0)
    assert np.array_equal(place.turned(stored), _mask())


def test_a_box_inside_the_grid_is_found():
    affine = np.array(AFFINE)
    affine[:3, 3] = GRID.to_mm([3, 1, 2])
    assert window(affine, (4, 4, 4), GRID).start == (3, 1, 2)


def test_other_grids_are_refused():
    moved = np.array(AFFINE)
    moved[0, 3] += 0.6
    finer = AFFINE @ np.diag([0.5, 0.5, 1.0, 1.0])
    angle = np.deg2rad(3.0)
    tilted = np.eye(4)
    tilted[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    for affine in (moved, finer, tilted @ AFFINE):
        with pytest.raises(GeometryMismatchError, match="another grid"):
            window(affine, GRID.shape, GRID)
    with pytest.raises(GeometryMismatchError, match="beyond"):
        window(AFFINE, (13, 10, 8), GRID)


def test_a_contour_has_no_voxels():
    points = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0]], np.float64)
    contour = Annotation("a", "s", "tumor", "contour", points, "a reader")
    with pytest.raises(BadInputError, match="contour has no voxels"):
        in_grid(contour, GRID)
    with pytest.raises(BadInputError, match="no voxel"):
        _made(np.zeros(GRID.shape, bool))
