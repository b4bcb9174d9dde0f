import zlib

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from neuroscope.errors import TooLargeError, UnreadableFileError
from neuroscope.io import dicom_header
from neuroscope.io.archive import Source
from neuroscope.io.dicom_header import NotAScanError, read_frames
from neuroscope.settings import Limits


def _frames(path, limits):
    return read_frames(Source(path, path.name), limits=limits)


def test_a_frame_knows_place_direction_and_spacing(tmp_path, limits, planes, write_series):
    frame = _frames(write_series(tmp_path, planes)[2], limits)[0]
    np.testing.assert_allclose(frame.position, [-30, -40, 16.5])
    np.testing.assert_allclose(frame.orientation, [[1, 0, 0], [0, 1, 0]])
    assert frame.spacing == (1.5, 0.75)
    assert (frame.header.rows, frame.header.columns) == (36, 40)


def test_frames_of_an_enhanced_object_have_their_own_places(
    tmp_path, limits, planes, write_enhanced
):
    frames = _frames(write_enhanced(tmp_path / "e", planes, [3, 0, 4]), limits)
    assert [float(frame.position[2]) for frame in frames] == [18.5, 12.5, 20.5]
    assert all(frame.spacing == (1.5, 0.75) for frame in frames)


def test_times_of_an_enhanced_object_are_read_from_its_macros(
    tmp_path, limits, planes, write_enhanced
):
    path = write_enhanced(tmp_path / "e", planes, [0, 1])
    ds = pydicom.dcmread(path)
    timing, echo = pydicom.Dataset(), pydicom.Dataset()
    timing.RepetitionTime, echo.EffectiveEchoTime = 9000.0, 120.0
    shared = ds.SharedFunctionalGroupsSequence[0]
    shared.MRTimingAndRelatedParametersSequence = [timing]
    shared.MREchoSequence = [echo]
    ds.save_as(path)
    tags = _frames(path, limits)[0].header.tags
    assert (tags.repetition_time_ms, tags.echo_time_ms) == (9000.0, 120.0)


def _edited(path, **tags):
    ds = pydicom.dcmread(path)
    for keyword, value in tags.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.save_as(path)
    return path


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        ({"Modality": "SEG"}, "segmentation"),
        ({"Modality": "SR", "Rows": None}, "structured report"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localizer"),
        ({"SeriesDescription": "Survey"}, "localizer"),
        ({"SamplesPerPixel": 3}, "color picture"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "color picture"),
        ({"Rows": None}, "DICOM object without pixels"),
        ({"EncapsulatedDocument": b"%PDF"}, "document"),
    ],
)
def test_what_is_no_scan_is_told_apart(tmp_path, limits, planes, write_series, tags, what):
    path = _edited(write_series(tmp_path, planes[:1])[0], **tags)
    with pytest.raises(NotAScanError) as caught:
        _frames(path, limits)
    assert caught.value.what == what


@pytest.mark.parametrize(
    "tags",
    [
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"PixelSpacing": [0, 1]},
        {"Rows": 0},
    ],
)
def test_geometry_that_makes_no_sense_is_unreadable(tmp_path, limits, planes, write_series, tags):
    with pytest.raises(UnreadableFileError):
        _frames(_edited(write_series(tmp_path, planes[:1])[0], **tags), limits)


def test_another_body_part_and_burnt_in_text_are_cautions(tmp_path, limits, planes, write_series):
    tags = {"BodyPartExamined": "KNEE", "BurnedInAnnotation": "YES"}
    frame = _frames(write_series(tmp_path, planes[:1], tags=tags)[0], limits)[0]
    assert "another body part than the head" in " ".join(frame.header.cautions)
    assert "burnt-in text" in " ".join(frame.header.cautions)


@pytest.mark.parametrize("part", ["HEAD", "BRAIN", "", "HEADNECK"])
def test_a_head_is_no_caution(tmp_path, limits, planes, write_series, part):
    path = write_series(tmp_path, planes[:1], tags={"BodyPartExamined": part})[0]
    assert _frames(path, limits)[0].header.cautions == ()


def test_more_voxels_than_the_limit_are_refused_before_decoding(
    tmp_path, limits, planes, write_series, write_enhanced
):
    path = _edited(write_series(tmp_path, planes[:1])[0], Rows=60_000, Columns=60_000)
    with pytest.raises(TooLargeError, match="60000 x 60000"):
        _frames(path, limits)
    many = write_enhanced(tmp_path / "e", planes, [0, 1, 2])
    with pytest.raises(TooLargeError, match="3 frames"):
        _frames(many, Limits(volume_voxels=3 * 36 * 40 - 1))


def test_a_deflated_file_is_read_and_a_deflated_bomb_refused(
    tmp_path, limits, planes, write_series, monkeypatch
):
    monkeypatch.setattr(dicom_header, "_INFLATED_BYTES", 4 * 1024**2)
    path = write_series(tmp_path, planes[:1])[0]
    ds = pydicom.dcmread(path)
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    deflated = tmp_path / "deflated"
    ds.save_as(deflated)
    assert len(_frames(deflated, limits)) == 1

    content = deflated.read_bytes()
    start = 144 + int(
        pydicom.filereader.read_file_meta_info(deflated).FileMetaInformationGroupLength
    )
    packer = zlib.compressobj(9, wbits=-15)
    bomb = packer.compress(bytes(8 * 1024**2)) + packer.flush()
    deflated.write_bytes(content[:start] + bomb)
    with pytest.raises(TooLargeError, match="inflates to more than 4 MiB"):
        _frames(deflated, limits)


def test_a_file_without_preamble_is_read(tmp_path, limits, planes, write_series):
    path = write_series(tmp_path, planes[:1])[0]
    ds = pydicom.dcmread(path)
    assert ds.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    bare = tmp_path / "bare"
    content = path.read_bytes()
    bare.write_bytes(content[content.index(b"\x08\x00\x08\x00CS") :])
    # Without file meta nobody knows the syntax; pydicom recognizes the explicit VR itself.
    assert _frames(bare, limits)[0].header.rows == 36
