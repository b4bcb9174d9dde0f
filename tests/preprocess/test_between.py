import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.preprocess.between import fill_between, signed_distance_mm
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import closest_axes
from neuroscope.records.outline import plane_through, signed_area
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.records.volume import Volume

LPS = np.array([[-1.0, 0, 0, 60], [0, -1.25, 0, 70], [0, 0, 4, -40], [0, 0, 0, 1]], np.float64)
SAGITTAL = np.array([[0, 0, 3, -30], [-1, 0, 0, 60], [0, -1.25, 0, 70], [0, 0, 0, 1]], np.float64)


def _volume(affine=LPS):
    return Volume(np.zeros((120, 110, 20), np.float32), affine)


def _points(volume, layer, flat):
    """Points of a plane in mm: two axes in the plane, one voxel axis through it."""
    world = closest_axes(volume.affine)[2]
    u, v = (w for w in range(3) if w != world)
    points = np.zeros((len(flat), 3))
    points[:, u], points[:, v] = flat[:, 0], flat[:, 1]
    points[:, world] = volume.to_mm([0, 0, layer])[world]
    return points


def _circle(volume, layer, radius, at=(5.0, -8.0), *, corners=180, holes=()):
    angle = 2 * np.pi * np.arange(corners) / corners

    def ring(r):
        return _points(volume, layer, np.column_stack([np.cos(angle), np.sin(angle)]) * r + at)

    return Annotation(
        "a", "s", "tumor", "contour", ring(radius), "r", holes_mm=tuple(ring(h) for h in holes)
    )


def _flat(volume, rings):
    world = closest_axes(volume.affine)[2]
    return [np.delete(ring, world, 1) for ring in rings]


@pytest.mark.parametrize("affine", [LPS, SAGITTAL])
def test_between_the_ends_of_a_cone_lie_its_circles(affine):
    volume = _volume(affine)
    found = fill_between([_circle(volume, 4, 22.0)], [_circle(volume, 14, 7.0)], volume)
    assert [one.layer for one in found] == list(range(5, 14))
    for one in found:
        ((ring,),) = one.contours
        assert volume.to_voxel(ring)[:, one.axis] == pytest.approx(one.layer, abs=1e-9)
        (flat,) = _flat(volume, (ring,))
        radius = np.linalg.norm(flat - [5.0, -8.0], axis=1)
        assert radius == pytest.approx(22 - 1.5 * (one.layer - 4), abs=0.2)


def test_an_oblique_cone_keeps_its_axis_and_its_width():
    """Without a common center the two circles, which do not overlap, would blend to nothing."""
    volume = _volume()
    ends = _circle(volume, 4, 12.0, (-20.0, -20.0)), _circle(volume, 12, 8.0, (20.0, 12.0))
    found = fill_between([ends[1]], [ends[0]], volume)
    assert [one.layer for one in found] == list(range(11, 4, -1))
    for one in found:
        share = (one.layer - 4) / 8
        ((ring,),) = one.contours
        (flat,) = _flat(volume, (ring,))
        center = np.array([-20.0, -20.0]) + share * np.array([40.0, 32.0])
        assert np.linalg.norm(flat - center, axis=1) == pytest.approx(12 - 4 * share, abs=0.35)


def test_holes_narrow_with_their_outline():
    volume = _volume()
    ends = [
        _circle(volume, 4, 24.0, holes=(10.0,)),
        _circle(volume, 8, 20.0, holes=(6.0,)),
    ]
    found = fill_between([ends[0]], [ends[1]], volume)
    ((outer, hole),) = found[1].contours
    areas = [abs(signed_area(plane_through(ring).project(ring))) for ring in (outer, hole)]
    assert areas == pytest.approx([np.pi * 22**2, np.pi * 8**2], rel=0.02)


def test_what_was_filled_can_be_stored():
    volume = _volume()
    found = fill_between([_circle(volume, 4, 22.0)], [_circle(volume, 8, 7.0)], volume)
    for one in found:
        for outer, *holes in one.contours:
            made = Annotation("f", "s", "tumor", "contour", outer, "r", holes_mm=tuple(holes))
            assert len(made.points_mm) < 150


def test_two_shapes_on_a_slice_grow_together_into_one():
    volume = _volume()
    pair = [_circle(volume, 4, 8.0, (-12.0, 0.0)), _circle(volume, 4, 8.0, (12.0, 0.0))]
    found = fill_between(pair, [_circle(volume, 12, 24.0, (0.0, 0.0))], volume)
    assert len(found[0].contours) == 2
    assert len(found[-1].contours) == 1


def test_a_disc_of_a_brush_fills_like_a_circle():
    volume = _volume()
    stroke = Annotation(
        "b", "s", "tumor", "stroke", _points(volume, 4, np.array([[5.0, -8.0]])), "r",
        radius_mm=10.0,
    )  # fmt: skip
    found = fill_between([stroke], [_circle(volume, 8, 20.0)], volume)
    ((ring,),) = found[1].contours
    (flat,) = _flat(volume, (ring,))
    assert np.linalg.norm(flat - [5.0, -8.0], axis=1) == pytest.approx(15, abs=0.2)


def test_distances_are_in_mm_on_any_pixels():
    affine = np.array([[0, 2.0, 0, 0], [0.5, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    grid = SliceGrid("a", (80, 30), affine)
    square = np.array([[10, 10, 0], [50, 10, 0], [50, 30, 0], [10, 30, 0]], np.float64)
    drawn = Annotation("a", "s", "tumor", "contour", square, "r")
    field = signed_distance_mm(drawn, grid)
    assert field[40, 15] == pytest.approx(10)  # at (30, 20) mm, in the middle
    assert field[40, 2] == pytest.approx(-6)
    assert field[0, 15] == pytest.approx(-10)


def test_slices_without_a_shape_or_without_a_slice_between_are_refused():
    volume = _volume()
    one = _circle(volume, 4, 10.0)
    with pytest.raises(BadInputError, match="holds no shape"):
        fill_between([one], [], volume)
    with pytest.raises(BadInputError, match="no slice between"):
        fill_between([one], [_circle(volume, 5, 10.0)], volume)
    with pytest.raises(GeometryMismatchError, match="more than two slices"):
        fill_between([one, _circle(volume, 6, 9.0)], [_circle(volume, 9, 9.0)], volume)
    coronal = np.array([[0, 20, 0], [9, 20, 0], [9, 20, 9]], np.float64)
    with pytest.raises(GeometryMismatchError, match="several planes"):
        fill_between([one], [Annotation("c", "s", "tumor", "contour", coronal, "r")], volume)
