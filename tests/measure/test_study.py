import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure.study import measure
from neuroscope.records.volume import Volume


def test_a_phantom_is_measured_as_its_truth_says(right_glioma, brain_of):
    case = right_glioma
    found = measure(case.segmentation, images=case.volumes, brain=brain_of(case), source="seg-1")
    truth = case.truth
    for code, ml in truth["volumes_ml"].items():
        assert found.named(f"{code} volume").value == pytest.approx(ml, rel=1e-5)
    assert found.named("TC volume").value == pytest.approx(truth["core_ml"], rel=1e-5)
    longest = found.named("TC longest diameter").value
    assert longest == pytest.approx(truth["longest_diameter_mm"], abs=0.01)
    assert found.named("TC axial diameter").value == pytest.approx(
        truth["bidimensional_mm"][0], abs=2.5 * np.sqrt(3)
    )
    assert found.lesions[0].side == truth["side"] == "right"
    assert {value.source for value in found.values} == {"seg-1"}
    assert all(value.unit and value.how for value in found.values)
    assert len(found.vasari) == 30
    side = found.vasari[1]
    assert (side.number, side.value) == (2, "right")
    assert not found.vasari[16].is_assessed


def test_an_empty_segmentation_gives_zeros_and_says_so(labeled, right_glioma, brain_of):
    case = right_glioma
    nothing = labeled(np.zeros(case.segmentation.labels.shape), case.segmentation.affine)
    found = measure(nothing, images=case.volumes, brain=brain_of(case))
    assert found.named("WT volume").value == 0
    assert found.lesions == found.vasari == ()
    assert any("no lesion" in caution for caution in found.cautions)
    assert found.source == "segmentation by test"


def test_without_contrast_nobody_says_that_nothing_enhances(labeled, right_glioma, brain_of):
    case = right_glioma
    flat = np.where(np.asarray(case.segmentation.labels) > 0, 1, 0).astype(np.uint8)
    blind = {name: volume for name, volume in case.volumes.items() if name != "t1c"}
    for images, seen in ((case.volumes, True), (blind, False)):
        found = measure(
            labeled(flat, case.segmentation.affine), images=images, brain=brain_of(case)
        )
        told = {feature.number: feature for feature in found.vasari}
        assert told[4].is_assessed == told[6].is_assessed == told[11].is_assessed == seen
        assert found.mismatch is not None
        assert seen or not found.mismatch.has_sign

    drawn = measure(case.segmentation, images=blind, brain=brain_of(case))
    assert drawn.vasari[10].is_assessed  # a reader who drew it had seen it


def test_thick_slices_without_brain_or_images_are_measured_with_cautions(labeled):
    labels = np.zeros((40, 40, 8), np.uint8)
    labels[10:30, 12:26, 2:5] = 3
    found = measure(labeled(labels, np.diag([1.0, 1, 6.5, 1])), images={}, brain=None)
    assert found.named("ET volume").value == pytest.approx(20 * 14 * 3 * 6.5 / 1000)
    assert found.midline is None
    assert any("6.5 mm apart" in caution for caution in found.cautions)


def test_a_brain_on_another_grid_is_refused(labeled):
    with pytest.raises(GeometryMismatchError, match="brain mask"):
        measure(
            labeled(np.zeros((5, 5, 5))), images={}, brain=Volume(np.ones((4, 5, 5)), np.eye(4))
        )
