"""Files to read: a small DICOM writer and a volume in which every voxel can be told apart."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.uid import (
    CTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    generate_uid,
)

from neuroscope.errors import BadInputError
from neuroscope.settings import Limits

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
WriteSeries = Callable[..., list[Path]]


@pytest.fixture(scope="session")
def limits() -> Limits:
    return Limits()


@pytest.fixture(scope="session")
def answer_or_refusal() -> Callable[[Callable[[], Any]], Any]:
    """Read; give what was read, or the refusal, which says what is wrong and how to mend it."""

    def outcome(read: Callable[[], Any]) -> Any:
        try:
            return read()
        except BadInputError as refusal:
            told = refusal
        assert told.problem
        assert told.fix
        return told

    return outcome


@pytest.fixture(scope="session")
def planes() -> NDArray[np.int16]:
    """A stack `(k, rows, columns)` whose value is 100 k + 10 row + column, with odd sizes."""
    k, row, column = np.indices((5, 36, 40))
    return (400 * k + 10 * row + column).astype(np.int16)


def _dataset(sop_class: str, syntax: str, tags: Mapping[str, Any]) -> pydicom.Dataset:
    ds = pydicom.Dataset()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = sop_class
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = generate_uid()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.Modality = "CT" if sop_class == CTImageStorage else "MR"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Doe^Jane", "SECRET-4711", "19800312"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.5"
    ds.FrameOfReferenceUID = "1.2.3.4.6"
    ds.SeriesNumber, ds.SeriesDescription = 3, "AX T1 POST Doe Jane"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def _set_pixels(ds: pydicom.Dataset, pixels: NDArray[Any]) -> None:
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = ds.get("PhotometricInterpretation", "MONOCHROME2")
    ds.BitsAllocated = ds.BitsStored = 8 * pixels.dtype.itemsize
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.tobytes()


@pytest.fixture(scope="session")
def write_series() -> WriteSeries:
    """Write planes as single-frame files; `per_slice(n)` gives further tags of slice n."""

    def write(
        folder: Path,
        planes: NDArray[Any],
        *,
        orientation: Sequence[float] = AXIAL,
        origin: Sequence[float] = (-30.0, -40.0, 12.5),
        spacing: tuple[float, float] = (1.5, 0.75),
        step: float | Sequence[float] = 2.0,
        sop_class: str = MRImageStorage,
        compress: str | None = None,
        tags: Mapping[str, Any] | None = None,
        per_slice: Callable[[int], Mapping[str, Any]] = lambda n: {},
        name: Callable[[int], str] = lambda n: f"{n}.dcm",
    ) -> list[Path]:
        axes = np.array(orientation).reshape(2, 3)
        normal = np.cross(*axes)
        offsets = np.arange(len(planes)) * step if np.isscalar(step) else np.array(step)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for n, pixels in enumerate(planes):
            ds = _dataset(sop_class, ExplicitVRLittleEndian, tags or {})
            ds.InstanceNumber = n + 1
            ds.ImageOrientationPatient = [float(v) for v in orientation]
            ds.ImagePositionPatient = [round(float(v), 8) for v in origin + offsets[n] * normal]
            ds.PixelSpacing = list(spacing)
            ds.SliceThickness = 1.0  # not the distance of the slices, as so often
            for keyword, value in per_slice(n).items():
                setattr(ds, keyword, value)
            _set_pixels(ds, pixels)
            if compress:
                ds.compress(compress, generate_instance_uid=False)
            path = folder / name(n)
            ds.save_as(path, enforce_file_format=True)
            written.append(path)
        return written

    return write


@pytest.fixture(scope="session")
def write_enhanced() -> Callable[..., Path]:
    """Write planes as the frames of one enhanced MR file, in the order given."""

    def write(
        path: Path,
        planes: NDArray[Any],
        order: Sequence[int],
        *,
        rescale: Callable[[int], tuple[float, float]] | None = None,
    ) -> Path:
        ds = _dataset(EnhancedMRImageStorage, ExplicitVRLittleEndian, {})
        ds.NumberOfFrames = len(order)
        shared, frames = pydicom.Dataset(), []
        orientation, measures = pydicom.Dataset(), pydicom.Dataset()
        orientation.ImageOrientationPatient = list(AXIAL)
        measures.PixelSpacing, measures.SliceThickness = [1.5, 0.75], 1.0
        shared.PlaneOrientationSequence = [orientation]
        shared.PixelMeasuresSequence = [measures]
        for n in order:
            frame, position, content = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
            position.ImagePositionPatient = [-30.0, -40.0, 12.5 + 2.0 * n]
            content.StackID = "1"
            frame.PlanePositionSequence, frame.FrameContentSequence = [position], [content]
            if rescale:
                value = pydicom.Dataset()
                value.RescaleSlope, value.RescaleIntercept = rescale(n)
                frame.PixelValueTransformationSequence = [value]
            frames.append(frame)
        ds.SharedFunctionalGroupsSequence = [shared]
        ds.PerFrameFunctionalGroupsSequence = frames
        _set_pixels(ds, planes[list(order)])
        ds.save_as(path, enforce_file_format=True)
        return path

    return write
