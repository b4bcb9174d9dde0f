import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import ANATOMY, lay_grid
from neuroscope.phantom.image_labels import image_labels
from neuroscope.phantom.laid import Laid, lay
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import grow
from neuroscope.phantom.owners import owners_of
from neuroscope.phantom.pose import STILL, draw_pose


@pytest.fixture(scope="module")
def laid() -> Laid:
    person = draw_person(np.random.default_rng([5, ANATOMY]))
    wish = Wish(number=3, core_ml=3, edema_ml=2)
    lesions = grow("metastases", person, wish, np.random.default_rng([5, 1]))
    return lay(person, lesions, lay_grid(3, None, head=False)[0])


def test_on_the_painted_grid_each_voxel_belongs_to_whom_it_was_painted_for(laid):
    labels = laid.labels()
    owners = owners_of(laid, labels, laid.place.grid, STILL)

    assert np.array_equal(owners > 0, labels > 0)
    for number, tumor in enumerate(laid.tumors, start=1):
        assert (owners == number).sum() == (tumor.labels > 0).sum()


def test_in_a_pose_each_voxel_belongs_to_the_lesion_that_was_carried_there(laid):
    pose, grid = draw_pose(np.random.default_rng(1)), laid.place.grid
    labels = image_labels(laid, pose, 1)
    owners = owners_of(laid, labels, grid, pose)

    assert np.array_equal(owners > 0, labels > 0)
    for number, tumor in enumerate(laid.tumors, start=1):
        assert (owners == number).sum() == (tumor.labels > 0).sum()
        center = np.argwhere(tumor.labels > 0).mean(0) * tumor.grid.spacing + tumor.grid.origin
        found = np.argwhere(owners == number).mean(0) * grid.spacing + grid.origin
        assert np.abs(pose.carry(center) - found).max() < 1
