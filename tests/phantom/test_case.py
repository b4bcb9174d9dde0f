import hashlib

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import brain_at, draw_person, locate
from neuroscope.phantom.case import ANATOMY, PhantomCase, make_case
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.scanner.sequences import SEQUENCES

TISSUE_CODES = {1: "NCR", 2: "ED", 3: "ET"}


def label_hash(case: PhantomCase) -> str:
    return hashlib.sha256(case.segmentation.labels.tobytes()).hexdigest()


def medians(case: PhantomCase, mask: np.ndarray) -> dict[str, float]:
    return {role: float(np.median(v.voxels[mask])) for role, v in case.volumes.items()}


def test_the_same_seed_gives_the_same_study():
    wish = Wish(core_ml=8)
    first, second = (make_case("glioma", seed=9, spacing_mm=3, wish=wish) for _ in range(2))

    assert label_hash(first) == label_hash(second)
    for role in SEQUENCES:
        np.testing.assert_array_equal(first.volumes[role].voxels, second.volumes[role].voxels)


def test_another_seed_gives_another_study():
    first, second = (make_case("meningioma", seed=seed, spacing_mm=3) for seed in (9, 10))

    assert label_hash(first) != label_hash(second)


def test_a_sequence_does_not_depend_on_which_others_are_made():
    alone = make_case("pituitary", seed=2, spacing_mm=3, sequences=("flair",))
    among = make_case("pituitary", seed=2, spacing_mm=3)

    np.testing.assert_array_equal(alone.volumes["flair"].voxels, among.volumes["flair"].voxels)


def test_the_same_seed_gives_the_same_lesion_at_any_spacing(left_glioma):
    wish = Wish(side="left", core_ml=20, edema_ml=30)
    fine = make_case("glioma", seed=3, spacing_mm=1.7, sequences=("t1",), head=True, wish=wish)

    here, there = (np.array(case.truth["center_mm"]) for case in (left_glioma, fine))
    assert np.abs(here - there).max() < 1.0


@pytest.mark.parametrize(
    ("name", "core_ml", "edema_ml"), [("left_glioma", 20, 30), ("right_meningioma", 15, 0)]
)
def test_volumes_hit_the_target_to_one_voxel(name, core_ml, edema_ml, request):
    case = request.getfixturevalue(name)
    labels, voxel_ml = case.segmentation.labels, case.truth["voxel_ml"]

    assert abs((labels % 2 == 1).sum() * voxel_ml - core_ml) <= voxel_ml
    assert abs((labels == 2).sum() * voxel_ml - edema_ml) <= voxel_ml


def test_volumes_hit_the_target_in_thick_slices():
    wish = Wish(core_ml=12, edema_ml=20)
    case = make_case("glioma", seed=1, spacing_mm=2, slice_mm=6, sequences=("t1c",), wish=wish)
    labels = case.segmentation.labels

    assert case.volumes["t1c"].spacing_mm == pytest.approx((2, 2, 6))
    assert abs((labels % 2 == 1).sum() * 0.024 - 12) <= 0.024
    assert abs((labels == 2).sum() * 0.024 - 20) <= 0.024


@pytest.mark.parametrize("name", ["left_glioma", "right_meningioma", "pituitary"])
def test_every_labeled_voxel_carries_signal(name, request):
    case = request.getfixturevalue(name)
    brightest = np.max([v.voxels / np.median(v.voxels[v.voxels > 100]) for v in
                        case.volumes.values()], axis=0)  # fmt: skip

    assert case.segmentation.labels.any()
    assert brightest[case.segmentation.labels > 0].min() > 0.3


def test_healthy_tissues_are_ordered_in_the_images(healthy):
    volume = healthy.volumes["t1"]
    origin = tuple(float(v) for v in volume.affine[:3, 3])
    person = draw_person(np.random.default_rng([6, ANATOMY]))
    place = locate(person, Grid(volume.shape, volume.spacing_mm, origin))
    brain = brain_at(person, place)
    white, gray, fluid = (
        medians(healthy, part > 0.9) for part in (brain.white, brain.gray, brain.fluid)
    )

    assert white["t1"] > gray["t1"] > fluid["t1"]
    assert fluid["t2"] > gray["t2"] > white["t2"]
    assert gray["flair"] > white["flair"] > fluid["flair"]


def test_the_parts_of_a_glioma_look_as_they_must(left_glioma):
    labels = left_glioma.segmentation.labels
    necrosis, edema, enhancing = (medians(left_glioma, labels == n) for n in (1, 2, 3))

    assert enhancing["t1c"] > 1.2 * edema["t1c"]
    assert enhancing["t1c"] > 1.2 * necrosis["t1c"]
    assert enhancing["t1c"] / edema["t1c"] > 1.2 * enhancing["t1"] / edema["t1"]
    assert necrosis["t1"] < edema["t1"]
    assert necrosis["t2"] > enhancing["t2"]


@pytest.mark.parametrize(("name", "sign"), [("left_glioma", -1), ("right_meningioma", 1)])
def test_a_lesion_lies_on_the_stated_side(name, sign, request):
    case = request.getfixturevalue(name)
    index = np.argwhere(case.segmentation.labels % 2 == 1)

    assert sign * case.volumes["t1c"].to_mm(index)[:, 0].mean() > 10


def test_a_pituitary_tumor_sits_low_in_the_midline(pituitary):
    x, y, z = pituitary.truth["center_mm"]

    assert abs(x) < 10
    assert -20 < y < 25
    assert -50 < z < -15


def test_a_meningioma_touches_the_dura(right_meningioma):
    volume = right_meningioma.volumes["t1c"]
    outside = volume.voxels == 0  # skull-stripped
    labels = right_meningioma.segmentation.labels > 0
    grown = np.zeros_like(labels)
    for axis in range(3):
        for step in (-1, 1):
            grown |= np.roll(labels, step, axis)

    assert (grown & outside).any()


def test_labels_are_those_of_brats(left_glioma):
    tissues = left_glioma.segmentation.tissues

    assert {n: tissue.code for n, tissue in tissues.items()} == TISSUE_CODES
    assert set(np.unique(left_glioma.segmentation.labels)) == {0, 1, 2, 3}


@pytest.mark.parametrize("spacing", [0, -1, 0.2, 30, float("nan")])
def test_an_impossible_spacing_is_refused_with_the_nearest(spacing):
    with pytest.raises(BadInputError, match=r"not possible.*the nearest is"):
        make_case("none", seed=1, spacing_mm=spacing)


def test_an_impossible_slice_is_refused():
    with pytest.raises(BadInputError, match=r"slice of 1 mm is not possible.*2 to 8 mm"):
        make_case("none", seed=1, spacing_mm=2, slice_mm=1)


def test_an_unknown_sequence_is_refused():
    with pytest.raises(BadInputError, match=r"no sequence swi.*t1, t1c, t2, flair"):
        make_case("none", seed=1, sequences=("t1", "swi"))


def test_an_impossible_atrophy_is_refused_with_the_nearest():
    with pytest.raises(BadInputError, match=r"atrophy of -0.5 is not possible.*nearest is 0"):
        make_case("none", seed=1, atrophy=-0.5)


def test_a_given_atrophy_moves_the_anatomy_and_a_drawn_one_is_what_its_number_gives():
    options = {"seed": 4, "spacing_mm": 4, "sequences": ("t1",)}
    drawn = make_case("glioma", **options)
    again = make_case("glioma", atrophy=drawn.truth["atrophy"], **options)
    old = make_case("glioma", atrophy=1, **options)

    assert 0 < drawn.truth["atrophy"] < 1
    assert label_hash(drawn) == label_hash(again)
    np.testing.assert_array_equal(drawn.volumes["t1"].voxels, again.volumes["t1"].voxels)
    assert old.truth["atrophy"] == 1
    assert (old.volumes["t1"].voxels != drawn.volumes["t1"].voxels).mean() > 0.1


def test_a_negative_seed_is_refused():
    with pytest.raises(BadInputError, match="seed is -1"):
        make_case("none", seed=-1)


def test_progress_comes_to_the_end():
    heard: list[float] = []
    make_case("none", seed=1, spacing_mm=4, sequences=("t1",), progress=heard.append)

    assert heard == sorted(heard)
    assert heard[-1] == 1.0
