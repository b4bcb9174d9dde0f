import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import make_case
from neuroscope.phantom.scanner.options import Scan, ScannerOptions
from neuroscope.preprocess.register import (
    make_side,
    overlap_of,
    refine_affine,
    register_rigid,
    similarity_of,
)
from neuroscope.records.geometry import diagonal
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume

PAIRS = (("t1", "t1c"), ("t2", "t1c"), ("flair", "t1c"), ("ct", "t1c"), ("flair", "t2"))


def errors_mm(found: Transform, truth: Transform, points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(found.carry(truth.carry(points)) - points, axis=1)


def test_a_moved_head_is_brought_back(head, brain_points, drawn_pose, scanned):
    pose = drawn_pose(1)

    found = register_rigid(
        make_side(scanned(head.volumes["t2"], pose)), make_side(head.volumes["t1c"])
    )

    errors = errors_mm(found.to_fixed, pose, brain_points)
    assert errors.mean() < 0.5
    assert errors.max() < 1.0
    assert found.to_fixed.is_rigid
    assert found.cautions == ()


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("thick", [False, True])
def test_five_pairs_of_contrasts_fit_within_a_millimeter(
    pair, thick, brain_points, drawn_pose, scanned
):
    own = {
        "t1": Scan(plane="sagittal", slice_mm=5.0, pixel_mm=2.0),
        "t2": Scan(plane="axial", slice_mm=5.0, pixel_mm=2.0),
        "flair": Scan(plane="coronal", slice_mm=6.5, pixel_mm=2.0),
    }
    scanner = ScannerOptions(scans=own if thick else {})
    case = make_case(
        "meningioma", seed=21, spacing_mm=2.0, head=True, sequences=pair, scanner=scanner
    )
    pose = drawn_pose(PAIRS.index(pair))
    lying = case.volumes[pair[0]]
    moving = Volume(lying.voxels, pose.matrix @ lying.affine) if thick else scanned(lying, pose)

    found = register_rigid(make_side(moving), make_side(case.volumes[pair[1]]))

    errors = errors_mm(found.to_fixed, pose, brain_points)
    assert errors.mean() < 0.5
    assert errors.max() < 1.0


def test_a_stripped_brain_with_a_border_of_zeros_fits(brain, brain_points, drawn_pose, scanned):
    pose = drawn_pose(2, degrees=6.0, mm=5.0)

    found = register_rigid(
        make_side(scanned(brain.volumes["flair"], pose)), make_side(brain.volumes["t1c"])
    )

    assert errors_mm(found.to_fixed, pose, brain_points).mean() < 0.5


def test_a_head_on_its_head_is_turned_and_said_so(head, brain_points):
    upside_down = Transform(np.diag([1.0, -1.0, -1.0, 1.0]))
    lying = head.volumes["t2"]

    found = register_rigid(
        make_side(Volume(lying.voxels, upside_down.matrix @ lying.affine), spacing_mm=4.0),
        make_side(head.volumes["t1c"], spacing_mm=4.0),
    )

    assert errors_mm(found.to_fixed, upside_down, brain_points).mean() < 1.0
    assert "turned about R" in found.start
    assert "lay on its head" in found.cautions[0]


def test_frames_that_do_not_overlap_are_laid_on_each_other_and_said_so(head, brain_points):
    far = Transform(np.array([[1.0, 0, 0, 400], [0, 1, 0, -300], [0, 0, 1, 250], [0, 0, 0, 1]]))
    lying = head.volumes["t1"]

    found = register_rigid(
        make_side(Volume(lying.voxels, far.matrix @ lying.affine), spacing_mm=4.0),
        make_side(head.volumes["t1c"], spacing_mm=4.0),
    )

    assert errors_mm(found.to_fixed, far, brain_points).mean() < 1.0
    assert "do not overlap" in found.cautions[0]


def test_the_same_input_gives_the_same_answer(brain, drawn_pose):
    fixed = make_side(brain.volumes["t1c"], spacing_mm=5.0)
    lying = brain.volumes["t2"]
    moved = Volume(lying.voxels, drawn_pose(3).matrix @ lying.affine)
    moving = make_side(moved, spacing_mm=5.0)

    one, other = (register_rigid(moving, fixed) for _ in range(2))

    np.testing.assert_allclose(one.to_fixed.matrix, other.to_fixed.matrix, rtol=0, atol=1e-9)


def test_an_affine_fit_finds_how_much_a_head_is_stretched(brain):
    stretch = np.diag([1.06, 1.0, 0.95, 1.0])
    lying = brain.volumes["t1"]
    moving = make_side(Volume(lying.voxels, stretch @ lying.affine), spacing_mm=4.0)

    found, _ = refine_affine(moving, make_side(brain.volumes["t1c"], spacing_mm=4.0), IDENTITY)

    np.testing.assert_allclose(np.diag(found.matrix)[:3], [1.06, 1.0, 0.95], atol=0.01)


def test_similarity_is_highest_where_volumes_lie_right(brain):
    t1, t2 = (make_side(brain.volumes[name], spacing_mm=4.0) for name in ("t1", "t2"))
    aside = Transform(np.array([[1.0, 0, 0, 6], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))

    assert similarity_of(t2, t1) > 1.2 * similarity_of(t2, t1, aside)
    assert overlap_of(t2, t1) > 0.95


def test_a_volume_that_shows_nothing_is_refused():
    with pytest.raises(BadInputError, match="no head"):
        make_side(Volume(np.zeros((20, 20, 20)), diagonal((2.0, 2.0, 2.0))))
