from dataclasses import replace

import numpy as np
import pytest

from neuroscope.phantom.case import lay_grid
from neuroscope.phantom.image_labels import image_labels
from neuroscope.phantom.laid import Laid, lay
from neuroscope.phantom.lesions.regrid import regrid, wanted_voxels
from neuroscope.phantom.pose import STILL, draw_pose
from neuroscope.phantom.truth import measure_truth

POSE = draw_pose(np.random.default_rng(4))


@pytest.fixture(scope="module")
def laid(left_glioma) -> Laid:
    grid, _ = lay_grid(3, 6, head=False)
    return lay(left_glioma.subject.person, left_glioma.lesions, grid)


@pytest.mark.parametrize(("pose", "planes"), [(POSE, 1), (STILL, 2), (POSE, 2)])
def test_one_lesion_is_laid_as_the_whole_head_would_be(laid, pose, planes):
    grid = laid.place.grid
    wanted = wanted_voxels(laid.lesions, grid.thickened(planes).voxel_ml)
    whole = regrid(laid.labels(), grid, pose, planes, wanted)

    assert np.array_equal(image_labels(laid, pose, planes), whole)


def test_a_grid_that_falls_short_of_a_volume_says_so(laid, left_glioma):
    """Ask for twice the edema that was painted: no more voxels touch it."""
    (lesion,), grid = laid.lesions, laid.place.grid
    greedy = replace(lesion, edema_ml=3 * lesion.edema_ml)
    asked = replace(laid, lesions=(greedy,), tumors=(replace(laid.tumors[0], lesion=greedy),))
    labels = image_labels(asked, POSE, 1)
    truth = measure_truth(left_glioma.subject, asked, labels, grid, POSE)

    (said,) = truth["cautions"]
    got_ml = (labels == 2).sum() * grid.voxel_ml
    assert said.startswith(f"The edema has {got_ml:.3f} ml instead of 89.991 ml")
    assert measure_truth(
        left_glioma.subject, laid, image_labels(laid, POSE, 1), grid, POSE
    )["cautions"] == []  # fmt: skip
