import json
from typing import Any

import numpy as np
import pytest

from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.course import Course, LawName
from neuroscope.phantom.lesions.kinds import KINDS
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.series import SeriesPlan, make_series
from neuroscope.phantom.series_truth import series_truth
from neuroscope.phantom.whole_voxels import fitted_rate


def row(name: str, core_ml: float, *, et_mm: float = 0.0, kind: str = "glioblastoma") -> dict:
    """Describe a lesion of a visit: its core a ball of that volume, what enhances a square."""
    core_mm = float(np.cbrt(core_ml * 6000 / np.pi))
    return {
        "id": name,
        "kind": kind,
        "core_ml": core_ml,
        "volumes_ml": {"NCR": core_ml / 2, "ED": 0.0, "ET": et_mm**3 / 1000},
        "largest_part_mm": {"core": [core_mm, core_mm], "ET": [et_mm, et_mm]},
        "is_measurable": {"core": core_mm >= 10, "ET": et_mm >= 10},
    }


def truth_of(
    law: LawName, days: tuple[int, ...], *visits: list[dict], kind: str = "glioblastoma", **course
) -> dict[str, Any]:
    truths = [
        {
            "kind": kind,
            "seed": 1,
            "day": day,
            "core_ml": sum(lesion["core_ml"] for lesion in rows),
            "volumes_ml": {},
            "midline_shift_mm": 0.0,
            "pose": [],
            "lesions": rows,
        }
        for day, rows in zip(days, visits, strict=True)
    ]
    return series_truth(SeriesPlan(days=days, course=Course(law=law, **course)), truths)


def grown(*volumes: float, **options) -> list[list[dict]]:
    return [[row("lesion-1", volume, **options)] for volume in volumes]


def by_volume(truth: dict[str, Any]) -> list[str | None]:
    return [visit["rano_by_volume"] for visit in truth["visits"]]


@pytest.fixture(scope="module")
def slow() -> tuple[SeriesPlan, list[PhantomCase]]:
    """Grow a meningioma by some voxels a visit; the head lies differently each time."""
    plan = SeriesPlan(days=(0, 60, 120), course=Course(doubling_days=1500))
    wish = Wish(core_ml=9.03)
    cases = make_series("meningioma", seed=4, plan=plan, spacing_mm=3, sequences=("t1",), wish=wish)
    return plan, list(cases)


def test_the_stated_rate_is_that_of_the_voxels_and_as_near_to_the_wish_as_they_allow(slow):
    plan, cases = slow
    counts = [int((case.segmentation.labels % 2 == 1).sum()) for case in cases]
    truth = series_truth(plan, [case.truth for case in cases])
    wished = np.log(2) / 1500

    assert truth["wished_growth_rate_per_day"] == pytest.approx(wished)
    assert truth["growth_rate_per_day"] == pytest.approx(fitted_rate(plan.days, counts), rel=1e-6)
    law = [9.03 * 2 ** (day / 1500) / 0.027 for day in plan.days]
    assert all(abs(n - v) < 1 for n, v in zip(counts, law, strict=True))
    tries = np.stack(np.meshgrid(*[[int(v), int(v) + 1] for v in law]), -1).reshape(-1, 3)
    best = min(abs(fitted_rate(plan.days, t.tolist()) - wished) for t in tries)
    assert abs(truth["growth_rate_per_day"] - wished) <= max(best, 1e-4 * wished) + 1e-11


def test_what_was_wanted_is_what_the_law_says(slow):
    plan, cases = slow
    wanted = [case.truth["wanted_core_ml"] for case in cases]

    assert wanted == pytest.approx([9.03 * 2 ** (day / 1500) for day in plan.days])
    assert [case.truth["lesions"][0]["wanted_core_ml"] for case in cases] == wanted


def test_fast_growth_is_right_to_a_thousandth():
    volumes = [round(8 * 2 ** (day / 50), 3) for day in (0, 60, 120)]
    truth = truth_of("exponential", (0, 60, 120), *grown(*volumes), doubling_days=50)

    assert truth["growth_rate_per_day"] == pytest.approx(np.log(2) / 50, rel=1e-3)
    assert (truth["doubling_days"], truth["halving_days"]) == (50, None)
    assert truth["growth_rate_is_of"] == "core"


def test_what_shrinks_halves():
    truth = truth_of("shrink", (0, 50), *grown(20, 10), doubling_days=50)

    assert (truth["doubling_days"], truth["halving_days"]) == (None, 50)
    assert truth["growth_rate_per_day"] == pytest.approx(-np.log(2) / 50)
    assert truth["wished_growth_rate_per_day"] == pytest.approx(-np.log(2) / 50)


def test_pseudo_progression_has_no_rate():
    truth = truth_of("pseudo-progression", (0, 60, 240), *grown(10, 18, 6))

    for name in ("growth_rate_per_day", "wished_growth_rate_per_day", "growth_rate_is_of"):
        assert truth[name] is None
    assert truth["doubling_days"] is truth["halving_days"] is None
    assert by_volume(truth) == ["baseline", "PD", "SD"]
    assert [visit["needs_confirmation"] for visit in truth["visits"]] == [False, True, False]


def test_what_is_stable_grows_by_nothing():
    truth = truth_of("stable", (0, 60), *grown(10, 10))

    assert truth["growth_rate_per_day"] == truth["wished_growth_rate_per_day"] == 0
    assert truth["doubling_days"] is truth["halving_days"] is None
    assert "-0.0" not in json.dumps(truth)


def test_a_gompertz_course_has_a_rate_on_its_first_day_only():
    truth = truth_of("gompertz", (0, 60), *grown(10, 15), doubling_days=70)

    assert truth["growth_rate_per_day"] is None
    assert truth["wished_growth_rate_per_day"] == pytest.approx(np.log(2) / 70)
    assert truth["growth_rate_is_of"] == "core on day 0"


def test_a_new_lesion_has_its_own_rate_and_is_progression():
    days = (0, 60, 120)
    visits = grown(10, 10, 10)
    visits[1].append(row("new-lesion", 1.0))
    visits[2].append(row("new-lesion", 2.0))
    truth = truth_of("new-lesion", days, *visits, doubling_days=60, event_day=30)

    assert truth["growth_rate_per_day"] == pytest.approx(np.log(2) / 60)
    assert by_volume(truth) == ["baseline", "PD", "PD"]
    assert [lesion["id"] for lesion in truth["lesions"]] == ["lesion-1", "new-lesion"]
    assert truth["lesions"][1]["core_ml"] == [0, 1, 2]
    assert truth["lesions"][1]["visits"] == [1, 2]
    assert truth["lesions"][0]["growth_rate_per_day"] == 0


def test_response_begins_after_surgery():
    visits = [*grown(20), [], [row("recurrence", 4.0)]]
    truth = truth_of("resection", (0, 40, 260), *visits, event_day=30)

    assert by_volume(truth) == [None, "baseline", "PD"]
    assert truth["event_day"] == 30


def test_a_speck_of_enhancement_does_not_decide_what_is_measured():
    speck = [[row("lesion-1", 20, et_mm=4)], [row("lesion-1", 21, et_mm=8)]]
    large = [[row("lesion-1", 20, et_mm=12)], [row("lesion-1", 21, et_mm=24)]]
    among, beside = (truth_of("stable", (0, 60), *visits) for visits in (speck, large))

    assert (among["measured"], by_volume(among)) == ("core", ["baseline", "SD"])
    assert (beside["measured"], by_volume(beside)) == ("ET", ["baseline", "PD"])


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k not in ("glioblastoma", "low_grade_glioma")]
)
def test_what_is_no_glioma_gets_no_category_but_a_reason(kind):
    truth = truth_of("stable", (0, 60), *grown(10, 20), kind=kind)

    for visit in truth["visits"]:
        assert visit["rano_by_diameters"] is visit["rano_by_volume"] is None
        assert visit["needs_confirmation"] is None
        assert visit["rano_reason"].startswith("Not assessed: RANO 2.0 is for gliomas")
    assert truth["rano_criteria"] != "RANO 2.0"


def test_nothing_has_no_rate():
    truth = truth_of("stable", (0, 60), [], [], kind="none")

    for name in ("growth_rate_per_day", "wished_growth_rate_per_day", "measured", "rano_criteria"):
        assert truth[name] is None
    assert truth["lesions"] == []
