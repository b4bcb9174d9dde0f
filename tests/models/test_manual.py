"""A given mask as segmentation: where it lies, and what is refused."""

import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.models.manual import DRAWN, EMPTY, ManualSegmenter
from neuroscope.models.region_labels import TISSUES
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.volume import Volume

SHAPE = (60, 70, 50)
LPS = np.array([[-2.0, 0, 0, 59], [0, -2.0, 0, 69], [0, 0, 2.0, -49], [0, 0, 0, 1]])
TUMOR = (slice(38, 48), slice(20, 32), slice(20, 30))  # large i is the patient's left


def study() -> SegmenterStudy:
    """A brain with a bright lesion on the left of the patient."""
    mask = np.zeros(SHAPE, bool)
    mask[6:-6, 6:-6, 6:-6] = True
    rng = np.random.default_rng(3)
    voxels = (100 + 5 * rng.standard_normal(SHAPE)).astype(np.float32) * mask
    voxels[TUMOR] = 180
    return SegmenterStudy({"flair": Volume(voxels, LPS)}, Volume(mask, LPS))


def drawn(labels: np.ndarray, affine: np.ndarray = LPS) -> Segmentation:
    return Segmentation(labels, affine, TISSUES, "a reader")


def labels_of(where: tuple[slice, slice, slice] = TUMOR) -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint8)
    labels[where] = 3
    return labels


def test_a_mask_on_the_same_grid_comes_back_unchanged():
    found = ManualSegmenter(drawn(labels_of()), cautions=("Read as X.",)).segment(study())
    np.testing.assert_array_equal(np.asarray(found.segmentation.labels), labels_of())
    assert found.model is None
    assert found.uncertainty is None
    assert found.cautions == ("Read as X.", DRAWN)
    assert found.segmentation.author == "a reader"


def test_the_same_mask_stored_in_another_orientation_comes_back_to_its_place():
    turned = labels_of()[::-1, :, :].transpose(2, 0, 1)
    affine = np.zeros((4, 4))
    affine[:, 0], affine[:, 1], affine[:, 2] = LPS[:, 2], -LPS[:, 0], LPS[:, 1]
    affine[:, 3] = LPS[:, 3] + LPS[:, 0] * (SHAPE[0] - 1)
    found = ManualSegmenter(drawn(turned, affine)).segment(study())

    np.testing.assert_array_equal(np.asarray(found.segmentation.labels), labels_of())
    assert any("another grid" in caution for caution in found.cautions)
    assert not any("volume changed" in caution for caution in found.cautions)


def test_a_coarser_mask_is_laid_on_the_grid():
    coarse = labels_of()[::3, ::3, ::3]
    affine = LPS @ np.diag([3.0, 3.0, 3.0, 1.0])
    found = ManualSegmenter(drawn(coarse, affine)).segment(study())
    center = np.argwhere(np.asarray(found.segmentation.labels) == 3).mean(0)
    np.testing.assert_allclose(center, [42.5, 25.5, 24.5], atol=1.5)
    assert any("another grid" in caution for caution in found.cautions)


def test_what_is_lost_between_voxels_is_told():
    fine = np.repeat(labels_of(), 2, axis=0)
    fine[::4] = 0  # every second of the voxels that lie under one of the study
    found = ManualSegmenter(drawn(fine, LPS @ np.diag([0.5, 1.0, 1.0, 1.0]))).segment(study())
    assert (np.asarray(found.segmentation.labels) == 3).sum() == 600
    assert any("volume changed from 7.20 to 4.80 ml" in caution for caution in found.cautions)


def test_a_mask_whose_header_was_lost_is_refused_with_the_reason():
    lost = drawn(labels_of(), np.diag([1.0, 1.0, 1.0, 1.0]) @ np.diag([9.0, 9, 9, 1]))
    with pytest.raises(GeometryMismatchError, match="header was lost"):
        ManualSegmenter(lost).segment(study())


@pytest.mark.parametrize("spacing_mm", [1.0, 2.0])
def test_a_header_that_knows_no_place_is_refused_even_if_it_falls_into_the_brain(spacing_mm):
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    middle = labels_of((slice(4, 9), slice(4, 9), slice(4, 9)))
    with pytest.raises(GeometryMismatchError, match="first voxel is at the origin"):
        ManualSegmenter(drawn(middle, affine)).segment(study())


def test_a_bare_header_of_another_size_is_believed():
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    found = ManualSegmenter(drawn(np.full((9, 9, 9), 3, np.uint8), affine)).segment(study())
    assert np.argwhere(np.asarray(found.segmentation.labels)).mean(0) == pytest.approx(
        [25.5, 30.5, 28.5], abs=0.6
    )


def test_a_mask_of_another_place_is_refused():
    away = np.array(LPS)
    away[2, 3] += 300
    with pytest.raises(GeometryMismatchError, match="Only 0 % of the mask"):
        ManualSegmenter(drawn(labels_of()[:, :, :40], away)).segment(study())


def test_a_mirrored_mask_is_refused():
    with pytest.raises(GeometryMismatchError, match="mirrored"):
        ManualSegmenter(drawn(labels_of()[::-1])).segment(study())


def test_a_mask_that_shows_nothing_on_either_side_is_taken():
    front = (slice(38, 48), slice(45, 55), slice(20, 30))
    found = ManualSegmenter(drawn(labels_of(front))).segment(study())
    assert (np.asarray(found.segmentation.labels) == 3).sum() == 1000


def test_an_empty_mask_is_taken_and_said():
    found = ManualSegmenter(drawn(np.zeros(SHAPE, np.uint8))).segment(study())
    assert EMPTY in found.cautions
