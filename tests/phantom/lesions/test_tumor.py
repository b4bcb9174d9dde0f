import numpy as np
import pytest

from neuroscope.phantom.fields import cube, draw_noise
from neuroscope.phantom.lesions.lesion import Lesion
from neuroscope.phantom.lesions.tumor import ENHANCING, NONENHANCING, Tumor, dose_mm, with_gaps

GRID = cube((0, 0, 0), 2, 2)


def tumor_with(lump: np.ndarray, grain: np.ndarray) -> Tumor:
    flat, noise = np.zeros(GRID.shape, np.float32), draw_noise(np.random.default_rng(0), 90)
    lesion = Lesion(
        "meningioma", "left", np.zeros(3), np.zeros(3), 1.0, 0.0, 0.0, 0, GRID, flat, flat,
        noise, noise, {"dose": 0.5},
    )  # fmt: skip
    box = (slice(0, 3), slice(0, 3), slice(0, 3))
    return Tumor(lesion, box, GRID, flat.astype(np.uint8), flat, lump, grain)


def test_a_core_enhances_but_for_its_gaps():
    core, gaps = np.zeros((4, 5, 6), bool), np.zeros((4, 5, 6), bool)
    core[1:3, 1:4, 1:5], gaps[:2] = True, True

    labels = with_gaps(core, gaps)

    assert (labels[1:2, 1:4, 1:5] == NONENHANCING).all()
    assert (labels[2:3, 1:4, 1:5] == ENHANCING).all()
    assert not labels[~core].any()


@pytest.mark.parametrize(
    ("lump", "grain", "expected"), [(0, 0, 0.4), (1, 2, 0.4 * 1.5), (9, 9, 0.4 * 1.6), (-9, 0, 0.2)]
)
def test_a_dose_follows_its_textures_between_its_bounds(lump, grain, expected):
    tumor = tumor_with(*(np.full(GRID.shape, value, np.float32) for value in (lump, grain)))

    dose = dose_mm(tumor, 0.2, 0.4, lump=0.1, grain=0.2, between=(0.5, 1.6))

    np.testing.assert_allclose(dose, expected, rtol=1e-6)
