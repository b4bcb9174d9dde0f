from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import locate
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.displacement import displacement_of
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.pose import draw_pose
from neuroscope.phantom.truth import SEPTUM_CORNERS


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_midline_shift_is_the_displacement_at_the_septum_to_a_tenth(seed: int):
    wish = Wish(core_ml=60, edema_ml=40)
    case = make_case("glioma", seed=seed, spacing_mm=1.5, sequences=("t1",), wish=wish)
    field = displacement_of(case)
    affine, shape = case.segmentation.affine, case.segmentation.labels.shape
    origin = tuple(float(v) for v in affine[:3, 3])
    assert case.subject is not None
    healthy = locate(case.subject.person, Grid(shape, (1.5, 1.5, 1.5), origin))
    points = healthy.grid.points_mm()
    before = points + np.moveaxis(field, -1, 0)
    step = case.subject.person.linear @ np.moveaxis(field, -1, 0).reshape(3, -1)
    now_x = healthy.template_mm[0] + step[0].reshape(shape)  # where on the template it was before
    _, y, z = healthy.template_mm
    (_, back, low), (_, front, high) = SEPTUM_CORNERS
    near = (np.abs(now_x) < 0.7) & (y > back) & (y < front) & (z > low) & (z < high)
    shifts = (points - before)[0][near]

    expected = case.truth["midline_shift_mm"]
    assert abs(expected) > 0.3
    assert shifts[np.abs(shifts).argmax()] == pytest.approx(expected, abs=0.1)


def test_tissue_is_pushed_away_from_the_lesion(left_glioma: PhantomCase):
    field, labels = displacement_of(left_glioma), left_glioma.segmentation.labels
    volume = left_glioma.volumes["t1"]
    index = np.argwhere((labels == 0) & (np.linalg.norm(field, axis=-1) > 1))
    outward = volume.to_mm(index) - np.array(left_glioma.truth["center_mm"])

    assert len(index) > 100
    inward = np.einsum("nd,nd->n", outward, field[tuple(index.T)])
    assert (inward < 0).mean() > 0.99  # from where it is now to where it was: to the lesion


def test_the_field_turns_with_the_head(left_glioma: PhantomCase):
    pose = draw_pose(np.random.default_rng(0), most_degrees=40)
    before, after = displacement_of(left_glioma), displacement_of(replace(left_glioma, pose=pose))
    volume = left_glioma.volumes["t1"]
    index = np.argwhere(np.linalg.norm(before, axis=-1) > 2)
    there = volume.to_voxel(pose.carry(volume.to_mm(index))).T
    seen = np.stack([map_coordinates(after[..., a], there, order=1) for a in range(3)], axis=1)
    turned = before[tuple(index.T)] @ pose.matrix[:3, :3].T

    assert np.median(np.linalg.norm(turned - seen, axis=1)) < 0.1
    assert np.median(np.linalg.norm(before[tuple(index.T)] - seen, axis=1)) > 0.5


def test_without_a_lesion_nothing_moves(healthy: PhantomCase):
    assert not displacement_of(healthy).any()


def test_a_case_that_knows_nothing_of_its_making_is_refused(healthy: PhantomCase):
    bare = PhantomCase(healthy.kind, 1, False, healthy.volumes, healthy.segmentation, healthy.truth)
    with pytest.raises(BadInputError, match="does not know its lesions"):
        displacement_of(bare)
