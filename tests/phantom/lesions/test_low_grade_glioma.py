import numpy as np
import pytest
from scipy import ndimage

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.low_grade_glioma import draw_details, draw_volumes

# Medians in ml of 69 low-grade masks of BraTS 2020, and the share of those without enhancement.
REAL = {"TC": 49.8, "ET": 0.70, "ED": 33.0, "WT": 94.1}
WITHOUT = 0.362
WISH = Wish(side="left", core_ml=40, edema_ml=25, enhancing_ml=0)


def first_seed(name: str, value: float) -> int:
    for seed in range(200):
        details = draw_details(np.random.default_rng([seed, 1]))
        if details[name] == value:
            return seed
    raise AssertionError(name)


def made(**traits: float) -> PhantomCase:
    """Make a case whose details have these values."""
    from neuroscope.phantom.labels_only import make_labels

    for seed in range(60):
        (lesion,) = make_labels(
            "low_grade_glioma", seed=seed, spacing_mm=(4, 4, 4), wish=WISH
        ).lesions
        if all(lesion.character[name] == value for name, value in traits.items()):
            return make_case("low_grade_glioma", seed=seed, spacing_mm=2.5, wish=WISH)
    raise AssertionError(traits)


@pytest.fixture(scope="module")
def mismatched() -> PhantomCase:
    return made(mismatch=1.0)


@pytest.fixture(scope="module")
def ordinary() -> PhantomCase:
    return made(mismatch=0.0, cystic=0.0, calcified=0.0)


def core_and_white(case: PhantomCase, role: str) -> tuple[float, float]:
    """Give the median brightness deep in the core and in tissue far from the lesion."""
    labels, voxels = case.segmentation.labels, case.volumes[role].voxels
    deep = ndimage.distance_transform_edt(labels == 1, sampling=2.5) > 6
    far = (ndimage.distance_transform_edt(labels == 0, sampling=2.5) > 25) & (voxels > 100)
    return float(np.median(voxels[deep])), float(np.median(voxels[far]))


@pytest.mark.parametrize("first", [0, 2000, 9000])
def test_two_hundred_seeds_have_the_sizes_of_real_masks(first):
    sizes: dict[str, list[float]] = {name: [] for name in REAL}
    for seed in range(first, first + 200):
        rng = np.random.default_rng([seed, 1])
        core, edema = draw_volumes(rng)
        part = draw_details(rng)["enhancing"]
        for name, value in zip(REAL, (core, part * core, edema, core + edema), strict=True):
            sizes[name].append(value)

    for name, median in REAL.items():
        assert np.median(sizes[name]) == pytest.approx(median, rel=0.15), name
    assert np.mean(np.array(sizes["ET"]) == 0) == pytest.approx(WITHOUT, abs=0.05)


def test_mismatch_is_bright_on_t2_and_not_on_flair(mismatched):
    bright, tissue = core_and_white(mismatched, "t2")
    dark, matter = core_and_white(mismatched, "flair")

    assert mismatched.truth["t2_flair_mismatch"] is True
    assert bright > 1.5 * tissue
    assert dark < 1.1 * matter


def test_a_mismatch_keeps_a_bright_margin_on_flair(mismatched):
    labels, flair = mismatched.segmentation.labels, mismatched.volumes["flair"].voxels
    depth = ndimage.distance_transform_edt(labels == 1, sampling=2.5)

    assert np.median(flair[labels == 2]) > 1.2 * np.median(flair[depth > 6])


def test_without_mismatch_the_core_is_bright_on_flair_too(ordinary):
    bright, matter = core_and_white(ordinary, "flair")

    assert ordinary.truth["t2_flair_mismatch"] is False
    assert bright > 1.3 * matter


def test_the_border_is_graded_over_5_to_10_mm(ordinary):
    """From deep inside to outside the edema, T2 falls step by step, not at one place."""
    labels, t2 = ordinary.segmentation.labels, ordinary.volumes["t2"].voxels
    core = labels == 1
    inside = ndimage.distance_transform_edt(core, sampling=2.5)
    outside = ndimage.distance_transform_edt(~core, sampling=2.5)
    t1 = ordinary.volumes["t1"].voxels
    steps = [
        float(np.median(t1[ring]))
        for ring in (
            inside > 7,
            (inside > 0) & (inside < 3),
            (labels == 2) & (outside < 3),
        )
    ]

    assert t2[core].size > 0
    assert steps[0] < steps[1] < steps[2]  # edema is brighter on T1 than tumor


def test_every_labeled_voxel_carries_signal(ordinary, mismatched):
    for case in (ordinary, mismatched):
        brightest = np.max(
            [v.voxels / np.median(v.voxels[v.voxels > 100]) for v in case.volumes.values()], axis=0
        )
        assert brightest[case.segmentation.labels > 0].min() > 0.3


def test_truth_says_what_a_low_grade_glioma_has(ordinary):
    extras = ("t2_flair_mismatch", "enhancing", "cystic", "calcified")

    assert [ordinary.truth[name] for name in extras] == [False, False, False, False]
    assert ordinary.truth["volumes_ml"]["ET"] == 0
