import numpy as np

from neuroscope.phantom.lesions.search import supratentorial


def test_it_is_several_lesions_of_both_sides_above_the_tentorium(case_of, template_of):
    case = case_of("wmh")
    at = template_of(case)[:, case.mimics.labels > 0]

    assert len(case.lesions) >= 8
    assert {lesion.side for lesion in case.lesions} == {"left", "right"}
    assert supratentorial(at).mean() > 0.95
    assert set(np.unique(case.mimics.labels)) == {0, 1}
