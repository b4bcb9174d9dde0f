import numpy as np
import pytest

from neuroscope.measure.regions import cut
from neuroscope.measure.surface import level_of, smooth, sphericity, surface, surface_of


@pytest.mark.parametrize("radius_mm", [10.0, 15.0, 25.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0)])
def test_the_area_of_a_ball_is_right_to_two_and_a_half_percent(ellipsoid, radius_mm, spacing):
    area, round_one = surface_of(cut(*ellipsoid([radius_mm] * 3, spacing)), "TC", "s")
    assert area.value == pytest.approx(4 * np.pi * radius_mm**2 / 100, rel=0.025)
    assert area.interval[0] <= 4 * np.pi * radius_mm**2 / 100 <= area.interval[1]
    assert 0.97 < round_one.value <= 1
    assert (area.unit, round_one.unit) == ("cm2", "1")


@pytest.mark.parametrize("shift", [-0.4, 0.0, 0.3])
def test_thick_slices_cost_less_than_six_percent_of_the_area(ellipsoid, shift):
    body = ellipsoid((20, 20, 20), (1.0, 1.0, 6.5), shift=(0.1, 0.2, shift))
    area, _ = surface_of(cut(*body), "TC", "s")
    assert area.value == pytest.approx(16 * np.pi, rel=0.06)


def test_an_ellipsoid_is_less_round_than_a_ball(ellipsoid):
    half = (24.0, 12.0, 8.0)
    p = 1.6075  # Thomsen's formula, right to 1.1 %
    a, b, c = (h**p for h in half)
    exact = 4 * np.pi * ((a * b + a * c + b * c) / 3) ** (1 / p) / 100
    area, round_one = surface_of(cut(*ellipsoid(half)), "TC", "s")
    assert area.value == pytest.approx(exact, rel=0.03)
    ball = 4 * np.pi * (24 * 12 * 8) ** (2 / 3) / 100
    assert round_one.value == pytest.approx(ball / exact, rel=0.03)


def test_the_surface_faces_outward_and_keeps_the_volume_however_it_is_stored(ellipsoid, reoriented):
    inside, affine = ellipsoid((14, 9, 6))
    for order, signs in [
        ((0, 1, 2), (1, 1, 1)),
        ((2, 0, 1), (1, -1, 1)),
        ((1, 0, 2), (-1, -1, -1)),
    ]:
        region = cut(*reoriented(inside, affine, order, signs))
        mesh = surface(smooth(region), "x")
        assert mesh.enclosed_ml == pytest.approx(region.ml, rel=0.02)
        assert np.abs(mesh.vertices_mm).max(0) == pytest.approx([14, 9, 6], abs=1.0)


def test_a_thin_rim_does_not_vanish(ellipsoid):
    outer, affine = ellipsoid((12, 12, 12))
    inner, _ = ellipsoid((12, 12, 12))
    index = np.argwhere(outer)
    far = np.linalg.norm(index @ affine[:3, :3].T + affine[:3, 3], axis=1) > 10.6
    inner[tuple(index[far].T)] = False
    rim = cut(outer & ~inner, affine)
    mesh = surface(smooth(rim), "ET")
    assert mesh.enclosed_ml == pytest.approx(rim.ml, rel=0.15)
    assert mesh.area_mm2 > 1.5 * 4 * np.pi * 11**2


def test_nothing_has_no_surface_and_one_voxel_has_a_small_one():
    nothing = cut(np.zeros((5, 5, 5), bool), np.eye(4))
    assert surface_of(nothing, "ET", "s") == ()
    assert sphericity(surface(smooth(nothing), "x")) == 0
    one = np.zeros((5, 5, 5), bool)
    one[2, 2, 2] = True
    area, _ = surface_of(cut(one, np.eye(4)), "ET", "s")
    assert 0 < area.value < 0.1


def test_the_level_encloses_so_many_voxels():
    x = np.linspace(-1, 1, 41)
    far = np.sqrt(x[:, None, None] ** 2 + x[:, None] ** 2 + x**2)
    values = np.asarray(np.clip(1 - far, 0, 1), np.float32)
    level = level_of(values, round(4 / 3 * np.pi * 12**3))
    assert level == pytest.approx(1 - 12 / 20, abs=0.003)


def test_flat_faces_keep_their_volume():
    box = np.zeros((40, 40, 40), bool)
    box[4:36, 6:30, 5:15] = True
    region = cut(box, np.eye(4))
    assert surface(smooth(region), "x").enclosed_ml == pytest.approx(
        region.ml, rel=0.02
    )  # its edges are rounded
