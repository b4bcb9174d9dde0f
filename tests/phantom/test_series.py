import json
from itertools import pairwise

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.course import Course
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.scanner.options import ScannerOptions, clinical_options
from neuroscope.phantom.series import (
    SeriesPlan,
    make_series,
    usual_plan,
)

DAYS = (0, 60, 120)


def visits(kind: str, plan: SeriesPlan, **options) -> list[PhantomCase]:
    return list(make_series(kind, plan=plan, sequences=("t1c",), **options))


@pytest.fixture(scope="module")
def still_plan() -> SeriesPlan:
    return SeriesPlan(days=DAYS, course=Course(doubling_days=50), moving=False)


@pytest.fixture(scope="module")
def still(still_plan: SeriesPlan) -> list[PhantomCase]:
    """A glioma that grows by a factor of 5.3 in a head that always lies the same."""
    wish = Wish(side="left", core_ml=8, edema_ml=12)
    return visits("glioma", still_plan, seed=3, spacing_mm=2, wish=wish)


@pytest.fixture(scope="module")
def resection_plan() -> SeriesPlan:
    return SeriesPlan(
        days=(0, 40, 260), course=Course(law="resection", doubling_days=60, event_day=30)
    )


@pytest.fixture(scope="module")
def resected(resection_plan: SeriesPlan) -> list[PhantomCase]:
    return visits("glioma", resection_plan, seed=3, spacing_mm=3, wish=Wish(core_ml=20))


def test_every_visit_hits_its_volumes_to_one_voxel(still):
    for case, day in zip(still, DAYS, strict=True):
        labels, factor = case.segmentation.labels, 2 ** (day / 50)
        assert abs((labels % 2 == 1).sum() * 0.008 - 8 * factor) <= 0.008
        assert abs((labels == 2).sum() * 0.008 - 12 * factor) <= 0.008


def test_growth_is_nested(still):
    for before, after in pairwise(still):
        small, large = before.segmentation.labels, after.segmentation.labels
        assert not ((small % 2 == 1) & (large % 2 == 0)).any()
        assert not ((small > 0) & (large == 0)).any()


def test_mass_effect_follows_the_volume(still):
    shifts = [abs(case.truth["midline_shift_mm"]) for case in still]

    assert shifts == sorted(shifts)
    assert shifts[-1] > 1.5 * shifts[0]


def test_another_plan_changes_neither_person_nor_place(still):
    plan = SeriesPlan(days=(0,), course=Course(law="stable"), moving=False)
    wish = Wish(side="left", core_ml=8 * 2 ** (120 / 50), edema_ml=12 * 2 ** (120 / 50))
    alone = visits("glioma", plan, seed=3, spacing_mm=2, wish=wish)[0]

    gap = np.array(alone.truth["center_mm"]) - np.array(still[-1].truth["center_mm"])
    assert np.abs(gap).max() < 2


def test_visits_differ_in_pose_protocol_and_noise_and_the_pose_is_known():
    wish = Wish(side="right", core_ml=25)
    plan = SeriesPlan(days=(0, 30), course=Course(law="stable"))
    first, second = visits("glioma", plan, seed=5, spacing_mm=3, wish=wish)
    poses = [np.array(case.truth["pose"]) for case in (first, second)]

    assert np.abs(poses[0] - poses[1]).max() > 0.01
    assert first.protocols["t1c"] != second.protocols["t1c"]
    assert (first.volumes["t1c"].voxels != second.volumes["t1c"].voxels).mean() > 0.2
    here, there = (np.array([*case.truth["center_mm"], 1.0]) for case in (first, second))
    carried = poses[1] @ np.linalg.inv(poses[0]) @ here
    assert np.abs(carried - there)[:3].max() < 0.5
    for case in (first, second):
        assert abs((case.segmentation.labels % 2 == 1).sum() * 0.027 - 25) <= 0.027


def test_brain_and_labels_move_together():
    """The ring that enhances is found bright where the labels say, in any pose."""
    plan = SeriesPlan(days=(0, 30, 60), course=Course(law="stable"))
    for case in visits("meningioma", plan, seed=4, spacing_mm=3, wish=Wish(core_ml=20)):
        image, core = case.volumes["t1c"].voxels, case.segmentation.labels == 3
        assert np.median(image[core]) > 1.25 * np.median(image[(image > 150) & ~core])


def test_surgery_leaves_a_cavity_and_the_tumor_comes_back_at_its_margin(resected):
    before, after, late = (case.segmentation for case in resected)

    assert 4 not in before.labels
    assert {n: tissue.code for n, tissue in after.tissues.items()}[4] == "RC"
    assert not (after.labels % 2 == 1).any()
    assert (late.labels % 2 == 1).sum() * 0.027 > 0.5
    assert 0 < (late.labels == 4).sum() < (after.labels == 4).sum()
    cavity = resected[2].volumes["t1c"].to_mm(np.argwhere(late.labels == 4))
    tumor = resected[2].volumes["t1c"].to_mm(np.argwhere(late.labels % 2 == 1))
    gaps = np.linalg.norm(tumor[:, None] - cavity[None], axis=2)
    assert gaps.min() <= 9


def test_a_cavity_is_dark_as_fluid_after_contrast(resected):
    image, labels = resected[2].volumes["t1c"].voxels, resected[2].segmentation.labels

    assert np.median(image[labels == 4]) < 0.7 * np.median(image[(labels == 0) & (image > 200)])


def test_what_surgery_leaves_is_part_of_the_tumor():
    course = Course(law="resection", doubling_days=60, event_day=10, residual=0.15)
    plan = SeriesPlan(days=(0, 11), course=course, moving=False)
    before, after = visits("glioma", plan, seed=3, spacing_mm=3, wish=Wish(core_ml=20))
    old, left = (case.segmentation.labels % 2 == 1 for case in (before, after))

    assert left.sum() * 0.027 == pytest.approx(0.15 * 20 * 2 ** (11 / 60), abs=0.03)
    assert (left & ~old).sum() < 0.35 * left.sum()  # it grew for a day, and tissue moved back


def test_a_new_lesion_is_far_from_the_old():
    course = Course(law="new-lesion", doubling_days=20, event_day=20)
    plan = SeriesPlan(days=(0, 70), course=course, moving=False)
    first, second = visits("metastases", plan, seed=3, spacing_mm=3, wish=Wish(number=1, core_ml=9))
    added = (second.segmentation.labels % 2 == 1) & (first.segmentation.labels == 0)
    center = second.volumes["t1c"].to_mm(np.argwhere(added)).mean(0)

    assert second.truth["new_lesion_ml"] == pytest.approx(9 * 0.04 * 2**2.5, rel=1e-3)
    assert np.linalg.norm(center - np.array(first.truth["center_mm"])) > 30


def test_drawn_volumes_are_those_of_the_largest_day():
    plan = usual_plan("glioma", timepoints=3)
    cases = visits("glioma", plan, seed=3, spacing_mm=4)
    drawn = make_case("glioma", seed=3, spacing_mm=4, sequences=("t1c",))

    assert cases[-1].truth["wanted_core_ml"] == pytest.approx(drawn.truth["wanted_core_ml"])


def test_the_healthy_stay_healthy():
    plan = usual_plan("none", timepoints=2)
    cases = visits("none", plan, seed=1, spacing_mm=4)

    assert plan.course.law == "stable"
    assert [case.truth["lesions"] for case in cases] == [[], []]


@pytest.mark.parametrize("days", [(), (5, 10), (0, 10, 10), (0, 10, 5)])
def test_days_that_do_not_rise_are_refused(days):
    with pytest.raises(BadInputError, match="make no series"):
        SeriesPlan(days=days)


def test_too_long_a_series_is_refused_with_the_nearest():
    with pytest.raises(BadInputError, match="nearest possible are 60 visits"):
        usual_plan("glioma", timepoints=61)


def test_growth_beyond_what_fits_is_refused_with_the_nearest_first_volume():
    plan = usual_plan("glioma", timepoints=4)
    with pytest.raises(
        BadInputError, match=r"reach 242\.\d ml.*most is 120 ml.*first volume is 9\.9"
    ):
        next(make_series("glioma", seed=1, plan=plan, wish=Wish(core_ml=20), spacing_mm=4))


def test_growth_from_almost_nothing_is_refused_with_the_nearest_doubling_time():
    plan = usual_plan("glioma", timepoints=12)
    with pytest.raises(BadInputError, match=r"the least is 0\.1 ml.*nearest possible doubling"):
        next(make_series("glioma", seed=1, plan=plan, spacing_mm=4))


def test_a_course_that_a_kind_cannot_follow_is_refused():
    with pytest.raises(BadInputError, match="none has no tumor"):
        next(make_series("none", seed=1, plan=usual_plan("none", timepoints=2, law="shrink")))
    plan = usual_plan("pituitary", timepoints=2, law="new-lesion")
    with pytest.raises(BadInputError, match="grows in one place only"):
        next(make_series("pituitary", seed=1, plan=plan))


def test_a_recurrence_larger_than_its_kind_can_be_is_refused_before_the_first_visit():
    days = tuple(range(0, 901, 90))
    course = Course(law="resection", doubling_days=50, event_day=30)
    plan = SeriesPlan(days=days, course=course)
    wish = Wish(side="left", core_ml=20, edema_ml=20)
    with pytest.raises(BadInputError, match="recurrence would grow to"):
        next(iter(make_series("glioma", plan=plan, seed=3, spacing_mm=3, wish=wish)))


def test_each_visit_may_have_a_scanner_of_its_own():
    def scanner(visit: int) -> ScannerOptions:
        return clinical_options(8, ("t1c", "flair", "t2"), session=visit)

    plan = SeriesPlan(days=(0, 30, 60), course=Course(law="stable"))
    cases = list(
        make_series(
            "meningioma",
            seed=8,
            plan=plan,
            spacing_mm=4,
            sequences=("t1c", "flair", "t2"),
            scanner=scanner,
        )
    )

    assert [case.scanner for case in cases] == [scanner(n) for n in range(3)]
    facts = [case.truth["scanner"] for case in cases]
    assert len({json.dumps(fact["spacing_mm"]) for fact in facts}) == 3
    assert {fact["field_t"] for fact in facts} == {1.5, 3}
    for case, fact in zip(cases, facts, strict=True):
        assert (
            set(case.volumes)
            == set(fact["planes"])
            == {"t1c", "flair", "t2"} - set(fact["missing"])
        )
        assert fact["planes"] == dict(case.planes)
    shapes = {case.segmentation.labels.shape for case in cases}
    assert len(shapes) == 1  # truth keeps its grid


def test_a_scanner_that_one_visit_refuses_is_refused_before_the_first():
    plan = SeriesPlan(days=(0, 30), course=Course(law="stable"))
    lost = ScannerOptions(missing=("t1c",))
    series = make_series(
        "glioma",
        seed=1,
        plan=plan,
        spacing_mm=4,
        sequences=("t1c",),
        scanner=lambda visit: lost if visit else ScannerOptions(),
    )
    with pytest.raises(BadInputError, match="also said to be missing"):
        next(series)


def test_lesions_keep_their_ids_in_a_series(resected):
    ids = [[row["id"] for row in case.truth["lesions"]] for case in resected]

    assert ids == [["lesion-1"], ["cavity"], ["cavity", "recurrence"]]
    cavity, recurrence = resected[2].truth["lesions"]
    assert (cavity["kind"], recurrence["kind"]) == ("cavity", "glioblastoma")
    labels = resected[2].segmentation.labels
    assert cavity["volumes_ml"]["RC"] == pytest.approx((labels == 4).sum() * 0.027)
    assert cavity["core_ml"] == cavity["wanted_core_ml"] == 0
    assert recurrence["core_ml"] == pytest.approx((labels % 2 == 1).sum() * 0.027)


def test_a_recurrence_smaller_than_half_a_voxel_is_said_to_be_left_out():
    course = Course(law="resection", doubling_days=30, event_day=1)
    plan = SeriesPlan(days=(0, 62, 200), course=course, moving=False)
    cases = visits("glioma", plan, seed=3, spacing_mm=4, wish=Wish(core_ml=0.6, edema_ml=1))

    assert [row["id"] for row in cases[1].truth["lesions"]] == ["cavity"]
    assert any("recurrence is smaller" in said for said in cases[1].truth["cautions"])
    assert "recurrence" in [row["id"] for row in cases[2].truth["lesions"]]
    assert not any("recurrence is smaller" in said for said in cases[2].truth["cautions"])


def test_a_person_has_one_atrophy_at_all_visits():
    plan = SeriesPlan(days=(0, 30), course=Course(law="stable"))
    cases = visits("none", plan, seed=1, spacing_mm=4, atrophy=0.85)

    assert [case.truth["atrophy"] for case in cases] == [0.85, 0.85]
    with pytest.raises(BadInputError, match=r"atrophy of 2 is not possible.*nearest is 1"):
        next(make_series("none", seed=1, plan=plan, atrophy=2))
