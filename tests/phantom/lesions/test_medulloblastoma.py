import numpy as np
import pytest

from neuroscope.phantom.lesions.search import infratentorial


@pytest.mark.parametrize("kind", ["medulloblastoma", "ependymoma"])
def test_it_lies_in_the_midline_under_the_tentorium(kind, case_of, template_of):
    case = case_of(kind)
    core = case.segmentation.labels % 2 == 1
    at = template_of(case)[:, core]
    x, y, z = at.mean(1)

    assert abs(x) < 7
    assert -66 < y < -34
    assert -56 < z < -22
    assert infratentorial(at).mean() > 0.9


def test_it_is_dense(case_of):
    """T2 of dense cells stays near gray matter, far below that of an ependymoma."""
    level = {}
    for kind in ("medulloblastoma", "ependymoma"):
        case = case_of(kind)
        t2 = case.volumes["t2"].voxels
        core = case.segmentation.labels % 2 == 1
        level[kind] = np.median(t2[core]) / np.median(t2[t2 > 100])

    assert level["medulloblastoma"] < 1.5
    assert level["medulloblastoma"] < 0.9 * level["ependymoma"]
