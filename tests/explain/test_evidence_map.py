import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.explain.evidence_map import sampled, slice_heatmap
from neuroscope.preprocess.slice_input import map_on_pixels
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import EvidenceCells

CLASSES = ("glioma", "meningioma", "pituitary", "notumor")
SPEC = EvidenceSpec(
    classes=CLASSES,
    size=160,
    cell_offset=1.5,
    cell_jump=4.0,
    temperature=1.0,
    threshold=0.3,
    floor=(0.01, 0.02, 0.03, 0.04),
    scale=(0.5, 0.6, 0.7, 0.8),
)


def cells_of(glioma, matrix, image_shape):
    contributions = np.zeros((4, *glioma.shape), np.float32)
    contributions[0] = glioma
    return EvidenceCells(
        contributions, np.zeros(4, np.float32), CLASSES, np.asarray(matrix, float), image_shape
    )


def impulse(row, column):
    plane = np.zeros((40, 40), np.float32)
    plane[row, column] = 1.0
    return plane


@pytest.mark.parametrize("cell", [(0, 0), (7, 31), (39, 12)])
def test_an_impulse_stands_at_the_declared_center_of_its_cell(cell):
    # Prepared pixels are 2 image pixels wide and start at row 10, column 20.
    to_pixels = np.array([[2.0, 0, 10.5], [0, 2.0, 20.5], [0, 0, 1]])
    matrix = to_pixels @ SPEC.cell_to_input
    heatmap = slice_heatmap(cells_of(impulse(*cell), matrix, (340, 360)), "glioma", SPEC)
    center = matrix @ (*cell, 1)
    rows, columns = np.nonzero(heatmap.values > 0.6 * heatmap.values.max())
    assert (rows.mean(), columns.mean()) == pytest.approx(tuple(center[:2]), abs=1.01)
    assert heatmap.values.max() <= 1.0


def test_pixels_at_centers_take_the_contribution_itself():
    values = np.random.default_rng(0).normal(size=(40, 40)).astype(np.float32)
    matrix = np.array([[3.0, 0, 1], [0, 3.0, 1], [0, 0, 1]])
    heatmap = slice_heatmap(cells_of(values, matrix, (120, 120)), "glioma", SPEC)
    np.testing.assert_allclose(heatmap.values[1::3, 1::3], values, atol=1e-6)
    assert heatmap.values.min() == pytest.approx(values.min(), abs=1e-6)  # no overshoot, signed


def test_whole_cells_keep_their_sum_on_the_pixel_grid():
    values = np.random.default_rng(1).normal(size=(40, 40)).astype(np.float32)
    matrix = np.array([[3.0, 0, 1], [0, 3.0, 1], [0, 0, 1]])
    heatmap = slice_heatmap(cells_of(values, matrix, (120, 120)), "glioma", SPEC)
    inner = heatmap.values.sum() / 9  # nine pixels share a cell; only the rim is weighted anew
    assert inner == pytest.approx(values.sum(), abs=0.05 * float(np.abs(values).sum()))


def test_outside_what_the_network_saw_the_map_is_zero():
    matrix = np.array([[1.0, 0, 100], [0, 1.0, 50], [0, 0, 1]])
    ones = np.ones((40, 40), np.float32)
    heatmap = slice_heatmap(cells_of(ones, matrix, (200, 200)), "glioma", SPEC)
    seen = np.zeros((200, 200), bool)
    seen[100:140, 50:90] = True
    np.testing.assert_array_equal(heatmap.values, seen.astype(np.float32))


def test_the_scale_is_a_constant_and_no_map_is_normalized():
    matrix = SPEC.cell_to_input
    weak = slice_heatmap(cells_of(0.1 * impulse(5, 5), matrix, (160, 160)), "glioma", SPEC)
    strong = slice_heatmap(cells_of(impulse(5, 5), matrix, (160, 160)), "glioma", SPEC)
    assert weak.scale == strong.scale == 0.5
    np.testing.assert_allclose(10 * weak.values, strong.values, atol=1e-6)
    assert strong.threshold == pytest.approx(0.3 * strong.values.max())


def test_a_map_without_evidence_has_no_finding():
    nothing = cells_of(np.zeros((40, 40), np.float32), SPEC.cell_to_input, (160, 160))
    heatmap = slice_heatmap(nothing, "glioma", SPEC)
    assert not (heatmap.values > heatmap.threshold).any()
    assert heatmap.threshold == pytest.approx(0.01)


def test_fractional_positions_are_linear_between_centers():
    ramp = np.tile(np.arange(40, dtype=np.float32)[:, None], (1, 40))
    cells = cells_of(ramp, np.diag([2.0, 2.0, 1.0]), (80, 80))
    found = sampled(cells, "glioma", np.array([0.0, 1.0, 5.5]), np.array([10.0]))
    np.testing.assert_allclose(found[:, 0], [0.0, 0.5, 2.75], atol=1e-6)


def test_the_map_is_the_one_the_training_was_judged_by():
    values = np.random.default_rng(2).normal(size=(40, 40)).astype(np.float32)
    to_pixels = np.array([[1.7, 0, -12.3], [0, 1.7, 20.1], [0, 0, 1]])
    judged = map_on_pixels(values, to_pixels, (250, 280), offset=1.5, jump=4.0)
    cells = cells_of(values, to_pixels @ SPEC.cell_to_input, (250, 280))
    np.testing.assert_allclose(slice_heatmap(cells, "glioma", SPEC).values, judged, atol=1e-5)


def test_an_unknown_class_is_refused():
    cells = cells_of(impulse(1, 1), SPEC.cell_to_input, (160, 160))
    with pytest.raises(BadInputError, match="no class 'edema'"):
        slice_heatmap(cells, "edema", SPEC)
