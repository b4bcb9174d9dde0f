"""The evidence of three axes, through the whole path, with a network whose answer is known."""

import numpy as np
import pytest

from neuroscope.explain.volume_cam import FusionConfig
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.models.volume_constants import load_volume_constants
from neuroscope.records.geometry import diagonal
from neuroscope.records.study import Series
from neuroscope.records.volume import Volume
from neuroscope.workflow import analyze as workflow
from neuroscope.workflow.evidence import explain_volume, slices_of_axes

SHAPE = (40, 46, 36)
ONCE = FusionConfig(shifts=0)


@pytest.fixture(scope="module")
def engine(known_weights):
    return load_engine(backend="onnxruntime", threads=1, weights=known_weights)


@pytest.fixture(scope="module")
def constants(engine, known_weights):
    return load_volume_constants(engine.model, engine.spec, weights=known_weights)


def head(*, lesion=True, spacing=(2.0, 2.0, 2.0)):
    """A RAS head of gray 40 and a lesion of 100 at the patient's left, anterior, above.

    Vessels at the back and below, one along every axis, keep the gray scale of slices without
    lesion: a slice of noise alone would be stretched until noise is bright.
    """
    r, a, s = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    voxels = np.random.default_rng(0).normal(40, 2, SHAPE)
    for first, second in ((r, a + 0.6), (a + 0.6, s + 0.5), (r - 0.6, s + 0.5)):
        voxels[first**2 + second**2 < 0.012] = 100
    if lesion:
        voxels[lesion_mask()] = 100
    voxels[r**2 + a**2 + (s / 1.05) ** 2 > 0.9] = 0
    return Volume(voxels.astype(np.float32), diagonal(spacing))


def lesion_mask():
    r, a, s = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    return (r + 0.4) ** 2 + (a - 0.3) ** 2 + (s - 0.2) ** 2 < 0.09


def near_the_lesion(values, *, left=-0.75, front=0.62):
    """Keep a box away from the vessels; every slice through it shows a vessel or the lesion."""
    r, a, s = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    box = (r > left) & (r < 0.4) & (a > -0.3) & (a < front) & (s > -0.25) & (s < 0.6)
    return np.where(box, values, 0)


def explained(volume, engine, constants, **how):
    how.setdefault("config", ONCE)
    return explain_volume(volume, "glioma", engine, constants, **how)


def test_three_axes_point_to_the_lesion_and_agree(engine, constants):
    volume, lesion = head(), lesion_mask()
    brain = near_the_lesion(volume.voxels > 0).astype(bool)
    found = explained(volume, engine, constants, config=FusionConfig(), brain=brain)
    values = near_the_lesion(found.heatmap.values)
    assert [axis.plane for axis in found.axes] == ["sagittal", "coronal", "axial"]
    assert lesion[np.unravel_index(values.argmax(), SHAPE)]
    assert values[lesion].sum() / values.sum() > 0.9
    lit = values > 0.3 * values.max()
    assert 2 * (lit & lesion).sum() / (lit.sum() + lesion.sum()) > 0.9
    assert values[::-1][lesion].sum() == 0  # the patient's left is not his right
    assert found.consistency.score > 0.7
    assert found.consistency.p_value < 0.02


@pytest.mark.parametrize(("order", "flips"), [((2, 0, 1), (1, 1, 0)), ((1, 0, 2), (0, 1, 1))])
def test_the_map_does_not_depend_on_how_voxels_are_stored(engine, constants, order, flips):
    straight = head()
    signs = tuple(slice(None, None, -1 if flip else 1) for flip in flips)
    affine = np.zeros((4, 4))
    affine[3, 3] = 1.0
    for axis, (world, flip) in enumerate(zip(order, flips, strict=True)):
        affine[world, axis] = -2.0 if flip else 2.0
        affine[world, 3] = 2.0 * (SHAPE[world] - 1) if flip else 0.0
    stored = Volume(np.ascontiguousarray(straight.voxels.transpose(order)[signs]), affine)
    expected = explained(straight, engine, constants).heatmap.values
    found = explained(stored, engine, constants).heatmap
    back = found.values[signs].transpose(np.argsort(order))
    np.testing.assert_allclose(back, expected, atol=1e-4)
    np.testing.assert_array_equal(found.affine, stored.affine)


def test_thick_slices_are_explained_by_themselves_in_their_place(engine, constants):
    found = explained(head(spacing=(1.0, 1.0, 5.0)), engine, constants)
    lesion = lesion_mask()
    assert [axis.plane for axis in found.axes] == ["axial"]
    values = near_the_lesion(found.heatmap.values)
    assert lesion[np.unravel_index(values.argmax(), SHAPE)]
    center = np.mean(np.argwhere(values > 0.5 * values.max()), axis=0)
    np.testing.assert_allclose(center, np.mean(np.argwhere(lesion), axis=0), atol=1.0)


def test_a_head_without_lesion_and_an_empty_volume_stay_dark(engine, constants):
    healthy = explained(head(lesion=False), engine, constants)
    quiet = near_the_lesion(healthy.heatmap.values, left=-0.5, front=0.5)
    assert float(quiet.max()) < 0.01
    empty = Volume(np.zeros(SHAPE, np.float32), diagonal((2.0, 2.0, 2.0)))
    assert not explained(empty, engine, constants).heatmap.values.any()


def test_changing_one_slice_leaves_the_other_slices_of_its_axis_unchanged(engine, constants):
    before = head()
    voxels = before.voxels.copy()
    voxels[:, :, 20] *= 1.5
    voxels[12:18, 12:18, 20] = 150
    after = Volume(voxels, before.affine)
    axial = [explained(v, engine, constants).axes[2].values for v in (before, after)]
    others = np.arange(SHAPE[2]) != 20
    assert np.abs(axial[0][:, :, others] - axial[1][:, :, others]).max() < 1e-6
    assert np.abs(axial[0][:, :, 20] - axial[1][:, :, 20]).max() > 0.05


def test_slices_of_the_analysis_are_not_run_again(engine, constants):
    volume = head()
    source = workflow.slices_of(volume)
    findings = workflow.run_slices(source, workflow.indices_to_run(source), engine)
    known = workflow.conclude(Series("a", "t1c"), source, findings, engine.spec)
    ran = []

    def forward(batch):
        ran.append(len(batch))
        answer = engine.run(batch)
        return answer.logits, answer.evidence, answer.embedding

    counting = EvidenceEngine(forward, engine.spec, engine.model, backend="counting")
    cut = slices_of_axes(volume, counting, known=known)
    assert sum(ran) == sum(len(item.cells) for item in cut if item.plane != "axial")
    axial = next(item for item in cut if item.plane == "axial")
    assert list(axial.cells) == [item.index for item in known.slices]


def test_a_finding_of_another_grid_is_not_used(engine, constants):
    volume = head()
    other = Volume(volume.voxels[:, :, 6:], volume.affine)
    source = workflow.slices_of(volume)
    findings = workflow.run_slices(source, workflow.indices_to_run(source), engine)
    known = workflow.conclude(Series("a", "t1c"), source, findings, engine.spec)
    with_it = explained(other, engine, constants, known=known).heatmap.values
    np.testing.assert_array_equal(with_it, explained(other, engine, constants).heatmap.values)
