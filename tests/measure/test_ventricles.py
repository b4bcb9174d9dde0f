import numpy as np
import pytest

from neuroscope.measure.midline import find_midline
from neuroscope.measure.regions import cut
from neuroscope.measure.ventricles import find_ventricles, ventricle_distance


def test_the_ventricles_of_a_phantom_are_near_where_its_truth_says(right_glioma, brain_of):
    case, brain = right_glioma, brain_of(right_glioma)
    lesion = np.asarray(case.segmentation.labels > 0)
    midline = find_midline(case.volumes, brain, lesion, "s")
    healthy = brain.to_mm(np.argwhere(brain.voxels & ~lesion)[::11])
    found = find_ventricles(case.volumes, brain, lesion, midline, healthy)
    core = cut(np.isin(case.segmentation.labels, (1, 3)), case.segmentation.affine)
    apart = ventricle_distance(core, found, "s")
    assert apart.interval[0] <= case.truth["distances_mm"]["ventricles"] <= apart.interval[1]
    one = {"t1": case.volumes["t1"]}
    assert find_ventricles(one, brain, lesion, midline, healthy) is None
    assert ventricle_distance(cut(lesion & False, brain.affine), found, "s") is None


def test_the_distance_runs_between_voxel_centers():
    first, second = np.zeros((30, 9, 9), bool), np.zeros((30, 9, 9), bool)
    first[2:5, 4, 4], second[14:20, 4, 4] = True, True
    found = ventricle_distance(cut(first, np.eye(4)), cut(second, np.eye(4)), "s")
    assert found.value == pytest.approx(10)
