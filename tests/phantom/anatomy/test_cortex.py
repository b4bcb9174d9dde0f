import numpy as np
import pytest

from neuroscope.phantom.anatomy.cortex import (
    DEEPEST_MM,
    Cortex,
    draw_cortex,
    leaning,
    near_sylvian,
    sheets,
)
from neuroscope.phantom.fields import Field, cube


@pytest.fixture(scope="module")
def cortex() -> Cortex:
    return draw_cortex(np.random.default_rng(2))


def patch(depth_mm: float) -> tuple[Field, Field]:
    """Give points of the right upper convexity, all at one depth."""
    points = cube((38, 2, 38), 16, 0.8).points_mm().reshape(3, -1)
    return points, np.full(points.shape[1], depth_mm, np.float32)


def share_of_fluid(cortex: Cortex, depth_mm: float, atrophy: float) -> float:
    points, depth = patch(depth_mm)
    lean = leaning(cortex, points, depth, atrophy=atrophy, voxel_mm=1.0)
    return float((lean.weight * lean.fluid > 0).mean())


def test_sulci_are_wider_in_an_old_head(cortex):
    young, old = (share_of_fluid(cortex, 6.0, atrophy) for atrophy in (0.0, 1.0))

    assert 0.01 < young < 0.25
    assert old > 1.5 * young


def test_no_sulcus_reaches_the_depth_of_the_ventricles(cortex):
    assert share_of_fluid(cortex, DEEPEST_MM + 1.5, 1.0) == 0


def test_cortex_lies_between_a_sulcus_and_white_matter(cortex):
    points, depth = patch(8.0)
    lean = leaning(cortex, points, depth, atrophy=0.5, voxel_mm=1.0)

    assert (lean.white > 0).any()
    assert not ((lean.white > 0) & (lean.fluid > 0)).any()
    assert ((lean.white < 0) & (lean.fluid < 0)).mean() > 0.2


def test_sides_differ(cortex):
    points, depth = patch(6.0)
    mirrored = points * np.array([[-1], [1], [1]], np.float32)
    right, left = (
        leaning(cortex, at, depth, atrophy=0.5, voxel_mm=1.0).fluid for at in (points, mirrored)
    )

    assert abs(np.corrcoef(right, left)[0, 1]) < 0.5


def test_brainstem_and_cerebellum_keep_the_folds_of_the_average(cortex):
    points = np.array([[0, -26, -34], [22, -66, -42]], np.float32).T
    lean = leaning(cortex, points, np.full(2, 5.0, np.float32), atrophy=0.5, voxel_mm=1.0)

    assert lean.weight.max() < 0.05


def test_where_the_field_is_flat_there_is_no_lake(cortex):
    away_mm = sheets(cortex)[0]

    assert np.percentile(np.abs(away_mm), 99) < 60
    assert (np.abs(away_mm) < 0.5).mean() < 0.15


def test_both_sylvian_fissures_are_near_themselves():
    points = np.array([[42, -4, 2], [-42, -4, 2], [0, -4, 2]], np.float32).T

    np.testing.assert_allclose(near_sylvian(points), [1, 1, 0], atol=1e-3)
