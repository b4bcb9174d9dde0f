"""What holds for the lesions of every kind."""

import numpy as np
import pytest
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import brain_at, draw_person, locate
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.kinds import CLASS_OF, KINDS, MIMICS
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import RECIPES, grow

LESIONS = tuple(kind for kind in KINDS if kind != "none")
ENOUGH = 12  # voxels, for a median that means something
NEAR_MM = 30  # coils are uneven: compare with white matter this near


def labels_of(case: PhantomCase) -> np.ndarray:
    """Give the labels of the tumor, or of what mimics one."""
    return (case.mimics or case.segmentation).labels


def white_matter(case: PhantomCase) -> np.ndarray:
    """Mark healthy white matter, away from the lesion's edge."""
    shape, affine = case.segmentation.labels.shape, case.segmentation.affine
    grid = Grid(shape, tuple(np.diag(affine)[:3].tolist()), tuple(affine[:3, 3].tolist()))
    brain = brain_at(case.subject.person, locate(case.subject.person, grid))
    return (brain.white > 0.95) & (labels_of(case) == 0)


def assert_in_order(case: PhantomCase) -> None:
    """Compare the medians of the labels with white matter near them, in every sequence."""
    labels, white = labels_of(case), white_matter(case)
    for label in (1, 2, 3):
        mask = labels == label
        if mask.sum() < ENOUGH:
            continue
        near = white & (ndimage.distance_transform_edt(~mask, sampling=3) < NEAR_MM)
        beside = near if near.sum() >= ENOUGH else white
        level = {role: float(np.median(v.voxels[beside])) for role, v in case.volumes.items()}
        ratio = {r: float(np.median(v.voxels[mask])) / level[r] for r, v in case.volumes.items()}
        what = f"{case.kind} {case.seed} label {label}: {ratio}"
        if label == 2 or (label == 1 and case.kind in MIMICS):
            assert ratio["t1"] < 1.0, what
            assert ratio["flair"] > 1.0 or case.kind == "abscess", what
        if label < 3:
            assert ratio["t2"] > 1.1, what
        if label == 3:
            assert ratio["t1c"] > 1.12 * ratio["t1"], what


def assert_all_carry_signal(case: PhantomCase) -> None:
    levels = [v.voxels / np.median(v.voxels[v.voxels > 100]) for v in case.volumes.values()]
    labels = labels_of(case)

    assert labels.any()
    assert np.max(levels, axis=0)[labels > 0].min() > 0.3, (case.kind, case.seed)


def assert_exact_volumes(case: PhantomCase) -> None:
    labels, voxel_ml = labels_of(case), case.truth["voxel_ml"]
    core_ml = sum(lesion.core_ml for lesion in case.lesions)
    edema_ml = sum(lesion.edema_ml for lesion in case.lesions)

    assert abs((labels % 2 == 1).sum() * voxel_ml - core_ml) <= voxel_ml
    assert abs((labels == 2).sum() * voxel_ml - edema_ml) <= voxel_ml


@pytest.mark.parametrize("kind", LESIONS)
def test_volumes_of_every_kind_are_exact_to_one_voxel(kind, case_of):
    assert_exact_volumes(case_of(kind))


@pytest.mark.parametrize("kind", LESIONS)
def test_every_labeled_voxel_of_every_kind_carries_signal_without_the_head(kind, case_of):
    assert_all_carry_signal(case_of(kind))


@pytest.mark.parametrize("kind", LESIONS)
def test_lesions_look_as_they_must_beside_white_matter(kind, case_of):
    assert_in_order(case_of(kind))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_200_random_cases_are_exact_visible_and_in_order(seed):
    case = make_case(LESIONS[seed % len(LESIONS)], seed=1000 + seed, spacing_mm=3)

    assert_exact_volumes(case)
    assert_all_carry_signal(case)
    assert_in_order(case)


@pytest.mark.parametrize("kind", ["schwannoma", "pituitary"])
def test_what_lies_outside_the_brain_carries_signal_with_the_head_too(kind):
    assert_all_carry_signal(make_case(kind, seed=12, spacing_mm=3.5, head=True))


def test_every_kind_but_none_has_a_recipe():
    assert set(RECIPES) - {"cavity"} == set(LESIONS)


def test_mimics_and_healthy_heads_are_no_tumor_to_the_classifier():
    assert {kind for kind, name in CLASS_OF.items() if name == "notumor"} == MIMICS | {"none"}
    assert not {"metastases", "schwannoma", "medulloblastoma", "ependymoma"} & set(CLASS_OF)


@pytest.mark.parametrize(
    ("kind", "wish", "reason", "nearest"),
    [
        ("metastases", Wish(number=10), "cannot have 10 lesions", "1 to 9"),
        ("metastases", Wish(number=9, core_ml=40, edema_ml=60), "are 900 ml", "is 2 of this size"),
        ("metastases", Wish(core_ml=41), "core of 41 ml", "is 40 ml"),
        ("schwannoma", Wish(core_ml=100), "core of 100 ml", "is 25 ml"),
        ("schwannoma", Wish(edema_ml=1), "edema of 1 ml", "is 0 ml"),
        ("schwannoma", Wish(number=2), "cannot have 2 lesions", "1 to 1"),
        ("medulloblastoma", Wish(core_ml=0.1), "core of 0.1 ml", "is 0.5 ml"),
        ("ependymoma", Wish(core_ml=90), "core of 90 ml", "is 50 ml"),
        ("stroke", Wish(core_ml=400), "core of 400 ml", "is 180 ml"),
        ("ms", Wish(number=31), "cannot have 31 lesions", "1 to 30"),
        ("wmh", Wish(core_ml=50), "core of 50 ml", "is 12 ml"),
        ("abscess", Wish(edema_ml=500), "edema of 500 ml", "is 120 ml"),
    ],
)
def test_an_impossible_wish_is_refused_with_reason_and_nearest(kind, wish, reason, nearest):
    person = draw_person(np.random.default_rng(0))

    with pytest.raises(BadInputError, match=rf"{reason}.*{nearest}"):
        grow(kind, person, wish, np.random.default_rng(0))


def test_lesions_that_find_no_place_beside_each_other_are_refused_with_how_many_do():
    person = draw_person(np.random.default_rng(0))
    wish = Wish(side="left", number=9, core_ml=27, edema_ml=0)

    with pytest.raises(BadInputError, match=r"no place for lesion \d of 27\.0 ml.*is \d of this"):
        grow("metastases", person, wish, np.random.default_rng(1))
