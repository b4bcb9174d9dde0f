from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.raster import (
    NOT_SEEN,
    check_contradictions,
    contradictions,
    marks_on_slice,
)
from neuroscope.preprocess.drawn import CLIPPED
from neuroscope.preprocess.orient import slices_along
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.records.volume import Volume

PLAIN = SliceGrid("scan", (100, 120), PLAIN_AFFINE, 0)


def _box(kind, top, left, bottom, right, *, author="one", name="a", **options):
    points = np.array(
        [[left, top, 0], [right, top, 0], [right, bottom, 0], [left, bottom, 0]], np.float64
    )
    return Annotation(name, "s", kind, "contour", points, author, slice_index=0, **options)


def test_marks_are_told_apart_by_kind_and_united_within_it():
    marks = marks_on_slice(
        [
            _box("evidence", 9.5, 9.5, 19.5, 19.5),
            _box("evidence", 14.5, 14.5, 24.5, 24.5),
            _box("not_evidence", 59.5, 9.5, 69.5, 29.5),
            _box("tumor", 39.5, 39.5, 44.5, 44.5, only_this=True),
        ],
        PLAIN,
    )
    assert marks.evidence.sum() == pytest.approx(100 + 100 - 25)
    assert marks.evidence.max() == pytest.approx(1)
    assert marks.not_evidence[60:70, 10:30] == pytest.approx(1)
    assert marks.not_evidence.sum() == pytest.approx(200)
    assert marks.tumor.sum() == pytest.approx(25)
    assert marks.only_this
    assert marks.cautions == ()


def test_notes_deleted_marks_and_other_slices_are_passed_over():
    mark = _box("evidence", 10, 10, 20, 20)
    marks = marks_on_slice(
        [
            replace(mark, kind="note"),
            replace(mark, deleted=True),
            replace(mark, slice_index=1),
        ],
        PLAIN,
    )
    assert not marks.evidence.any()


def test_shapes_that_meet_leave_no_seam():
    marks = marks_on_slice(
        [_box("evidence", 9.5, 9.5, 19.5, 15.125), _box("evidence", 9.5, 15.125, 19.5, 19.5)], PLAIN
    )
    assert marks.evidence[10:20, 10:20].min() > 0.87


def test_what_the_network_sees_is_drawn_on_its_own_pixels():
    seen = PLAIN.within(np.array([[0.5, 0, 20.0], [0, 0.5, 30.0], [0, 0, 1]]), (100, 100))
    box = _box("evidence", 29.75, 39.75, 39.75, 59.75)
    marks = marks_on_slice([box], PLAIN, seen=seen)
    expected = np.zeros((100, 100))
    expected[20:40, 20:60] = 1
    assert marks.evidence == pytest.approx(expected)
    away = marks_on_slice([_box("not_evidence", 0, 0, 10, 10)], PLAIN, seen=seen)
    assert not away.not_evidence.any()
    assert away.cautions == (NOT_SEEN,)


def test_cautions_of_a_mark_beyond_the_picture_are_kept_and_one_outside_is_refused():
    assert marks_on_slice([_box("evidence", -5, 10, 9, 20)], PLAIN).cautions == (CLIPPED,)
    with pytest.raises(BadInputError, match="outside the picture"):
        marks_on_slice([_box("evidence", -50, 10, -9, 20)], PLAIN)


def test_a_contradiction_is_measured_in_mm2():
    affine = np.array([[0, 0.5, 0, 0], [2.0, 0, 0, 0], [0, 0, 3, 0], [0, 0, 0, 1]], np.float64)
    grid = SliceGrid("axial 4", (50, 200), affine)
    one = replace(_box("tumor", 20, 20, 40, 40, name="t"), slice_index=None)
    other = replace(_box("not_evidence", 34, 30, 44, 60, name="n"), slice_index=None)
    (found,) = contradictions([one, other], grid)
    assert (found.wanted_id, found.refused_id, found.same_author) == ("t", "n", True)
    assert found.overlap_mm2 == pytest.approx(60, rel=0.02)
    assert found.share == pytest.approx(0.2, rel=0.02)


def test_marks_that_only_meet_do_not_contradict():
    pair = [_box("evidence", 10, 10, 20, 20.3), _box("not_evidence", 10, 20.3, 20, 30)]
    assert contradictions(pair, PLAIN) == ()


def test_a_reader_who_contradicts_herself_is_asked_to_mend_it():
    pair = [_box("evidence", 10, 10, 20, 20), _box("not_evidence", 10, 12, 20, 40)]
    with pytest.raises(BadInputError, match=r"80\.0 pixels \(80 % of the smaller mark\)"):
        marks_on_slice(pair, PLAIN)


def test_a_slip_and_another_reader_are_only_told():
    slip = [_box("evidence", 10, 10, 20, 20), _box("not_evidence", 10, 19.5, 20, 40)]
    (told,) = check_contradictions(slip, PLAIN)
    assert "one reader" in told
    two = [
        _box("evidence", 10, 10, 20, 20, author="one"),
        _box("not_evidence", 10, 12, 20, 40, author="two"),
    ]
    (told,) = check_contradictions(two, PLAIN)
    assert "two readers" in told


def test_a_coronal_contour_reaches_the_axial_slices_it_passes():
    volume = Volume(np.zeros((60, 60, 40), np.float32), np.diag([2.0, 2.0, 3.0, 1.0]))
    points = np.array([[20, 62, 30], [50, 62, 30], [50, 62, 60], [20, 62, 60]], np.float64)
    mark = Annotation("c", "s", "evidence", "contour", points, "one")
    source = slices_along(volume, 2)
    marks = marks_on_slice([mark], slice_grid(source, 15), volume=volume)
    covered = np.argwhere(marks.evidence > 0.5)
    assert 14 <= len(covered) <= 16
    assert len(set(covered[:, 0].tolist())) == 1
    assert not marks_on_slice([mark], slice_grid(source, 25), volume=volume).evidence.any()


def test_a_mask_may_skip_a_slice():
    volume = Volume(np.zeros((60, 60, 40), np.float32), np.eye(4))
    voxels = np.zeros((4, 4, 3), bool)
    voxels[:, :, [0, 2]] = True
    affine = np.eye(4)
    affine[:3, 3] = [10, 20, 5]
    mark = Annotation(
        "m", "s", "tumor", "mask", np.zeros((0, 3)), "one", mask=voxels, mask_affine=affine
    )
    source = slices_along(volume, 2)
    sums = [marks_on_slice([mark], slice_grid(source, k)).tumor.sum() for k in (4, 5, 6, 7, 8)]
    assert sums == [0, 16, 0, 16, 0]
