import random

import numpy as np
import pytest

from neuroscope.io.archive import Source
from neuroscope.io.dicom_header import read_frames
from neuroscope.io.dicom_stack import group_frames, lay_out, split_repeats, without_copies


@pytest.fixture
def frames_of(tmp_path, limits, planes, write_series):
    def make(positions=None, *, folder="s", shuffle=True, **options):
        count = 5 if positions is None else len(positions)
        stack = np.resize(planes, (count, *planes.shape[1:]))
        step = 2.0 if positions is None else positions
        paths = write_series(tmp_path / folder, stack, step=step, **options)
        frames = [f for p in paths for f in read_frames(Source(p, p.name), limits=limits)]
        if shuffle:
            random.Random(1).shuffle(frames)
        return frames

    return make


def _stack(frames):
    (group,) = group_frames(frames)
    (ordered,), _ = split_repeats(group)
    return lay_out(ordered)


def _z(stack):
    return [float(frame.position[2]) for frame in stack.frames]


def test_shuffled_slices_are_ordered_by_position(frames_of):
    stack = _stack(frames_of())
    assert _z(stack) == [12.5, 14.5, 16.5, 18.5, 20.5]
    assert stack.planes == (0, 1, 2, 3, 4)
    np.testing.assert_allclose(stack.step, [0, 0, 2], atol=1e-9)
    assert stack.cautions == ()


def test_instance_numbers_that_run_backwards_change_nothing(frames_of):
    stack = _stack(frames_of(per_slice=lambda n: {"InstanceNumber": 99 - n}))
    assert _z(stack) == [12.5, 14.5, 16.5, 18.5, 20.5]


def test_slices_written_from_above_are_ordered_along_the_normal(frames_of):
    assert _z(_stack(frames_of([8, 6, 4, 2, 0]))) == [12.5, 14.5, 16.5, 18.5, 20.5]


def test_slice_thickness_is_not_taken_for_spacing(frames_of):
    """The writer says 1 mm thick; the slices lie 2 mm apart."""
    assert np.linalg.norm(_stack(frames_of()).step) == pytest.approx(2.0)


def test_missing_slices_are_counted_and_named(frames_of):
    stack = _stack(frames_of([0, 2, 4, 8, 10, 12]))
    assert stack.planes == (0, 1, 2, 4, 5, 6)
    assert "Missing slices, left empty: 1 of 7 (number 4," in stack.cautions[0]


def test_rounded_positions_are_even(frames_of):
    stack = _stack(frames_of([0, 1.33, 2.67, 4.0, 5.33, 6.67, 8.0]))
    assert stack.cautions == ()
    assert np.linalg.norm(stack.step) == pytest.approx(4 / 3, abs=1e-3)


def test_slightly_uneven_slices_are_a_caution_with_the_error(frames_of):
    stack = _stack(frames_of([0, 2, 4.4, 6, 8]))
    assert stack.is_grid
    assert "may be off by up to 0.3 mm" in stack.cautions[0]


def test_slices_without_any_grid_are_no_volume(frames_of):
    stack = _stack(frames_of([0, 1, 2.5, 3, 7.3, 8]))
    assert not stack.is_grid
    assert "one by one" in stack.cautions[0]


def test_one_slice_is_a_stack_with_a_caution(frames_of):
    stack = _stack(frames_of([0]))
    assert stack.depth == 1
    assert stack.cautions == ("The series is a single slice.",)
    assert np.linalg.norm(stack.step) == 1.0  # its thickness


def test_the_same_file_twice_is_dropped(frames_of):
    frames = frames_of()
    kept, copies = without_copies([*frames, frames[2]])
    assert (len(kept), copies) == (5, 1)


def test_a_stray_double_is_a_caution(frames_of):
    (group,) = group_frames(frames_of([0, 2, 4, 4, 6, 8]))
    sets, cautions = split_repeats(group)
    assert [len(one) for one in sets] == [5]
    assert cautions == ("Positions with more than one image: 1; the first of each was used.",)


def test_time_points_are_separated_in_order(frames_of):
    frames = frames_of([0, 2, 4] * 3)
    (group,) = group_frames(frames)
    sets, cautions = split_repeats(group)
    orders = [[frame.order[1] for frame in one] for one in sets]
    assert orders == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert "3 images at each position" in cautions[0]


def test_of_many_directions_only_the_first_is_read(frames_of):
    (group,) = group_frames(frames_of([0, 2, 4] * 6))
    sets, cautions = split_repeats(group)
    assert [[frame.order[1] for frame in one] for one in sets] == [[1, 2, 3]]
    assert "only the first" in cautions[0]


@pytest.mark.parametrize(
    "tags",
    [
        {"SeriesInstanceUID": "9.9"},
        {"FrameOfReferenceUID": "9.9"},
        {"EchoNumbers": 2},
        {"TemporalPositionIdentifier": 2},
        {"DiffusionBValue": 1000.0},
        {"PixelSpacing": [2.0, 2.0]},
        {"ImageOrientationPatient": [1.0, 0, 0, 0, 0, -1.0]},
        {"ImageType": ["ORIGINAL", "PRIMARY", "P"]},
    ],
)
def test_what_differs_is_another_group(frames_of, tags):
    mixed = frames_of(per_slice=lambda n: tags if n > 2 else {})
    assert sorted(len(group) for group in group_frames(mixed)) == [2, 3]


def test_directions_that_jitter_in_the_last_digits_are_one_group(frames_of):
    def jitter(n):
        return {"ImageOrientationPatient": [1.0, 0.0005 + 1e-5 * n, 0, -0.0005, 1.0, 0]}

    assert [len(group) for group in group_frames(frames_of(per_slice=jitter))] == [5]


def test_gantry_tilt_is_measured(frames_of):
    tilt = np.tan(np.radians(15))

    def shifted(n):
        return {"ImagePositionPatient": [-30.0, round(-40.0 + 2 * n * tilt, 6), 12.5 + 2 * n]}

    stack = _stack(frames_of(per_slice=shifted))
    assert stack.tilt_deg == pytest.approx(15, abs=0.01)
    assert "tilted by 15.0 degrees" in stack.cautions[0]
