import numpy as np
import pydicom
import pytest
from pydicom.uid import MRImageStorage

from neuroscope.errors import (
    BadInputError,
    GeometryError,
    GeometryMismatchError,
    TooLargeError,
    UnreadableFileError,
)
from neuroscope.io import annotations
from neuroscope.io.annotations import in_grid, mask_annotation
from neuroscope.io.dicom_seg import OTHER_PROGRAM, read_dicom_seg, write_dicom_seg
from neuroscope.io.seg_header import series_uid
from neuroscope.records.volume import Volume
from neuroscope.settings import RESEARCH_USE, Limits

LIMITS = Limits()
AXES = [
    ((0, 1, 2), (-1, -1, 1)),  # axial
    ((1, 2, 0), (-1, -1, 1)),  # sagittal
    ((0, 2, 1), (1, -1, -1)),  # coronal
    ((2, 0, 1), (-1, 1, 1)),
]


def _grid(order=(0, 1, 2), signs=(-1, -1, 1), tilt_deg=0.0):
    affine = np.zeros((4, 4))
    for axis, (world, sign, step) in enumerate(zip(order, signs, (1.5, 1.25, 4.0), strict=True)):
        affine[world, axis] = sign * step
    affine[:, 3] = [31.25, -12.5, 47.0, 1.0]
    angle = np.deg2rad(tilt_deg)
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return Volume(np.zeros((14, 11, 7), np.float32), turn @ affine)


def _hook(grid, *, shift=0):
    """A shape that no mirror and no turn maps onto itself."""
    full = np.zeros(grid.shape, bool)
    full[2:9, 3, 1 + shift] = True
    full[8, 3:7, 1 + shift] = True
    full[2, 3, 1 + shift : 4 + shift] = True
    return full


def _marks(grid):
    kinds = ("tumor", "evidence", "not_evidence")
    return [
        mask_annotation(
            _hook(grid, shift=shift), grid, series_id="series 1", kind=kind, author="a reader",
            reason=f"reason {shift} \\ ü",
        )
        for shift, kind in enumerate(kinds)
    ]  # fmt: skip


def _write(marks, grid, path):
    write_dicom_seg(marks, grid, path, study_id="study 1", patient="NS-ABCDEF")


def _read(path, grid, **options):
    given = {"series_id": "series 1", "author": "another reader", "limits": LIMITS, **options}
    return read_dicom_seg(path, grid, **given)


@pytest.mark.parametrize(("order", "signs"), AXES)
@pytest.mark.parametrize("tilt_deg", [0.0, 17.0])
def test_what_is_written_comes_back_in_every_orientation(tmp_path, order, signs, tilt_deg):
    grid = _grid(order, signs, tilt_deg)
    marks = _marks(grid)
    _write(marks, grid, tmp_path / "seg.dcm")
    back = _read(tmp_path / "seg.dcm", grid)
    assert back.cautions == ()
    assert [one.kind for one in back.annotations] == ["tumor", "evidence", "not_evidence"]
    for before, after in zip(marks, back.annotations, strict=True):
        assert np.array_equal(in_grid(before, grid), in_grid(after, grid))
        assert (after.reason, after.author) == (before.reason, "another reader")


@pytest.mark.parametrize(("order", "signs"), AXES)
def test_pixels_lie_where_dicom_says(tmp_path, order, signs):
    """PS3.3 C.7.6.2.1.1, computed here by hand, against the mm of the voxels."""
    grid = _grid(order, signs, 11.0)
    _write(_marks(grid)[:1], grid, tmp_path / "seg.dcm")
    made = pydicom.dcmread(tmp_path / "seg.dcm")
    shared = made.SharedFunctionalGroupsSequence[0]
    x, y = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, np.float64).reshape(
        2, 3
    )
    row_mm, column_mm = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    found = []
    for frame, groups in zip(made.pixel_array, made.PerFrameFunctionalGroupsSequence, strict=True):
        corner = np.array(groups.PlanePositionSequence[0].ImagePositionPatient, np.float64)
        for row, column in np.argwhere(frame):
            found.append(corner + x * column_mm * column + y * row_mm * row)
    expected = grid.to_mm(np.argwhere(_hook(grid))) * [-1, -1, 1]
    assert np.array(sorted(map(tuple, np.round(found, 4)))) == pytest.approx(
        np.array(sorted(map(tuple, np.round(expected, 4)))), abs=1e-3
    )


def test_the_object_says_what_it_is_and_for_what(tmp_path):
    grid = _grid()
    _write(_marks(grid), grid, tmp_path / "seg.dcm")
    made = pydicom.dcmread(tmp_path / "seg.dcm")
    assert made.ImageComments == RESEARCH_USE
    assert "RESEARCH USE" in made.SeriesDescription
    assert (made.PatientID, made.PatientIdentityRemoved) == ("NS-ABCDEF", "YES")
    (referenced,) = made.ReferencedSeriesSequence
    assert referenced.SeriesInstanceUID == series_uid("series 1")
    assert len(referenced.ReferencedInstanceSequence) == grid.shape[2]
    assert referenced.ReferencedInstanceSequence[0].ReferencedSOPClassUID == MRImageStorage
    types = [s.SegmentedPropertyTypeCodeSequence[0].CodeValue for s in made.SegmentSequence]
    assert types == ["108369006", "EVIDENCE", "NOT_EVIDENCE"]
    assert len(made.PerFrameFunctionalGroupsSequence) == made.NumberOfFrames == 9


def test_the_same_annotations_give_the_same_bytes(tmp_path):
    grid = _grid()
    for name in ("a", "b"):
        _write(_marks(grid), grid, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_series_and_another_grid_are_refused(tmp_path):
    grid = _grid()
    _write(_marks(grid), grid, tmp_path / "seg.dcm")
    with pytest.raises(GeometryMismatchError, match="another series"):
        _read(tmp_path / "seg.dcm", grid, series_id="series 2")
    moved = np.array(grid.affine)
    moved[2, 3] += 1.0
    with pytest.raises(GeometryMismatchError, match="another grid"):
        _read(tmp_path / "seg.dcm", Volume(grid.voxels, moved))
    with pytest.raises(GeometryMismatchError, match="beyond"):
        _read(tmp_path / "seg.dcm", Volume(grid.voxels[:, :, :4], grid.affine))


def test_a_foreign_file_is_read_by_its_geometry_and_its_words_are_left_out(tmp_path):
    grid = _grid()
    _write(_marks(grid)[:1], grid, tmp_path / "seg.dcm")
    made = pydicom.dcmread(tmp_path / "seg.dcm")
    made.Manufacturer = "Another"
    made.SegmentSequence[0].SegmentDescription = "Jane Doe's tumor"
    made.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue = "12345"
    made.SegmentationType, made.MaximumFractionalValue = "FRACTIONAL", 200
    values = np.where(made.pixel_array > 0, 150, 60).astype(np.uint8)
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    made.PixelData = values.tobytes() + b"\0" * (values.size % 2)
    made.save_as(tmp_path / "other.dcm")
    back = _read(tmp_path / "other.dcm", grid)
    (only,) = back.annotations
    assert (only.kind, only.reason) == ("tumor", "Segment 1 of a DICOM Segmentation")
    assert back.cautions == (OTHER_PROGRAM,)
    assert np.array_equal(in_grid(only, grid), _hook(grid))


def test_files_that_are_none_are_refused(tmp_path):
    grid = _grid()
    path = tmp_path / "seg.dcm"
    _write(_marks(grid), grid, path)
    made = pydicom.dcmread(path)
    made.Modality = "MR"
    made.save_as(tmp_path / "mr.dcm")
    with pytest.raises(BadInputError, match="no DICOM Segmentation"):
        _read(tmp_path / "mr.dcm", grid)
    made.Modality = "SEG"
    del made.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence
    made.save_as(tmp_path / "bare.dcm")
    with pytest.raises(UnreadableFileError, match="PlanePosition"):
        _read(tmp_path / "bare.dcm", grid)
    (tmp_path / "cut.dcm").write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UnreadableFileError, match="truncated"):
        _read(tmp_path / "cut.dcm", grid)
    with pytest.raises(TooLargeError, match="frames"):
        _read(path, grid, limits=Limits(volume_voxels=100))


def test_what_dicom_cannot_hold_is_refused(tmp_path):
    grid = _grid()
    sheared = np.array(grid.affine)
    sheared[0, 2] += 0.2
    with pytest.raises(GeometryError, match="perpendicular"):
        _write(_marks(grid), Volume(grid.voxels, sheared), tmp_path / "seg.dcm")
    with pytest.raises(BadInputError, match="one series"):
        _write([], grid, tmp_path / "seg.dcm")


def test_segments_that_span_too_much_together_are_refused(tmp_path, monkeypatch):
    grid = _grid((0, 1, 2), (1, 1, 1), 0.0)
    marks = []
    for number in range(9):
        corners = np.zeros(grid.shape, bool)
        corners.reshape(-1)[[number, -1 - number]] = True
        marks.append(
            mask_annotation(
                corners, grid, series_id="series 1", kind="tumor", author="a reader",
                reason=str(number),
            )
        )  # fmt: skip
    _write(marks, grid, tmp_path / "seg.dcm")
    back = _read(tmp_path / "seg.dcm", grid).annotations
    for mark, read in zip(marks, back, strict=True):
        assert np.array_equal(in_grid(read, grid), in_grid(mark, grid))
    monkeypatch.setattr(annotations, "MOST_MASKS_OF_LIMIT", 1)
    with pytest.raises(TooLargeError, match="span"):
        _read(tmp_path / "seg.dcm", grid, limits=Limits(volume_voxels=grid.voxels.size))
