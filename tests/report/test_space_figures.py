"""Labels have their colors, and calipers lie where they were laid."""

import re

import numpy as np
import pytest

from neuroscope.records.measured import Midline
from neuroscope.records.measurement import Line
from neuroscope.records.volume import Volume
from neuroscope.report.space_figures import (
    COLORS,
    SIDE,
    Place,
    color_labels,
    color_of,
    edge_of,
    lines_svg,
    midline_svg,
    on_square,
    values_on_square,
)

AFFINE = np.array([[2.0, 0, 0, -40], [0, 2.0, 0, -60], [0, 0, 5.0, -50], [0, 0, 0, 1]])


@pytest.fixture
def axial() -> Place:
    """An axial slice of 40 x 60 voxels of 2 mm: 80 mm wide and 120 mm high on the screen."""
    return Place(Volume(np.zeros((40, 60, 20), np.float32), AFFINE), "axial", 7)


def test_a_slice_keeps_its_proportions_in_the_middle_of_the_square(axial):
    assert axial.size == (SIDE * 2 // 3, SIDE)
    assert axial.corner == (SIDE // 6, 0)
    white = on_square(np.full((60, 40, 3), 255, np.uint8), axial)
    assert white[:, : SIDE // 6].max() == 0
    assert white[SIDE // 2, SIDE // 2].min() == 255


def test_the_patients_left_front_lies_top_right(axial):
    x, y = axial.at((-40.0, 58.0, -15.0))
    assert x > SIDE * 0.8
    assert y < 10


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, -1)])
def test_a_point_appears_where_its_voxel_is_drawn(plane, flips):
    shape = (40, 60, 20)
    flip = np.diag([*flips, 1.0])
    flip[:3, 3] = [(n - 1) * (f < 0) for n, f in zip(shape, flips, strict=True)]
    affine = AFFINE @ flip
    voxels = np.zeros(shape, np.float32)
    at = (6, 45, 13)
    voxels[at] = 1
    grid = Volume(voxels, affine)
    axis = {"axial": 2, "coronal": 1, "sagittal": 0}[plane]
    place = Place(grid, plane, at[axis])
    x, y = place.at(tuple(grid.to_mm(np.array(at)).tolist()))
    drawn = values_on_square(place.cut(voxels), place)
    row, column = np.unravel_index(int(drawn.argmax()), drawn.shape)
    voxel = SIDE / 120 * 5 if plane != "axial" else SIDE / 120 * 2
    assert abs(row + 0.5 - y) <= voxel / 2 + 1
    assert abs(column + 0.5 - x) <= voxel / 2 + 1


def test_each_label_has_its_color_at_its_edge_and_a_tint_within(axial):
    labels = np.zeros((60, 40), np.uint8)
    labels[20:40, 10:30] = 2
    gray = np.full((SIDE, SIDE, 3), 100, np.uint8)
    drawn = color_labels(gray, labels, axial, {1: "NCR", 2: "ED"})
    colors = {tuple(c) for c in drawn.reshape(-1, 3).tolist()}
    assert colors >= {(100, 100, 100), COLORS["ED"]}
    assert COLORS["NCR"] not in colors
    inside = drawn[SIDE // 2, SIDE // 2].astype(int)
    assert 100 < inside[2] < COLORS["ED"][2]


def test_a_slice_without_labels_stays_as_it_is(axial):
    gray = np.full((SIDE, SIDE, 3), 100, np.uint8)
    labels = np.zeros((60, 40), np.uint8)
    np.testing.assert_array_equal(color_labels(gray, labels, axial, {1: "NCR"}), gray)


def test_colors_differ_in_lightness_too():
    lightness = sorted(np.dot(color, (0.2126, 0.7152, 0.0722)) for color in COLORS.values())
    assert min(np.diff(lightness)) > 40
    assert color_of("RC") not in COLORS.values()


def test_the_edge_lies_inside_the_mask():
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    edge = edge_of(mask)
    assert not edge[~mask].any()
    assert edge[5, 5]
    assert edge[6, 10]
    assert not edge[10, 10]


def test_a_caliper_runs_between_its_points_with_its_length_beside_it(axial):
    line = Line((-20.0, 10.0, -15.0), (0.0, 10.0, -15.0))
    drawn = lines_svg(axial, [(line, "20.0 mm <")])
    start, end = axial.at(line.start_mm), axial.at(line.end_mm)
    path = f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
    assert path in drawn
    assert start[0] - end[0] == pytest.approx(20 * SIDE / 120)  # the left is on the right
    assert "20.0 mm &lt;" in drawn


def test_the_trace_of_the_midline_runs_from_front_to_back(axial):
    line = Line((0.0, 4.0, -15.0), (6.0, 4.0, -15.0))
    drawn = midline_svg(axial, Midline((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), None, line), "6 mm")
    x, y, x2, y2 = map(float, re.search(r"M(\S+) (\S+)L(\S+) (\S+?)\"", drawn).groups())  # type: ignore[union-attr]
    assert x == pytest.approx(x2)
    assert x == pytest.approx(axial.at(line.start_mm)[0], abs=0.1)
    assert abs(y - y2) > SIDE


def test_a_midline_without_a_line_draws_nothing(axial):
    assert midline_svg(axial, Midline((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)), "") == ""
