import numpy as np
import pytest
from scipy import ndimage

from neuroscope.measure.midline import find_midline
from neuroscope.records.volume import Volume

STEP = 2.5


def head(*, pushed_mm: float = 0.0, roll_deg: float = 0.0, moved_mm: float = 0.0):
    """A head that is the same on both sides, its middle pushed sideways by a smooth known field."""
    axes = [np.arange(-n, n + 1, STEP) for n in (90, 110, 90)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    angle = np.deg2rad(roll_deg)
    x, z = (x - moved_mm) * np.cos(angle) + z * np.sin(angle), z * np.cos(angle) - x * np.sin(angle)
    inside = (x / 68) ** 2 + (y / 89) ** 2 + (z / 72) ** 2 < 1
    near = np.exp(-((x / 40) ** 4 + ((y - 19) / 36) ** 8 + ((z - 4) / 20) ** 8))  # the septum only
    before = np.abs(x - pushed_mm * near)
    rng = np.random.default_rng(4)
    bumps = ndimage.gaussian_filter(rng.normal(size=(60, 90, 74)), 2)
    places = np.stack([before / STEP, (y + 110) / STEP, (z + 90) / STEP])
    texture = ndimage.map_coordinates(bumps / bumps.std(), places, order=1, mode="nearest")
    image = np.where(inside, 100 + 12 * texture, 0)
    fluid = ((before - 9) / 6) ** 2 + ((y - 8) / 28) ** 2 + ((z - 14) / 9) ** 2 < 1
    image = np.where(fluid, 30, image)
    image = np.where((before < 1.5) & inside & (z > 25), 45, image)
    affine = np.diag([STEP, STEP, STEP, 1.0])
    affine[:3, 3] = [axis[0] for axis in axes]
    return Volume(image.astype(np.float32), affine), Volume(inside, affine)


@pytest.mark.parametrize("pushed_mm", [0.0, 4.0, -7.0, 10.0])
def test_a_known_shift_is_found_within_a_millimeter(pushed_mm):
    image, brain = head(pushed_mm=pushed_mm)
    found = find_midline({"t1": image}, brain, np.zeros(brain.shape, bool), "s")
    assert found.shift.value == pytest.approx(pushed_mm, abs=1.0)
    assert found.shift.interval[0] <= pushed_mm <= found.shift.interval[1]
    assert found.drawn.length_mm == pytest.approx(abs(found.shift.value), abs=1e-6)
    assert found.offset_mm(found.drawn.end_mm) == pytest.approx(found.shift.value, abs=1e-6)


def test_a_rolled_and_moved_head_has_no_shift():
    image, brain = head(roll_deg=8.0, moved_mm=6.0)
    found = find_midline({"t1": image}, brain, np.zeros(brain.shape, bool), "s")
    assert found.shift.value == pytest.approx(0, abs=1.0)
    assert found.normal == pytest.approx(
        (np.cos(np.deg2rad(8)), 0, np.sin(np.deg2rad(8))), abs=0.03
    )


def test_the_shift_does_not_depend_on_how_voxels_are_stored(reoriented):
    image, brain = head(pushed_mm=5.0)
    order, signs = (2, 0, 1), (-1, 1, -1)
    turned = Volume(*reoriented(image.voxels, image.affine, order, signs))
    mask = Volume(*reoriented(brain.voxels, brain.affine, order, signs))
    found = find_midline({"t1": turned}, mask, np.zeros(mask.shape, bool), "s")
    assert found.shift.value == pytest.approx(5, abs=1.0)


def test_the_tumor_is_left_out_of_the_comparison():
    image, brain = head(pushed_mm=5.0)
    lesion = np.zeros(brain.shape, bool)
    lesion[10:36, 45:70, 40:60] = True
    voxels = np.where(lesion, 400, image.voxels)
    found = find_midline({"t1": Volume(voxels, image.affine)}, brain, lesion, "s")
    assert found.shift.value == pytest.approx(5, abs=1.0)


def test_phantoms_stay_within_the_interval_that_is_stated(right_glioma, brain_of):
    case = right_glioma
    found = find_midline(case.volumes, brain_of(case), case.segmentation.labels > 0, "s")
    low, high = found.shift.interval
    assert low <= case.truth["midline_shift_mm"] <= high


def test_without_images_there_is_a_plane_and_without_a_brain_nothing():
    _, brain = head()
    lesion = np.zeros(brain.shape, bool)
    alone = find_midline({}, brain, lesion, "s")
    assert alone.shift is None
    assert alone.normal == pytest.approx((1, 0, 0), abs=0.02)
    flat = Volume(np.full(brain.shape, 7.0), brain.affine)
    assert find_midline({"t1": flat}, brain, lesion, "s").shift is None
    assert find_midline({}, Volume(np.zeros(brain.shape), brain.affine), lesion, "s") is None
    speck = np.zeros(brain.shape)
    speck[40:44, 40:44, 40:44] = 1
    assert find_midline({}, Volume(speck, brain.affine), lesion, "s") is None
