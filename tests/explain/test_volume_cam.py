import itertools

import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.explain.volume_cam import (
    FusionConfig,
    axes_worth_cutting,
    axis_weights,
    fuse,
    fuse_volume,
    grid_positions,
    to_voxels,
    within_brain,
    without_specks,
)
from neuroscope.records.geometry import diagonal
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.volume import Volume
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants

CLASSES = ("glioma", "notumor")
PLANES = {0: "sagittal", 1: "coronal", 2: "axial"}
CONSTANTS = VolumeConstants(
    CLASSES,
    dict.fromkeys(PLANES.values(), (0.0, 0.0)),
    dict.fromkeys(PLANES.values(), (1.0, 1.0)),
    floor=0.5,
    of_peak=0.0,
    weights_sha256="0",
)
SHAPE = (40, 36, 44)
CENTER = (15.3, 20.6, 24.2)
THIRDS = (1 / 3, 1 / 3, 1 / 3)


def blob(shape=SHAPE, center=CENTER, spacing=(1.0, 1.0, 1.0), sigma=5.0):
    grids = np.ogrid[tuple(slice(0, n) for n in shape)]
    squares = sum((g * s - c) ** 2 for g, s, c in zip(grids, spacing, center, strict=True))
    return np.exp(-0.5 * squares / sigma**2).astype(np.float32)


def identity_slices(values, axis, every=2):
    """Slices of a network whose evidence is the picture itself, one cell for each pixel."""
    row_axis, column_axis = [v for v in (2, 1, 0) if v != axis]
    cells = {}
    for index in range(0, values.shape[axis], every):
        plane = values.take(index, axis)
        plane = plane.T if row_axis > column_axis else plane
        contributions = np.stack([plane, -plane]).astype(np.float32)
        cells[index] = EvidenceCells(
            contributions, np.zeros(2, np.float32), CLASSES, np.eye(3), plane.shape
        )
    return AxisSlices(PLANES[axis], axis, row_axis, column_axis, np.eye(3), cells)


def fused(values, spacing=(1.0, 1.0, 1.0), axes=(0, 1, 2), **how):
    volume = Volume(np.zeros(values.shape, np.float32), diagonal(spacing))
    slices = [identity_slices(values, axis) for axis in axes]
    return fuse_volume(volume, slices, "glioma", CONSTANTS, **how)


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


@pytest.mark.parametrize("fusion", ["geometric", "mean", "min"])
def test_a_network_that_answers_with_its_input_gives_the_input_back(fusion):
    values = blob()
    found = fused(values, config=FusionConfig(fusion=fusion)).heatmap.values
    assert dice(found > 0.5, values > 0.5) > 0.98
    peak = np.array(np.unravel_index(found.argmax(), SHAPE))
    assert np.abs(peak - CENTER).max() < 1


def test_the_map_follows_the_voxels_through_every_flip_and_permutation():
    values = blob()
    expected = fused(values).heatmap.values
    for order in itertools.permutations(range(3)):
        turned = values.transpose(order)[::-1, :, ::-1]
        found = fused(np.ascontiguousarray(turned)).heatmap.values
        back = found[::-1, :, ::-1].transpose(np.argsort(order))
        # other slices of the same volume are run, so that the curves between them differ a little
        assert dice(back > 0.5, expected > 0.5) > 0.97
        peaks = [np.array(np.unravel_index(m.argmax(), SHAPE)) for m in (back, expected)]
        assert np.abs(peaks[0] - peaks[1]).max() <= 1


def test_thick_slices_keep_the_place_in_millimeters():
    spacing = (1.0, 1.0, 5.0)
    values = blob((40, 36, 12), (15.0, 20.0, 30.0), spacing, sigma=6.0)
    axes = axes_worth_cutting(spacing)
    assert axes == (2,)
    found = fused(values, spacing, axes=axes)
    peak = np.array(np.unravel_index(found.heatmap.values.argmax(), values.shape)) * spacing
    assert (np.abs(peak - (15.0, 20.0, 30.0)) < spacing).all()
    assert found.consistency is None
    assert any("thick" in caution for caution in found.heatmap.cautions)


def test_nothing_gives_nothing():
    found = fused(np.zeros(SHAPE, np.float32), brain=np.ones(SHAPE, bool))
    assert float(found.heatmap.values.max()) < 0.01
    assert found.consistency is None
    assert found.removed_share == 0.0


def test_constant_maps_of_strong_evidence_are_left_alone_by_every_fusion():
    for how in ("geometric", "mean", "product", "min", "noisy_or"):
        np.testing.assert_allclose(
            fuse([np.ones(SHAPE, np.float32)] * 3, THIRDS, how), 1, atol=1e-5
        )


@pytest.mark.parametrize("level", [0.05, 0.4, 2.5])
def test_constant_maps_of_any_level_keep_it_in_every_average(level):
    maps = [np.full((3, 3, 3), level, np.float32)] * 3
    for how in ("geometric", "mean", "min"):
        np.testing.assert_allclose(fuse(maps, THIRDS, how), level, rtol=1e-4)
    np.testing.assert_allclose(fuse(maps, THIRDS, "product"), level**3, rtol=1e-4)


def test_the_product_ranks_as_the_geometric_mean_does():
    rng = np.random.default_rng(0)
    maps = [rng.uniform(0.1, 1, (6, 6, 6)).astype(np.float32) for _ in range(3)]
    ranks = [fuse(maps, THIRDS, how).ravel().argsort() for how in ("product", "geometric")]
    assert np.corrcoef(ranks[0].argsort(), ranks[1].argsort())[0, 1] > 0.999


def test_what_one_axis_sees_alone_is_damped():
    alone = [np.ones((2, 2, 2), np.float32), *[np.zeros((2, 2, 2), np.float32)] * 2]
    assert fuse(alone, THIRDS, "geometric").max() < 0.02
    assert fuse(alone, THIRDS, "mean").max() == pytest.approx(1 / 3)
    assert fuse(alone, THIRDS, "noisy_or").max() == 1.0


def test_pictures_across_thick_slices_count_less():
    assert axis_weights((1.0, 1.0, 1.0), (0, 1, 2)) == pytest.approx(THIRDS)
    shares = axis_weights((1.0, 1.0, 5.0), (0, 1, 2))
    assert shares == pytest.approx((1 / 7, 1 / 7, 5 / 7))
    assert axes_worth_cutting((1.0, 1.0, 2.5)) == (0, 1, 2)
    assert axes_worth_cutting((6.5, 1.0, 1.0)) == (0,)


def test_the_mask_comes_after_the_fusion_and_what_it_removes_is_said():
    values = blob() + blob(center=(34.0, 5.0, 5.0))
    brain = np.zeros(SHAPE, bool)
    brain[2:28, 6:34, 8:40] = True
    found = fused(values, brain=brain)
    outside = float(found.removed_share)
    assert 0.3 < outside < 0.7
    assert not found.heatmap.values[~brain].any()
    assert any("outside the brain" in caution for caution in found.heatmap.cautions)


def test_the_edge_of_the_mask_is_soft_over_2_mm():
    brain = np.zeros((20, 20, 20), bool)
    brain[5:15, 5:15, 5:15] = True
    kept, removed = within_brain(np.ones(brain.shape, np.float32), brain, (1.0, 1.0, 1.0))
    assert kept[4, 10, 10] == 0.0
    assert kept[5, 10, 10] == pytest.approx(0.5)
    assert kept[6, 10, 10] == 1.0
    assert removed == pytest.approx(1 - kept.sum() / 8000)


def test_specks_go_and_lesions_stay():
    values = np.zeros((30, 30, 30), np.float32)
    values[2:6, 2:6, 2:6] = 1  # 0.064 ml
    values[15:20, 15:20, 15:20] = 1  # 0.125 ml
    kept, dropped_ml = without_specks(values, 0.5, (1.0, 1.0, 1.0))
    assert not kept[:10].any()
    assert kept[15:20, 15:20, 15:20].all()
    assert dropped_ml == pytest.approx(0.064)


def test_fine_voxels_are_drawn_on_a_coarser_grid_and_interpolated():
    fine = Volume(np.zeros((60, 50, 20), np.float32), diagonal((0.5, 0.5, 2.0)))
    positions = grid_positions(fine, 1.0)
    assert [len(at) for at in positions] == [30, 25, 20]
    ramp = np.broadcast_to(positions[0][:, None, None], (30, 25, 20)).astype(np.float32)
    carried = to_voxels(ramp, positions, fine.shape)
    assert carried.shape == fine.shape
    np.testing.assert_allclose(carried[1:-1, 0, 0], np.arange(1, 59), atol=1e-5)


def test_axes_that_disagree_are_said_to():
    volume = Volume(np.zeros(SHAPE, np.float32), diagonal((1.0, 1.0, 1.0)))
    places = (CENTER, (30.0, 8.0, 8.0), (8.0, 30.0, 36.0))
    slices = [
        identity_slices(blob(center=place, sigma=3.0), axis) for axis, place in enumerate(places)
    ]
    found = fuse_volume(volume, slices, "glioma", CONSTANTS, brain=np.ones(SHAPE, bool))
    assert found.consistency.score < 0.1
    assert any("do not agree" in caution for caution in found.heatmap.cautions)
    together = fused(blob(), brain=np.ones(SHAPE, bool))
    assert together.consistency.score > 0.95
    assert together.consistency.p_value < 0.02
    assert not any("do not agree" in caution for caution in together.heatmap.cautions)


def test_a_mask_of_another_grid_and_no_slices_are_refused():
    with pytest.raises(GeometryMismatchError, match="brain mask"):
        fused(blob(), brain=np.ones((3, 3, 3), bool))
    with pytest.raises(BadInputError, match="No axis"):
        fused(blob(), axes=())
    with pytest.raises(ValueError, match="grid_mm"):
        FusionConfig(grid_mm=0.0)
