import numpy as np
import pytest
from PIL import Image

from neuroscope.report.side_by_side import SIDE, TITLE, Titled, own_scale, side_by_side


def test_the_scale_of_a_map_ignores_its_one_outlier():
    values = np.full((100, 100), -2, np.float32)
    values[3, 4] = 900
    assert own_scale(values) == pytest.approx(2)
    assert own_scale(np.zeros((4, 4), np.float32)) == 1


@pytest.mark.parametrize(("number", "size"), [(1, (2, 1)), (3, (4, 1)), (5, (4, 2))])
def test_slice_and_maps_stand_in_rows_of_four(tmp_path, number, size):
    image = np.full((20, 20), 0.5, np.float32)
    values = np.zeros((20, 20), np.float32)
    values[2:6, 12:18] = 1
    maps = [Titled(f"map {n}", values, 1.0) for n in range(number)]
    side_by_side(image, maps, tmp_path / "all.png")
    with Image.open(tmp_path / "all.png") as picture:
        drawn = np.asarray(picture)
    assert drawn.shape == (size[1] * (SIDE + TITLE), size[0] * SIDE, 3)
    lit = drawn[TITLE : TITLE + SIDE, SIDE : 2 * SIDE].astype(int)
    red, blue = lit[..., 0], lit[..., 2]
    rows, columns = np.nonzero(red > blue + 20)
    assert (rows.mean() / SIDE, columns.mean() / SIDE) == pytest.approx((0.2, 0.75), abs=0.02)


def test_a_map_that_failed_its_tests_is_gray(tmp_path):
    image = np.full((20, 20), 0.5, np.float32)
    values = np.zeros((20, 20), np.float32)
    values[2:6, 12:18] = 1
    side_by_side(image, [Titled("map", values, 1.0, is_trusted=False)], tmp_path / "all.png")
    with Image.open(tmp_path / "all.png") as picture:
        drawn = np.asarray(picture)[TITLE:, SIDE:].astype(int)
    assert np.ptp(drawn, axis=-1).max() <= 20
    assert drawn.std() > 0
