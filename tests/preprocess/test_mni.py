import numpy as np
import pytest

from neuroscope.atlas.lobes import LABELS, REGIONS, Region, lobe_atlas
from neuroscope.preprocess.mni import atlas_on, find_mni, template_brain
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume


def errors_mm(found: Transform, linear: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Against the part of a phantom's way into the template that is linear."""
    return np.linalg.norm(found.carry(points) - points @ linear.T, axis=1)


@pytest.mark.parametrize("stripped", [False, True])
def test_a_head_finds_its_place_in_the_template(head, brain, brain_points, stripped):
    case = brain if stripped else head

    found, similarity = find_mni(case.volumes["t1c"], stripped=stripped)

    errors = errors_mm(found, case.subject.person.linear, brain_points)
    assert errors.mean() < 5.0
    assert similarity > 0.1


def test_noise_is_unlike_the_template():
    rng = np.random.default_rng(0)
    i, j, k = np.mgrid[:50, :60, :50]
    ball = ((i - 25) / 23) ** 2 + ((j - 30) / 28) ** 2 + ((k - 25) / 23) ** 2 < 1
    values = np.where(ball, rng.normal(500, 100, ball.shape), 0).astype(np.float32)

    _, similarity = find_mni(Volume(values, np.diag([3.0, 3.0, 3.0, 1.0])), stripped=False)

    assert similarity < 0.1


def test_the_templates_mask_covers_the_brain_of_a_phantom(head):
    t1c = head.volumes["t1c"]
    to_mni, _ = find_mni(t1c, stripped=False)

    mask = template_brain(t1c, to_mni)

    labels = head.segmentation.labels
    size_ml = mask.sum() * np.prod(t1c.spacing_mm) / 1000
    assert (mask & (labels > 0)).sum() > 0.9 * (labels > 0).sum()
    assert 900 < size_ml < 2300


def test_a_tumor_on_the_left_lies_in_left_regions_of_the_atlas(head):
    to_mni, _ = find_mni(head.volumes["t1c"], stripped=False)
    atlas = atlas_on(head.volumes["t1c"], lobe_atlas(), to_mni)

    held = atlas.labels[head.segmentation.labels > 0]
    sides = [REGIONS[int(label)].side for label in held]

    assert sides.count("left") > 0.8 * len(sides)


def test_an_atlas_is_laid_where_the_transform_says():
    atlas = lobe_atlas()
    shift = np.eye(4)
    shift[:3, 3] = [10.0, 0.0, 0.0]
    grid = Volume(np.zeros(atlas.labels.shape, np.uint8), atlas.affine)

    same = atlas_on(grid, atlas, IDENTITY)
    moved = atlas_on(grid, atlas, Transform(shift))

    np.testing.assert_array_equal(same.labels, atlas.labels)
    np.testing.assert_array_equal(moved.labels[:-5], atlas.labels[5:])
    assert moved.tissues[LABELS[Region("insula", "left")]].code == "I-L"
