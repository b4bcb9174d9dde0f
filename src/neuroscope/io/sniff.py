"""What a file is, by its content; names lie."""

import struct
import zlib
from pathlib import Path
from typing import Literal

from neuroscope.errors import UnreadableFileError
from neuroscope.io.decoding import decoding

Kind = Literal["png", "jpeg", "nifti", "dicom", "zip", "unknown"]

HEAD_BYTES = 560
_NIFTI_SIZES = (348, 540)

# Formats we know and do not read: (offset, signature) -> (name, how to mend).
_AS_PNG = "Save it as PNG."
_AS_NIFTI = "Convert it to NIfTI (.nii.gz)."
_UNPACK = "Unpack it and give the folder."
_FOREIGN: dict[tuple[int, bytes], tuple[str, str]] = {
    (0, b"II*\0"): ("a TIFF picture", _AS_PNG),
    (0, b"MM\0*"): ("a TIFF picture", _AS_PNG),
    (0, b"BM"): ("a BMP picture", _AS_PNG),
    (0, b"GIF8"): ("a GIF picture", _AS_PNG),
    (8, b"WEBP"): ("a WebP picture", _AS_PNG),
    (4, b"ftyp"): ("a HEIC picture or a video", _AS_PNG),
    (4, b"jP  "): ("a JPEG 2000 picture", _AS_PNG),
    (0, b"%PDF"): ("a PDF", "Give the images themselves: PNG, JPEG, NIfTI or DICOM."),
    (0, b"NRRD0"): ("an NRRD volume", _AS_NIFTI),
    (0, b"ObjectType"): ("a MetaImage volume", _AS_NIFTI),
    (0, b"MATLAB 5.0"): ("a MATLAB file", _AS_NIFTI),
    (0, b"\x89HDF"): ("an HDF5 or MINC file", _AS_NIFTI),
    (0, b"\x93NUMPY"): ("a NumPy array", _AS_NIFTI),
    (0, b"7z\xbc\xaf"): ("a 7z archive", _UNPACK),
    (0, b"Rar!"): ("a RAR archive", _UNPACK),
    (0, b"BZh"): ("a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ"): ("an xz archive", _UNPACK),
    (0, b"(\xb5/\xfd"): ("a Zstandard archive", _UNPACK),
    (257, b"ustar"): ("a tar archive", _UNPACK),
}
# Elements with which the main part of a DICOM file without a preamble begins (PS3.6, group 0008).
_FIRST_ELEMENTS = {0x0000, 0x0001, 0x0005, 0x0006, 0x0008, 0x0012, 0x0013, 0x0014, 0x0016, 0x0018}


def kind_of(path: Path) -> Kind:
    """Tell what a file holds by its first bytes.

    Returns
    -------
    Kind
        `unknown` for text and other things that are no image.

    Raises
    ------
    UnreadableFileError
        For an empty file, for a known format that is not read, and if the file cannot be opened.
    """
    with decoding("image"), path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise UnreadableFileError(
            "The file is empty (0 bytes).", fix="Copy or export it again from where it came."
        )
    if head[:2] == b"\x1f\x8b":
        return _gzip_kind(head)
    return _plain_kind(head)


def _plain_kind(head: bytes) -> Kind:
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[128:132] == b"DICM" or _is_bare_dicom(head):
        return "dicom"
    if _is_nifti(head):
        return "nifti"
    for (offset, signature), (name, fix) in _FOREIGN.items():
        if head[offset : offset + len(signature)] == signature:
            raise UnreadableFileError(f"The file is {name}, which is not read.", fix=fix)
    return "unknown"


def _gzip_kind(head: bytes) -> Kind:
    """Look through gzip at the first bytes; only NIfTI may hide there."""
    try:
        inner = zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        raise UnreadableFileError(
            "The gzip file is truncated or damaged.",
            fix="Copy or export it again from where it came.",
        ) from None
    # A poorly compressible header may end before its magic: trust its size field then.
    if _is_nifti(inner) or (len(inner) < 348 and _header_size(inner) in _NIFTI_SIZES):
        return "nifti"
    raise UnreadableFileError(
        "The gzip file holds no NIfTI volume.", fix="Unpack it and give what is inside."
    )


def _header_size(head: bytes) -> int:
    if len(head) < 4:
        return 0
    little, big = struct.unpack("<i", head[:4])[0], struct.unpack(">i", head[:4])[0]
    return int(little if little in _NIFTI_SIZES else big)


def _is_nifti(head: bytes) -> bool:
    size = _header_size(head)
    if size == 348 and head[344:348] in (b"n+1\0", b"ni1\0"):
        return True
    if size == 348 and len(head) >= 348:
        raise UnreadableFileError(
            "The file is an ANALYZE 7.5 header, which is not read.", fix=_AS_NIFTI
        )
    return size == 540 and head[4:8] in (b"n+2\0", b"ni2\0")


def _is_bare_dicom(head: bytes) -> bool:
    """Recognize DICOM without the 128-byte preamble, as some archives write it."""
    if len(head) < 16:
        return False
    group, element = struct.unpack("<HH", head[:4])
    if not ((group == 8 and element in _FIRST_ELEMENTS) or (group == 2 and element in (0, 1))):
        return False
    has_vr = head[4:6].isalpha() and head[4:6].isupper()
    return has_vr or struct.unpack("<I", head[4:8])[0] <= 128
