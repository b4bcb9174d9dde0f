import pytest

from neuroscope.phantom.response import Burden, responses


def categories(products, volumes=None, **wishes):
    volumes = volumes or [1.0] * len(products)
    burdens = [
        Burden(30 * n, product, volume)
        for n, (product, volume) in enumerate(zip(products, volumes, strict=True))
    ]
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
    found = responses([Burden(0, 900, 10), Burden(60, 900, last)])
    assert found[1].by_volume == expected


def test_progression_is_measured_against_the_nadir_not_the_baseline():
    assert categories([1000, 400, 500]) == ["baseline", "PR", "PD"]


def test_response_is_measured_against_the_baseline_not_the_visit_before():
    assert categories([1000, 600, 500]) == ["baseline", "SD", "PR"]


def test_what_comes_back_after_complete_surgery_counts_once_it_is_measurable():
    assert categories([900, 0, 60, 150], baseline=1) == [None, "baseline", "SD", "PD"]


def test_a_new_lesion_is_progression():
    found = responses([Burden(0, 1000, 10), Burden(60, 1000, 10, is_new=True)])
    assert (found[1].by_diameters, found[1].by_volume) == ("PD", "PD")


def test_progression_soon_after_radiotherapy_must_be_confirmed():
    burdens = [Burden(0, 1000, 10), Burden(84, 1300, 15), Burden(85, 1700, 22)]
    found = responses(burdens, radiotherapy_day=0)
    assert [f.needs_confirmation for f in found] == [False, True, False]
    assert not any(f.needs_confirmation for f in responses(burdens))
