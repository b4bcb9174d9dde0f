import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.explain.axis_map import axis_map
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants

CLASSES = ("glioma", "notumor")
PLANES = ("axial", "coronal", "sagittal")
CONSTANTS = VolumeConstants(
    CLASSES,
    dict.fromkeys(PLANES, (0.0, 0.0)),
    {"axial": (2.0, 1.0), "coronal": (4.0, 1.0), "sagittal": (1.0, 1.0)},
    floor=0.5,
    of_peak=0.0,
    weights_sha256="0",
)
GRID = tuple(np.arange(n, dtype=float) for n in (12, 10, 20))


def cells_of(plane, logits=(0.0, 0.0)):
    contributions = np.zeros((2, *plane.shape), np.float32)
    contributions[0] = plane
    return EvidenceCells(contributions, np.float32(logits), CLASSES, np.eye(3), plane.shape)


def axial(cells, empty=()):
    return AxisSlices("axial", 2, 1, 0, np.eye(3), cells, tuple(empty))


def drawn(slices):
    return axis_map(slices, "glioma", CONSTANTS, positions=GRID, gap_mm=1.0)


def random_cells(every=2, seed=0):
    rng = np.random.default_rng(seed)
    return {k: cells_of(rng.normal(size=(10, 12)).astype(np.float32)) for k in range(0, 20, every)}


def test_slices_hold_what_exceeds_the_offset_in_units_of_the_scale():
    cells = random_cells()
    found = drawn(axial(cells))
    for k, item in cells.items():
        expected = np.maximum(item.contributions[0], 0).T / 2
        np.testing.assert_allclose(found[:, :, k], expected, atol=1e-6)


def test_scaling_one_slice_changes_no_other_slice_that_was_run():
    cells = random_cells()
    before = drawn(axial(cells))
    cells[8] = cells_of(100 * cells[8].contributions[0])
    after = drawn(axial(cells))
    others = [k for k in cells if k != 8]
    assert np.abs(before[:, :, others] - after[:, :, others]).max() < 1e-6
    np.testing.assert_allclose(after[:, :, 8], 100 * before[:, :, 8], rtol=1e-5)


def test_one_lit_slice_leaves_all_other_run_slices_dark():
    dark = np.zeros((10, 12), np.float32)
    cells = {k: cells_of(dark + (k == 8)) for k in range(0, 20, 2)}
    found = drawn(axial(cells))
    lit = np.flatnonzero(found.any(axis=(0, 1)))
    assert lit.tolist() == [7, 8, 9]  # only the curve down to its dark neighbors
    assert found.max() == pytest.approx(0.5)


def test_between_slices_the_curve_never_leaves_its_neighbors():
    cells = random_cells(every=4)
    found = drawn(axial(cells))
    for low, high in zip(list(cells)[:-1], list(cells)[1:], strict=True):
        ends = found[:, :, [low, high]]
        between = found[:, :, low + 1 : high]
        assert (between <= ends.max(axis=2, keepdims=True) + 1e-6).all()
        assert (between >= ends.min(axis=2, keepdims=True) - 1e-6).all()


def test_slices_without_head_are_dark_and_end_the_curve():
    cells = {k: cells_of(np.ones((10, 12), np.float32)) for k in range(6, 15, 4)}
    found = drawn(axial(cells, empty=[*range(6), *range(15, 20)]))[0, 0]
    np.testing.assert_array_equal(found[[*range(6), *range(15, 20)]], 0)
    np.testing.assert_allclose(found[6:15], 0.5, atol=1e-6)


def test_no_slices_and_a_single_slice_are_possible():
    assert not drawn(axial({}, empty=range(20))).any()
    alone = drawn(axial({7: cells_of(np.ones((10, 12), np.float32))}))
    assert np.unique(np.nonzero(alone)[2]).tolist() == [7]


def test_flips_and_other_planes_find_their_voxels():
    plane = np.zeros((20, 12), np.float32)
    plane[1, 6] = 8.0  # on the screen: second row, seventh column
    flipped = np.array([[-1.0, 0, 19], [0, 1.0, 0], [0, 0, 1]])
    slices = AxisSlices("coronal", 1, 2, 0, flipped, {4: cells_of(plane)})
    found = drawn(slices)
    assert np.argwhere(found > 0).tolist() == [[6, 4, 18]]
    assert found.max() == pytest.approx(2.0)  # the coronal scale is 4


def test_cubic_interpolation_passes_the_centers_and_is_cut_at_zero():
    plane = np.zeros((10, 12), np.float32)
    plane[4:7, 5] = 2.0
    fine = (np.arange(0, 11.01, 0.25), np.arange(0, 9.01, 0.25), np.arange(1.0))
    slices = axial({0: cells_of(plane)})
    cubic = axis_map(slices, "glioma", CONSTANTS, positions=fine, gap_mm=1.0, in_plane="cubic")[
        :, :, 0
    ]
    np.testing.assert_allclose(cubic[::4, ::4], plane.T / 2, atol=1e-5)
    assert cubic.min() == 0.0
    assert cubic.max() > 1.0  # a spline does overshoot


def test_an_unknown_class_is_refused():
    with pytest.raises(BadInputError, match="edema"):
        axis_map(axial(random_cells()), "edema", CONSTANTS, positions=GRID, gap_mm=1.0)
