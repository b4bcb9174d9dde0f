import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.explain.volume_evidence import volume_heatmap
from neuroscope.records.analysis import SeriesFinding, SliceFinding
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.geometry import diagonal
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.records.volume import Volume

CLASSES = ("glioma", "meningioma", "pituitary", "notumor")
SPEC = EvidenceSpec(
    classes=CLASSES,
    size=8,
    cell_offset=0.0,
    cell_jump=1.0,
    temperature=1.0,
    threshold=0.3,
    floor=(0.01,) * 4,
    scale=(0.5,) * 4,
)
VOLUME = Volume(np.zeros((8, 8, 20), np.float32), diagonal((1.0, 1.0, 2.0)))


def a_slice(index, value):
    contributions = np.zeros((4, 8, 8), np.float32)
    contributions[0] = value
    return SliceFinding(
        index,
        f"axial {index + 1}",
        Prediction(dict.fromkeys(CLASSES, 0.25), ModelRef("m", "1", "0")),
        EvidenceCells(contributions, np.zeros(4, np.float32), CLASSES, np.eye(3), (8, 8)),
    )


def drawn(slices, not_run=(), **how):
    finding = SeriesFinding("a", tuple(slices), axis=2, not_run=tuple(not_run))
    cut = {"row_axis": 1, "column_axis": 0, "to_voxel": np.eye(3)} | how
    return volume_heatmap(VOLUME, finding, "glioma", SPEC, **cut)


def test_one_lit_slice_leaves_its_neighbors_dark():
    slices = [a_slice(k, 1.0 if k == 7 else 0.0) for k in range(20)]
    lit = np.unique(np.nonzero(drawn(slices).values)[2])
    assert lit.tolist() == [7]


def test_changing_one_slice_changes_no_other():
    values = np.random.default_rng(0).normal(size=(20, 8, 8)).astype(np.float32)
    before = drawn([a_slice(k, values[k]) for k in range(20)]).values
    values[11] *= 100
    after = drawn([a_slice(k, values[k]) for k in range(20)]).values
    others = np.arange(20) != 11
    np.testing.assert_array_equal(before[:, :, others], after[:, :, others])
    np.testing.assert_allclose(after[:, :, 11], 100 * before[:, :, 11], rtol=1e-5)


def test_skipped_slices_are_interpolated_without_overshoot():
    known = {0: 0.0, 4: 1.0, 8: 1.0, 12: -0.5, 16: 0.0, 19: 0.0}
    found = drawn([a_slice(k, v) for k, v in known.items()]).values[3, 3]
    for k, v in known.items():
        assert found[k] == pytest.approx(v, abs=1e-6)
    assert found.max() <= 1.0
    assert found.min() >= -0.5
    assert (np.diff(found[:5]) > 0).all()
    np.testing.assert_allclose(found[4:9], 1.0, atol=1e-6)


def test_slices_without_head_hold_zero_and_stop_the_curve():
    slices = [a_slice(k, 1.0) for k in range(4, 17, 4)]
    found = drawn(slices, not_run=[*range(4), *range(17, 20)]).values[0, 0]
    np.testing.assert_array_equal(found[[0, 1, 2, 3, 17, 18, 19]], 0.0)
    np.testing.assert_allclose(found[4:17], 1.0, atol=1e-6)


def test_no_slices_give_a_map_of_zeros_on_the_grid():
    heatmap = drawn([], not_run=range(20))
    assert heatmap.values.shape == VOLUME.shape
    assert not heatmap.values.any()
    np.testing.assert_array_equal(heatmap.affine, VOLUME.affine)


def test_flipped_and_swapped_axes_find_their_voxels():
    plane = np.zeros((8, 8), np.float32)
    plane[1, 6] = 1.0  # on the screen: second row, seventh column
    flipped = np.array([[-1.0, 0, 7], [0, 1.0, 0], [0, 0, 1]])
    found = drawn([a_slice(k, plane) for k in range(20)], to_voxel=flipped).values
    # rows run down axis 1 backward, columns along axis 0
    assert np.argwhere(found[:, :, 5] > 0).tolist() == [[6, 6]]


def test_plain_slices_have_no_volume():
    with pytest.raises(BadInputError, match="how the volume was cut"):
        volume_heatmap(
            VOLUME,
            SeriesFinding("a", ()),
            "glioma",
            SPEC,
            row_axis=1,
            column_axis=0,
            to_voxel=np.eye(3),
        )
