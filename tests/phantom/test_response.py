import pytest

from neuroscope.phantom.lesions.kinds import KINDS
from neuroscope.phantom.response import Burden, Response, Size, responses, why_not_assessed


def visit(number: int, **lesions: tuple[float, float]) -> Burden:
    """Make a visit every 30 days; a lesion is measurable from 100 mm2, and absent without any."""
    sizes = {
        name: Size(product, volume, product >= 100)
        for name, (product, volume) in lesions.items()
        if product and volume
    }
    return Burden(30 * number, sizes)


def categories(products, **wishes):
    burdens = [visit(n, one=(product, 1.0)) for n, product in enumerate(products)]
    return [found.by_diameters for found in responses(burdens, **wishes)]


@pytest.mark.parametrize(
    ("last", "expected"),
    [(1250, "PD"), (1249, "SD"), (501, "SD"), (500, "PR"), (1, "PR"), (0, "CR")],
)
def test_the_limits_of_the_product_of_diameters(last, expected):
    assert categories([1000, last]) == ["baseline", expected]


@pytest.mark.parametrize(
    ("last", "expected"), [(14.0, "PD"), (13.9, "SD"), (3.6, "SD"), (3.5, "PR"), (0, "CR")]
)
def test_the_limits_of_the_volume(last, expected):
    found = responses([visit(0, one=(900, 10)), visit(2, one=(900, last))])
    assert found[1].by_volume == expected


def test_progression_is_measured_against_the_nadir_not_the_baseline():
    assert categories([1000, 400, 500]) == ["baseline", "PR", "PD"]


def test_response_is_measured_against_the_baseline_not_the_visit_before():
    assert categories([1000, 600, 500]) == ["baseline", "SD", "PR"]


def test_what_comes_back_after_complete_surgery_counts_once_it_is_measurable():
    assert categories([900, 0, 60, 150], baseline=1) == [None, "baseline", "SD", "PD"]


@pytest.mark.parametrize("size", [1, 60, 400])
def test_what_comes_back_after_a_complete_response_is_progression_however_small(size):
    assert categories([900, 0, size]) == ["baseline", "CR", "PD"]


def test_a_complete_response_leaves_nothing_at_all():
    """A speck that was never measurable is no disease to measure, but it is not nothing."""
    found = responses([visit(0, one=(900, 9), speck=(30, 0.1)), visit(1, speck=(30, 0.1))])
    assert (found[1].by_diameters, found[1].by_volume) == ("PR", "PR")


def test_a_measurable_lesion_that_was_not_there_is_progression_as_long_as_it_stays():
    burdens = [
        visit(0, one=(1000, 10)),
        visit(1, one=(1000, 10), two=(120, 0.6)),
        visit(2, one=(1000, 10), two=(120, 0.6)),
        visit(3, one=(1000, 10)),
    ]
    assert [f.by_diameters for f in responses(burdens)] == ["baseline", "PD", "PD", "SD"]


def test_a_speck_decides_nothing():
    grown = [visit(0, one=(1000, 10)), visit(1, one=(1000, 10), speck=(99, 8))]
    assert responses(grown)[1] == Response("SD", "SD")
    alone = [visit(0, speck=(20, 0.1)), visit(1, speck=(90, 3))]
    assert responses(alone)[1] == Response("SD", "SD")


def test_a_speck_that_grows_to_a_measurable_lesion_is_judged_by_its_own_growth():
    assert categories([99, 101]) == ["baseline", "SD"]
    assert categories([60, 101]) == ["baseline", "PD"]


def test_progression_soon_after_radiotherapy_must_be_confirmed():
    days, sizes = (0, 84, 85), ((1000, 10), (1300, 15), (1700, 22))
    burdens = [
        Burden(day, visit(0, one=size).lesions) for day, size in zip(days, sizes, strict=True)
    ]
    found = responses(burdens, radiotherapy_day=0)
    assert [f.needs_confirmation for f in found] == [False, True, False]
    assert not any(f.needs_confirmation for f in responses(burdens))


def test_only_gliomas_are_assessed_and_the_others_are_told_why():
    assessed = {kind for kind in KINDS if why_not_assessed(kind) is None}

    assert assessed == {"glioblastoma", "low_grade_glioma"}
    assert "RANO-BM would apply" in why_not_assessed("metastases")
    assert "RANO for meningioma" in why_not_assessed("meningioma")
    assert why_not_assessed("pituitary") == "Not assessed: RANO 2.0 is for gliomas."
    assert why_not_assessed("none").startswith("Not assessed")
