"""Bodies whose measures are known, on grids of every spacing and orientation."""

from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.records.segmentation import Segmentation, Tissue
from neuroscope.records.volume import Volume

TISSUES = {1: Tissue("Necrosis", "NCR"), 2: Tissue("Edema", "ED"), 3: Tissue("Enhancing", "ET")}


def _ellipsoid(half_mm, spacing=(1.0, 1.0, 1.0), *, shift=(0.2, 0.1, 0.4), turn_deg=0.0):
    """An ellipsoid about the origin, as `(inside, affine)`; turned about the third axis."""
    spacing = np.asarray(spacing, float)
    number = 2 * np.ceil((max(half_mm) + 3 * spacing) / spacing).astype(int) + 1
    axes = [(np.arange(n) - n // 2 + s) * d for n, s, d in zip(number, shift, spacing, strict=True)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    angle = np.deg2rad(turn_deg)
    across, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    inside = (across / half_mm[0]) ** 2 + (along / half_mm[1]) ** 2 + (z / half_mm[2]) ** 2 <= 1
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = [axis[0] for axis in axes]
    return inside, affine


def _reoriented(array, affine, order, signs):
    """Store the same voxels in another order of axes and directions; same places in mm."""
    turned = np.array(affine)
    voxels = array
    for axis, sign in enumerate(signs):
        if sign < 0:
            turned[:3, 3] = turned[:3, 3] + turned[:3, axis] * (voxels.shape[axis] - 1)
            turned[:3, axis] = -turned[:3, axis]
            voxels = np.flip(voxels, axis)
    columns = turned[:3, list(order)]
    turned[:3, :3] = columns
    return np.transpose(voxels, order), turned


@pytest.fixture(scope="session")
def ellipsoid() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    return _ellipsoid


@pytest.fixture(scope="session")
def reoriented() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    return _reoriented


@pytest.fixture(scope="session")
def labeled() -> Callable[..., Segmentation]:
    """Make a segmentation by labels (BraTS 2023)."""

    def make(labels, affine=None, author="test") -> Segmentation:
        return Segmentation(
            np.asarray(labels, np.uint8), np.eye(4) if affine is None else affine, TISSUES, author
        )

    return make


@pytest.fixture(scope="session")
def right_glioma() -> PhantomCase:
    """A glioma on the right, without skull, on 2.5 mm."""
    wish = Wish(side="right", core_ml=25, edema_ml=30)
    return make_case("glioblastoma", seed=5, spacing_mm=2.5, wish=wish)


@pytest.fixture(scope="session")
def brain_of() -> Callable[[PhantomCase], Volume]:
    def make(case: PhantomCase) -> Volume:
        image = case.volumes["t1"]
        return Volume(image.voxels != 0, image.affine)

    return make
