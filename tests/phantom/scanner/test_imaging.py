import numpy as np
import pytest
from scipy import ndimage

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.labels_only import make_labels
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.scanner.imaging import skull_strip
from neuroscope.phantom.scanner.options import Scan, ScannerOptions
from neuroscope.phantom.scanner.sequences import EVERY_SEQUENCE
from neuroscope.phantom.slices import on_label_grid

LOW_GRADE = Wish(side="left", core_ml=40, edema_ml=25, enhancing_ml=0)
GRID = Grid((40, 40, 40), (2.0, 2.0, 2.0), (-39.0, -39.0, -39.0))


def ball_depth() -> np.ndarray:
    return np.asarray(30 - np.sqrt((GRID.points_mm() ** 2).sum(0)), np.float32)


def test_an_even_skull_strip_cuts_half_a_millimeter_outside():
    depth = ball_depth()
    kept = skull_strip(depth, np.zeros(GRID.shape), GRID, 0.0, np.random.default_rng(0))

    np.testing.assert_array_equal(kept > 0, depth > -0.5)


def test_a_ragged_skull_strip_strays_but_never_cuts_a_label():
    depth, labels = ball_depth(), np.zeros(GRID.shape, np.uint8)
    labels[(depth > -3) & (depth < 0)] = 3
    rng = np.random.default_rng(0)
    even = skull_strip(depth, 0 * labels, GRID, 0.0, rng) > 0
    ragged = skull_strip(depth, 0 * labels, GRID, 2.0, rng) > 0
    with_lesion = skull_strip(depth, labels, GRID, 2.0, rng) > 0

    assert 0.02 < (even ^ ragged).sum() / even.sum() < 0.3
    assert with_lesion[labels > 0].all()


@pytest.fixture(scope="module")
def everything() -> PhantomCase:
    return make_case("glioma", seed=3, spacing_mm=3, sequences=EVERY_SEQUENCE, head=True)


def test_every_sequence_can_be_made_at_once(everything: PhantomCase):
    assert tuple(everything.volumes) == EVERY_SEQUENCE
    for volume in everything.volumes.values():
        assert volume.shape == everything.segmentation.labels.shape


def test_a_ct_has_air_bone_and_brain_in_hounsfield_units(everything: PhantomCase):
    ct = everything.volumes["ct"].voxels
    brain = ct[(everything.volumes["adc"].voxels > 500) & (ct > 15) & (ct < 60)]

    assert np.median(ct[:3]) == pytest.approx(-1000, abs=10)  # beside the head
    assert ct.max() > 700
    assert 25 < np.median(brain) < 42


def test_iodine_brightens_the_rim_and_not_the_necrosis(everything: PhantomCase):
    labels = everything.segmentation.labels
    gain = everything.volumes["ctc"].voxels - everything.volumes["ct"].voxels

    assert np.median(gain[labels == 3]) > 5
    assert np.median(gain[labels == 3]) > np.median(gain[labels == 2]) + 4


def test_edema_moves_more_than_the_rim_on_the_adc_map(everything: PhantomCase):
    labels, adc = everything.segmentation.labels, everything.volumes["adc"].voxels

    assert np.median(adc[labels == 2]) > 900
    assert np.median(adc[labels == 1]) > np.median(adc[labels == 3])


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_labels_keep_their_place_under_slices_of_their_own(everything, plane):
    scans = {"t1c": Scan(plane=plane, slice_mm=5, tilt_deg=8)}
    case = make_case(
        "glioma", seed=3, spacing_mm=3, sequences=("t1c",), head=True,
        scanner=ScannerOptions(scans=scans),
    )  # fmt: skip

    np.testing.assert_array_equal(case.segmentation.labels, everything.segmentation.labels)
    assert case.planes["t1c"] == plane
    assert not case.volumes["t1c"].same_grid(everything.volumes["t1c"])
    carried, usual = on_label_grid(case, "t1c"), everything.volumes["t1c"].voxels
    middle = (slice(12, -12),) * 3
    together = np.corrcoef(carried[middle].ravel(), usual[middle].ravel())[0, 1]
    assert together > 0.85


def test_a_restless_head_has_the_same_labels_and_another_picture(everything: PhantomCase):
    scanner = ScannerOptions(every=Scan(motion_mm=3.0, ringing=0.3), field_t=1.5)
    case = make_case("glioma", seed=3, spacing_mm=3, sequences=("t2",), head=True, scanner=scanner)

    np.testing.assert_array_equal(case.segmentation.labels, everything.segmentation.labels)
    assert np.abs(case.volumes["t2"].voxels - everything.volumes["t2"].voxels).mean() > 10


@pytest.fixture(scope="module")
def mismatched_seed() -> int:
    def has_mismatch(seed: int) -> bool:
        made = make_labels("low_grade_glioma", seed=seed, spacing_mm=(6, 6, 6), wish=LOW_GRADE)
        return made.lesions[0].character["mismatch"] == 1

    return next(seed for seed in (12, 32, 41, *range(60)) if has_mismatch(seed))


@pytest.mark.parametrize("field_t", [3, 1.5])
def test_flair_suppresses_the_core_of_a_mismatch_and_leaves_its_rim_bright(
    mismatched_seed, field_t
):
    case = make_case(
        "low_grade_glioma", seed=mismatched_seed, spacing_mm=3, sequences=("t2", "flair"),
        wish=LOW_GRADE, scanner=ScannerOptions(field_t=field_t),
    )  # fmt: skip
    labels = case.segmentation.labels
    inside, outside, away = (
        ndimage.distance_transform_edt(part, sampling=3)
        for part in (labels == 1, labels != 1, labels == 0)
    )
    core, rim = inside > 6, (labels == 2) & (outside < 6)
    t2, flair = (case.volumes[name].voxels for name in ("t2", "flair"))
    healthy = (away > 25) & (flair > 100)

    assert case.truth["t2_flair_mismatch"] is True
    assert np.median(t2[core]) > 1.5 * np.median(t2[healthy])
    assert np.median(flair[core]) < np.median(flair[healthy])
    assert np.median(flair[rim]) > 1.3 * np.median(flair[healthy])
    assert np.median(flair[rim]) > 1.5 * np.median(flair[core])
    assert np.mean(flair[core] < np.median(flair[rim])) > 0.95


def test_every_labeled_voxel_is_kept_in_slices_of_their_own_without_a_head():
    scanner = ScannerOptions(every=Scan(slice_mm=6), ragged_mm=2.0)
    case = make_case("pituitary", seed=5, spacing_mm=3, sequences=("t1c",), scanner=scanner)
    shown = on_label_grid(case, "t1c")

    assert case.segmentation.labels.any()
    assert shown[case.segmentation.labels > 0].min() > 30
