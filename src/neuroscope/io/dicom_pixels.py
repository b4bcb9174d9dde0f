"""Decode DICOM frames and build the volume of a stack."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.utils import iter_pixels
from scipy import ndimage

from neuroscope.errors import BadInputError, UnreadableFileError
from neuroscope.io.archive import Source
from neuroscope.io.decoding import decoding
from neuroscope.io.dicom_header import Frame, Vector, open_dataset
from neuroscope.io.dicom_stack import TILT_DEG, Stack
from neuroscope.records.arrays import Array
from neuroscope.records.imported import Unreadable
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

# Where the size stands in a compressed frame: after these JPEG markers (ISO 10918-1, 14495-1).
_SIZE_MARKERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


def decode_frames(
    frames: Sequence[Frame], *, limits: Limits
) -> tuple[list[tuple[Frame, Array]], list[Unreadable]]:
    """Decode frames to gray values in the units of the modality, shape `(rows, columns)`.

    MONOCHROME1 is inverted, slope and intercept are applied frame by frame. Values stay integers
    if both are whole numbers.

    Returns
    -------
    tuple
        The frames that could be decoded, in the order given, with their pixels; and the files
        that could not.
    """
    by_source: dict[Source, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_source[frame.header.source].append(frame)
    decoded: dict[int, Array] = {}
    refused: list[Unreadable] = []
    for source, wanted in by_source.items():
        try:
            with decoding("DICOM"):
                pixels = _decode_file(source, wanted, limits)
        except BadInputError as error:
            refused.append(Unreadable(source.name, error.problem, error.fix))
        else:
            decoded.update(zip(map(id, wanted), pixels, strict=True))
    return [(f, decoded[id(f)]) for f in frames if id(f) in decoded], refused


def _decode_file(source: Source, frames: Sequence[Frame], limits: Limits) -> list[Array]:
    dataset = open_dataset(source, with_pixels=True)
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        _check_streams(dataset, limits)
    indices = [frame.index for frame in frames]
    if "NumberOfFrames" in dataset and int(dataset.NumberOfFrames or 1) > 1:
        stored = list(iter_pixels(dataset, indices=indices))
    else:
        stored = list(iter_pixels(dataset))
    shape = (frames[0].header.rows, frames[0].header.columns)
    if len(stored) != len(frames) or any(pixels.shape != shape for pixels in stored):
        raise UnreadableFileError(
            "The pixels do not have the size that the header gives.", fix="Export it again."
        )
    bits = int(dataset.get("BitsStored", 16))
    return [_in_units(p, frame, bits) for p, frame in zip(stored, frames, strict=True)]


def _in_units(stored: Array, frame: Frame, bits: int) -> Array:
    pixels = stored
    slope, intercept = frame.rescale
    if frame.header.inverted and stored.dtype.kind in "iu":
        # Signed values run from -2^(b-1) to 2^(b-1)-1, unsigned from 0 to 2^b-1.
        mirror = -1 if stored.dtype.kind == "i" else 2**bits - 1
        pixels = (mirror - stored.astype(np.int64)).astype(stored.dtype)
    if (slope, intercept) == (1.0, 0.0) or slope == 0:
        return pixels
    if slope.is_integer() and intercept.is_integer() and pixels.dtype.kind in "iu":
        return _smallest_integers(pixels.astype(np.int64) * int(slope) + int(intercept))
    return (pixels * slope + intercept).astype(np.float32)


def _smallest_integers(values: NDArray[np.int64]) -> Array:
    low, high = int(values.min()), int(values.max())
    for dtype in (np.int16, np.int32):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return values.astype(dtype)
    return values.astype(np.float32)


def _check_streams(dataset: Any, limits: Limits) -> None:
    """Refuse a compressed frame that is larger inside than its header says."""
    largest = int(dataset.Rows) * int(dataset.Columns)
    for start in _stream_starts(bytes(dataset.PixelData)):
        size = stream_pixels(start)
        if size is not None and size > min(largest, limits.image_pixels):
            raise UnreadableFileError(
                "A compressed frame is larger than the header says.", fix="Export it again."
            )


def _stream_starts(pixel_data: bytes) -> list[bytes]:
    """Cut encapsulated pixel data into its items (PS3.5 A.4) without trusting their lengths."""
    items, position = [], 0
    while pixel_data[position : position + 4] == b"\xfe\xff\x00\xe0":
        length = int.from_bytes(pixel_data[position + 4 : position + 8], "little")
        items.append(pixel_data[position + 8 : position + 8 + length])
        position += 8 + length
    return items


def stream_pixels(stream: bytes) -> int | None:
    """Read how many pixels a JPEG, JPEG-LS or JPEG 2000 stream declares; None if it is neither."""
    if stream[:4] == b"\xff\x4f\xff\x51":  # JPEG 2000: SOC, SIZ (ISO 15444-1 A.5.1)
        x1, y1, x0, y0 = (int.from_bytes(stream[n : n + 4], "big") for n in (8, 12, 16, 20))
        return max(0, x1 - x0) * max(0, y1 - y0)
    if stream[:2] != b"\xff\xd8":
        return None
    position = 2
    while position + 9 <= len(stream) and stream[position] == 0xFF:
        marker = stream[position + 1]
        if marker in _SIZE_MARKERS:
            rows = int.from_bytes(stream[position + 5 : position + 7], "big")
            return rows * int.from_bytes(stream[position + 7 : position + 9], "big")
        position += 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
    return None


def plane_affine(frame: Frame) -> NDArray[np.float64]:
    """Make the affine from `(column, row, plane)` of one frame to LPS, with a unit normal."""
    if frame.orientation is None or frame.position is None or frame.spacing is None:
        raise AssertionError("only frames with geometry have an affine")
    affine = np.eye(4)
    affine[:3, 0] = frame.orientation[0] * frame.spacing[1]
    affine[:3, 1] = frame.orientation[1] * frame.spacing[0]
    affine[:3, 2] = np.cross(frame.orientation[0], frame.orientation[1])
    affine[:3, 3] = frame.position
    return affine


def build_volume(stack: Stack, pixels: Sequence[Array]) -> Volume:
    """Stack decoded planes into a volume in RAS+; missing planes hold the lowest value.

    Parameters
    ----------
    pixels
        One array `(rows, columns)` for each frame of the stack.
    """
    dtype = np.result_type(*pixels)
    low = min(float(plane.min()) for plane in pixels)
    shape = (stack.depth, *pixels[0].shape)
    planes = np.full(shape, low, dtype=dtype)
    for index, plane in zip(stack.planes, pixels, strict=True):
        planes[index] = plane
    affine = plane_affine(stack.frames[0])
    affine[:3, 2], affine[:3, 3] = stack.step, stack.origin
    if stack.tilt_deg > TILT_DEG:
        planes, affine = _straightened(planes, affine, low)
    return Volume(planes.transpose(2, 1, 0), LPS_TO_RAS @ affine)


def _straightened(planes: Array, affine: Vector, low: float) -> tuple[Array, Vector]:
    """Shift every plane of a tilted stack in itself, on a canvas that holds them all."""
    axes = affine[:3, :2] / np.linalg.norm(affine[:3, :2], axis=0)
    lateral = axes.T @ affine[:3, 2]  # mm per plane along columns and rows
    per_plane = lateral / np.linalg.norm(affine[:3, :2], axis=0)
    shifts = np.arange(len(planes))[:, None] * per_plane  # (column, row) in pixels
    start = np.floor(shifts.min(axis=0))
    grow = [math.ceil(float(g)) for g in shifts.max(axis=0) - start]
    _, rows, columns = planes.shape
    canvas = np.full((len(planes), rows + grow[1], columns + grow[0]), low, dtype=planes.dtype)
    for n, (column, row) in enumerate(shifts - start):
        canvas[n, :rows, :columns] = planes[n]
        canvas[n] = ndimage.shift(canvas[n], (row, column), order=1, cval=low)
    straight = affine.copy()
    straight[:3, 2] = affine[:3, 2] - axes @ lateral
    straight[:3, 3] = affine[:3, 3] + affine[:3, :2] @ start
    return canvas, straight
