import numpy as np
import pytest

from neuroscope.learn.fit_volume_constants import (
    LIT_ALLOWED,
    ConstantsConfig,
    CutCase,
    fit_volume_constants,
    fused,
    plane_constants,
)
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.geometry import diagonal
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.volume import Volume
from neuroscope.records.volumeevidence import AxisSlices

SPEC = EvidenceSpec(
    CLASS_NAMES, 160, 1.5, 4.0, 1.0, 0.1, (0.01, 0.01, 0.01, 0.01), (0.5, 0.5, 0.5, 0.5)
)
PLANES = {0: "sagittal", 1: "coronal", 2: "axial"}


def identity_slices(values, label, gains=(1.0, 1.0, 1.0)):
    """Evidence for one class that is the picture itself, times a gain for each axis."""
    cut = []
    for axis, gain in enumerate(gains):
        row_axis, column_axis = [v for v in (2, 1, 0) if v != axis]
        cells = {}
        for index in range(values.shape[axis]):
            plane = (gain * values.take(index, axis)).T
            contributions = np.zeros((4, *plane.shape), np.float32)
            contributions[label] = plane
            cells[index] = EvidenceCells(
                contributions, np.zeros(4, np.float32), CLASS_NAMES, np.eye(3), plane.shape
            )
        cut.append(AxisSlices(PLANES[axis], axis, row_axis, column_axis, np.eye(3), cells))
    return tuple(cut)


def case_of(label, gains):
    shape = (20, 20, 20)
    tumor = np.zeros(shape, bool)
    tumor[5:12, 5:12, 5:12] = label < 3
    brain = np.ones(shape, bool)
    volume = Volume(np.ones(shape, np.float32), diagonal((1.0, 1.0, 1.0)))
    slices = identity_slices(np.where(tumor, 1.0, 0.02), label, gains)
    return CutCase(label, volume, tumor, tumor, brain, slices)


def test_the_level_is_that_of_the_sidecar_and_the_ratio_that_of_the_planes():
    found = plane_constants([case_of(n, (1.0, 2.0, 4.0)) for n in range(4)], SPEC, "0")
    for name in CLASS_NAMES[:3]:
        scales = [found.of(plane, name)[1] for plane in ("sagittal", "coronal", "axial")]
        assert scales == pytest.approx([0.125, 0.25, 0.5], rel=0.01)
        offsets = [found.of(plane, name)[0] for plane in ("sagittal", "coronal", "axial")]
        assert offsets == pytest.approx([0.02, 0.04, 0.08], rel=0.01)


def test_extent_and_floor_are_chosen_on_volumes_that_fitted_nothing():
    seen = []

    def cut_axes(volume):
        """Bright tissue speaks for every tumor, a little everywhere."""
        seen.append(volume)
        gray = np.asarray(volume.voxels, np.float32)
        level = gray / max(float(np.percentile(gray, 99.9)), 1e-6)
        cut = identity_slices(np.clip(level, 0, 1) ** 4, 0)
        for item in cut:
            for cells in item.cells.values():
                cells.contributions.setflags(write=True)
                cells.contributions[1:3] = cells.contributions[0]
        return cut

    config = ConstantsConfig(fit_cases=4, validation_cases=4, spacing_mm=4.0)
    done = []
    found = fit_volume_constants(cut_axes, SPEC, "hash", config, done.append)
    assert len(seen) == 8
    assert done[-1] == 1.0
    assert found.weights_sha256 == "hash"
    assert 0 < found.of_peak < 1
    healthy = next(v for v in seen[7:])
    case = CutCase(
        3, healthy, np.zeros(healthy.shape, bool), np.zeros(healthy.shape, bool),
        healthy.voxels > 0, cut_axes(healthy),
    )  # fmt: skip
    lit = (fused(case, "glioma", found) > found.floor)[case.brain].mean()
    assert lit <= 2 * LIT_ALLOWED


def test_too_few_phantoms_are_refused():
    with pytest.raises(ValueError, match="one of every kind"):
        ConstantsConfig(fit_cases=3)
