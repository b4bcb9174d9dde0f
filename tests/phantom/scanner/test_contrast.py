import numpy as np
import pytest

from neuroscope.phantom.scanner.contrast import Contrast, blank_canvas, brightness, paint

LOOKS = {"air": -1000.0, "muscle": 50.0, "fat": -90.0, "enhancing": 40.0}
PLAIN = Contrast(lambda tissue, _dose: LOOKS[tissue])
AFTER = Contrast(lambda tissue, dose: LOOKS[tissue] + 45 * dose, enhances=True)
ONE = (1, 1, 1)


def test_a_canvas_begins_as_air():
    assert blank_canvas({"ct": PLAIN}, ONE).images["ct"][0, 0, 0] == -1000


def test_half_a_voxel_of_fat_gives_the_mean_of_the_two():
    canvas = blank_canvas({"ct": PLAIN}, ONE)

    paint(canvas, "muscle", np.ones(ONE, np.float32))
    paint(canvas, "fat", np.full(ONE, 0.5, np.float32))

    assert canvas.images["ct"][0, 0, 0] == pytest.approx((50 - 90) / 2)


def test_a_map_of_doses_agrees_with_single_doses():
    canvas = blank_canvas({"ctc": AFTER}, (3, 1, 1))
    doses = np.array([0, 0.3, 0.7], np.float32).reshape(3, 1, 1)

    paint(canvas, "enhancing", np.ones((3, 1, 1), np.float32), gadolinium_mm=doses)

    np.testing.assert_allclose(canvas.images["ctc"].ravel(), 40 + 45 * doses.ravel(), rtol=1e-5)


def test_a_dose_does_not_show_before_the_injection():
    canvas = blank_canvas({"ct": PLAIN, "ctc": AFTER}, ONE)

    assert brightness(canvas, "enhancing", "ct", 1.0) == 40
    assert brightness(canvas, "enhancing", "ctc", 1.0) == 85


def test_painting_in_slabs_is_painting_at_once(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(0)
    cover, dose = rng.random((2, 30, 6, 5), dtype=np.float32)
    box = (slice(2, 32), slice(1, 7), slice(0, 5))
    painted = []
    for size in (7, 1 << 30):
        monkeypatch.setattr("neuroscope.phantom.scanner.contrast.SLAB_VOXELS", size)
        canvas = blank_canvas({"ctc": AFTER}, (34, 8, 5))
        paint(canvas, "enhancing", cover, gadolinium_mm=dose, box=box)
        painted.append(canvas.images["ctc"])

    np.testing.assert_array_equal(*painted)
    assert (painted[0][:2] == -1000).all()


def test_an_empty_box_paints_nothing():
    canvas = blank_canvas({"ct": PLAIN}, (4, 4, 4))

    paint(
        canvas, "fat", np.zeros((0, 4, 4), np.float32), box=(slice(0, 0), slice(0, 4), slice(0, 4))
    )

    assert (canvas.images["ct"] == -1000).all()
