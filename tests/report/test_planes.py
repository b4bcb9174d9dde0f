"""Patient directions on paper, whatever the order of the voxels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.records.volume import Volume
from neuroscope.report.planes import (
    PLANES,
    cut,
    pixel_size_mm,
    plane_axes,
    plane_cut_along,
)

SHAPE = (6, 8, 10)


def ramp(affine: np.ndarray) -> Volume:
    """A volume whose voxels hold 100 R + 10 A + S, in millimeters."""
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij"), axis=-1)
    world = grid @ affine[:3, :3].T + affine[:3, 3]
    return Volume(world @ np.array([100.0, 10.0, 1.0]), affine)


def an_affine(order: tuple[int, ...], signs: tuple[int, ...]) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = 0
    for voxel, (world, sign) in enumerate(zip(order, signs, strict=True)):
        affine[world, voxel] = sign
    return affine


orders = st.permutations([0, 1, 2])
signs = st.tuples(*[st.sampled_from([-1, 1])] * 3)


@given(orders, signs)
def test_right_front_and_top_lie_where_a_radiologist_expects_them(order, signs):
    volume = ramp(an_affine(tuple(order), signs))
    axial = cut(volume.voxels, volume.affine, "axial", 2)
    coronal = cut(volume.voxels, volume.affine, "coronal", 2)
    sagittal = cut(volume.voxels, volume.affine, "sagittal", 2)
    # (step down, step right): front to back -10, right to left -100, top to bottom -1
    assert axial[1, 0] - axial[0, 0] == -10
    assert axial[0, 1] - axial[0, 0] == -100
    assert coronal[1, 0] - coronal[0, 0] == -1
    assert coronal[0, 1] - coronal[0, 0] == -100
    assert sagittal[1, 0] - sagittal[0, 0] == -1
    assert sagittal[0, 1] - sagittal[0, 0] == -10


@pytest.mark.parametrize("plane", PLANES)
def test_a_plane_is_named_by_the_axis_it_cuts(plane):
    affine = an_affine((2, 0, 1), (1, -1, 1))
    assert plane_cut_along(affine, plane_axes(affine, plane).cut) == plane


def test_pixels_of_a_thick_volume_are_higher_than_wide():
    affine = np.diag([1.0, 1.0, 5.0, 1.0])
    assert pixel_size_mm(affine, "coronal") == (5.0, 1.0)
    assert pixel_size_mm(affine, "axial") == (1.0, 1.0)
