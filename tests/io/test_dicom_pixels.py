import io

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from neuroscope.io.archive import Source
from neuroscope.io.dicom_header import read_frames
from neuroscope.io.dicom_pixels import build_volume, decode_frames, stream_pixels
from neuroscope.io.dicom_stack import lay_out


def _read(paths, limits):
    frames = [f for p in paths for f in read_frames(Source(p, p.name), limits=limits)]
    return decode_frames(frames, limits=limits)


def _pixels(paths, limits):
    decoded, refused = _read(paths, limits)
    assert refused == []
    return np.stack([array for _, array in decoded])


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless])
@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.uint8])
def test_lossless_syntaxes_are_exact(tmp_path, limits, planes, write_series, syntax, dtype):
    stored = (planes % 200).astype(dtype)
    paths = write_series(tmp_path, stored, compress=syntax)
    found = _pixels(paths, limits)
    np.testing.assert_array_equal(found, stored)
    assert found.dtype == dtype


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_byte_orders_are_exact(tmp_path, limits, planes, write_series, syntax):
    path = write_series(tmp_path, planes[:1])[0]
    ds = pydicom.dcmread(path)
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = planes[0].byteswap().tobytes()
    ds.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(
        tmp_path / "o",
        ds,
        implicit_vr=syntax.is_implicit_VR,
        little_endian=syntax.is_little_endian,
        enforce_file_format=True,
    )
    np.testing.assert_array_equal(_pixels([tmp_path / "o"], limits)[0], planes[0])


def test_lossy_jpeg_is_near(tmp_path, limits, planes, write_series):
    stored = (planes[:1] // 4).astype(np.uint8)
    path = write_series(tmp_path, stored)[0]
    ds = pydicom.dcmread(path)
    out = io.BytesIO()
    Image.fromarray(stored[0]).save(out, "JPEG", quality=95)
    ds.PixelData = encapsulate([out.getvalue()])
    ds["PixelData"].VR = "OB"
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    ds.save_as(path)
    assert np.abs(_pixels([path], limits)[0].astype(int) - stored[0]).max() < 12


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])  # it has no JPEG-LS encoder
def test_what_gdcm_compressed_is_exact(tmp_path, limits, compressor):
    """An encoder that is not ours: GDCM, in SimpleITK."""
    sitk = pytest.importorskip("SimpleITK")
    stored = np.random.default_rng(0).integers(0, 4000, (1, 64, 48), dtype=np.int16)
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.SetCompressor(compressor)
    writer.UseCompressionOn()
    writer.SetFileName(str(tmp_path / "g.dcm"))
    writer.Execute(sitk.GetImageFromArray(stored))
    syntax = pydicom.dcmread(tmp_path / "g.dcm").file_meta.TransferSyntaxUID
    assert syntax.is_encapsulated
    np.testing.assert_array_equal(_pixels([tmp_path / "g.dcm"], limits), stored)


def test_hounsfield_units_stay_whole_numbers(tmp_path, limits, planes, write_series):
    tags = {"RescaleSlope": 1, "RescaleIntercept": -1024}
    found = _pixels(write_series(tmp_path, planes, sop_class=CTImageStorage, tags=tags), limits)
    np.testing.assert_array_equal(found, planes - 1024)
    assert found.dtype == np.int16


def test_every_slice_has_its_own_slope(tmp_path, limits, planes, write_series):
    paths = write_series(
        tmp_path,
        planes,
        per_slice=lambda n: {"RescaleSlope": 0.5 * n + 0.25, "RescaleIntercept": n},
    )
    found = _pixels(paths, limits)
    for n in range(5):
        np.testing.assert_allclose(found[n], planes[n] * (0.5 * n + 0.25) + n, rtol=1e-6)


def test_frames_of_an_enhanced_object_have_their_own_slope(
    tmp_path, limits, planes, write_enhanced
):
    path = write_enhanced(tmp_path / "e", planes, [2, 0], rescale=lambda n: (n + 0.5, 1.0))
    found = _pixels([path], limits)
    np.testing.assert_allclose(found[0], planes[2] * 2.5 + 1)
    np.testing.assert_allclose(found[1], planes[0] * 0.5 + 1)


def test_monochrome1_is_inverted_within_its_bits(tmp_path, limits, write_series):
    bright = np.array([[[0, 1, 4095]] * 36] * 1, np.uint16).repeat(12, axis=2)
    tags = {"PhotometricInterpretation": "MONOCHROME1"}
    path = write_series(tmp_path, bright, tags=tags)[0]
    ds = pydicom.dcmread(path)
    ds.BitsStored, ds.HighBit = 12, 11
    ds.save_as(path)
    np.testing.assert_array_equal(_pixels([path], limits), 4095 - bright)


def test_signed_monochrome1_is_inverted_around_minus_one_half(tmp_path, limits, write_series):
    stored = np.array([-5, 0, 7], np.int16).repeat(480).reshape(1, 36, 40)
    path = write_series(tmp_path, stored, tags={"PhotometricInterpretation": "MONOCHROME1"})[0]
    np.testing.assert_array_equal(_pixels([path], limits), -1 - stored)


def test_one_damaged_file_is_named_and_the_others_decoded(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path, planes)
    paths[1].write_bytes(paths[1].read_bytes()[:-1000])
    decoded, refused = _read(paths, limits)
    assert len(decoded) == 4
    assert [one.name for one in refused] == ["1.dcm"]


def test_a_stream_larger_than_its_header_says_is_refused(tmp_path, limits, planes, write_series):
    path = write_series(tmp_path, planes[:1], compress=JPEG2000Lossless)[0]
    content = bytearray(path.read_bytes())
    start = content.index(b"\xff\x4f\xff\x51")
    content[start + 8 : start + 16] = (50_000).to_bytes(4, "big") * 2
    path.write_bytes(content)
    _, refused = _read([path], limits)
    assert refused[0].problem == "A compressed frame is larger than the header says."


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
def test_the_size_of_a_stream_is_read_from_its_header(kind):
    out = io.BytesIO()
    Image.fromarray(np.zeros((17, 23), np.uint8)).save(
        out, kind, **({"no_jp2": True} if kind == "JPEG2000" else {})
    )
    assert stream_pixels(out.getvalue()) == 17 * 23
    assert stream_pixels(b"something else") is None


@pytest.fixture(scope="module")
def encoded(tmp_path_factory, planes, write_series):
    folder = tmp_path_factory.mktemp("encoded")
    syntaxes = {"plain": None, "rle": RLELossless, "j2k": JPEG2000Lossless}
    return {
        name: write_series(folder / name, planes[:1], compress=syntax)[0].read_bytes()
        for name, syntax in syntaxes.items()
    }


@given(draw=st.data(), syntax=st.sampled_from(["plain", "rle", "j2k"]))
@settings(max_examples=150, deadline=None)
def test_bit_flips_and_cuts_never_raise_anything_else(
    tmp_path_factory, answer_or_refusal, limits, encoded, draw, syntax
):
    content = bytearray(encoded[syntax])
    for position in draw.draw(st.lists(st.integers(132, len(content) - 1), max_size=6)):
        content[position] ^= 1 << draw.draw(st.integers(0, 7))
    path = tmp_path_factory.mktemp("fuzz") / "x"
    path.write_bytes(content[: draw.draw(st.integers(200, len(content)))])
    found = answer_or_refusal(lambda: _read([path], limits))
    assert found


def test_a_tilted_stack_becomes_a_straight_grid(tmp_path, limits, write_series):
    """A rod that runs along z stays at its place in space although the planes are sheared."""
    step, tilt = 2.0, np.tan(np.radians(14.036243))  # 0.5 mm of shift per plane
    planes = np.zeros((9, 40, 40), np.int16)
    for n in range(9):
        planes[n, 20 - n, 11] = 1000  # rows are 0.5 mm: the rod stays at one y
    paths = write_series(
        tmp_path,
        planes,
        spacing=(0.5, 0.5),
        step=step,
        per_slice=lambda n: {
            "ImagePositionPatient": [-10.0, round(-10 + step * tilt * n, 6), 5 + step * n]
        },
    )
    frames = [f for p in paths for f in read_frames(Source(p, p.name), limits=limits)]
    decoded, _ = decode_frames(frames, limits=limits)
    volume = build_volume(lay_out(frames), [array for _, array in decoded])
    assert volume.spacing_mm == pytest.approx((0.5, 0.5, 2.0))
    places = volume.to_mm(np.argwhere(volume.voxels > 500))
    assert len(places) == 9
    np.testing.assert_allclose(places[:, 0], 10 - 11 * 0.5, atol=1e-3)
    np.testing.assert_allclose(places[:, 1], 10 - 20 * 0.5, atol=1e-2)
    np.testing.assert_allclose(places[:, 2], 5 + 2.0 * np.arange(9), atol=1e-6)
