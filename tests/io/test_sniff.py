import gzip
import io
from typing import get_args

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from neuroscope.errors import BadInputError, UnreadableFileError
from neuroscope.io.sniff import Kind, kind_of


def _nifti(kind=nib.Nifti1Image):
    return kind(np.zeros((4, 5, 6), np.int16), np.eye(4)).to_bytes()


def _picture(kind):
    out = io.BytesIO()
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(out, kind)
    return out.getvalue()


def _kind(tmp_path, content, name="x.bin"):
    path = tmp_path / name
    path.write_bytes(content)
    return kind_of(path)


def test_content_decides_and_not_the_name(tmp_path):
    assert _kind(tmp_path, _picture("JPEG"), "really.png") == "jpeg"
    assert _kind(tmp_path, _picture("PNG"), "really.dcm") == "png"
    assert _kind(tmp_path, _nifti(), "really.jpg") == "nifti"


@pytest.mark.parametrize("make", [nib.Nifti1Image, nib.Nifti2Image])
def test_nifti_is_known_plain_and_gzipped(tmp_path, make):
    assert _kind(tmp_path, _nifti(make)) == "nifti"
    assert _kind(tmp_path, gzip.compress(_nifti(make))) == "nifti"


def test_dicom_is_known_with_and_without_preamble(tmp_path, write_series, planes):
    path = write_series(tmp_path / "s", planes[:1])[0]
    content = path.read_bytes()
    assert kind_of(path) == "dicom"
    bare = content[content.index(b"\x08\x00\x08\x00CS") :]
    assert _kind(tmp_path, bare) == "dicom"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"II*\0" + bytes(600), "TIFF"),
        (b"%PDF-1.7" + bytes(600), "PDF"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), "7z"),
        (bytes(257) + b"ustar" + bytes(300), "tar"),
        (gzip.compress(b"hello" * 500, mtime=0), "no NIfTI"),
        (b"\x1f\x8b" + bytes(600), "damaged"),
        ((348).to_bytes(4, "little") + bytes(400), "ANALYZE"),
    ],
)
def test_a_format_that_is_not_read_is_named_with_a_way_out(tmp_path, content, said):
    with pytest.raises(UnreadableFileError, match=said) as caught:
        _kind(tmp_path, content)
    assert caught.value.fix


def test_text_is_unknown_and_no_error(tmp_path):
    assert _kind(tmp_path, b"Dear reader,\n" * 60) == "unknown"


@given(content=st.binary(max_size=700))
def test_random_bytes_never_raise_anything_else(tmp_path_factory, answer_or_refusal, content):
    path = tmp_path_factory.mktemp("sniff") / "x"
    path.write_bytes(content)
    found = answer_or_refusal(lambda: kind_of(path))
    assert isinstance(found, BadInputError) or found in get_args(Kind)
