"""What a DICOM file says of its frames, read without their pixels. Still in LPS, as DICOM is."""

import logging
import math
import re
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from neuroscope.errors import BadInputError, TooLargeError, UnreadableFileError
from neuroscope.io.archive import Source
from neuroscope.io.decoding import decoding
from neuroscope.io.sequence import SequenceTags, is_localizer
from neuroscope.settings import Limits

Vector = NDArray[np.float64]

_INFLATED_BYTES = 512 * 1024**2  # a deflated file may not become larger
_CHUNK = 1024**2

# Modalities whose objects are no images (PS3.3 C.7.3.1.1.1); their frames are set aside.
_NO_IMAGE = {
    "SEG": "segmentation",
    "SR": "structured report",
    "DOC": "document",
    "PR": "presentation state",
    "KO": "key object selection",
    "REG": "registration",
    "RTSTRUCT": "radiotherapy structure set",
    "RTPLAN": "radiotherapy plan",
    "RTDOSE": "radiotherapy dose",
    "RWV": "real world value map",
    "FID": "fiducials",
    "PLAN": "plan",
    "ANN": "annotations",
    "ECG": "electrocardiogram",
}
_HEAD_PARTS = {"", "HEAD", "BRAIN", "SKULL", "HEADNECK", "NECK", "ORBIT", "PITUITARY", "FACE"}
_HEAD_PARTS |= {"SELLA", "IAC", "EAR", "WHOLEBODY"}


class NotAScanError(BadInputError):
    """The file is sound DICOM but no image to analyze; `what` says what it is."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The file is no scan ({what}).", fix="Give the files of an MR series.")
        self.what = what


@dataclass(frozen=True, slots=True, eq=False)
class FileHeader:
    """What all frames of one file share. UIDs and identities never leave `io/`."""

    source: Source
    patient: str
    study_uid: str
    series_uid: str
    sop_uid: str
    series_number: int
    rows: int
    columns: int
    inverted: bool  # MONOCHROME1 of a modality whose gray values have no unit
    tags: SequenceTags
    facts: dict[str, str | float]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One image plane. Positions and directions in LPS millimeters; None where not given.

    Attributes
    ----------
    orientation
        Shape `(2, 3)`: direction of growing column index, then of growing row index.
    spacing
        Millimeters between rows, then between columns (the order of PixelSpacing).
    stack
        Frames of one series with different values belong to different stacks.
    order
        Tells frames at one position apart: acquisition, then instance number.
    """

    header: FileHeader
    index: int
    position: Vector | None
    orientation: Vector | None
    spacing: tuple[float, float] | None
    thickness: float | None
    rescale: tuple[float, float]
    stack: tuple[str, ...]
    order: tuple[float, float]


def read_frames(source: Source, *, limits: Limits) -> tuple[Frame, ...]:
    """Read the header of one DICOM file.

    Raises
    ------
    NotAScanError
        If the file is no image (a report, a segmentation, a DICOMDIR), a localizer, or color.
    UnreadableFileError
        If it is damaged.
    TooLargeError
        If its frames are larger than the limits allow.
    """
    with decoding("DICOM"):
        dataset = open_dataset(source, with_pixels=False)
        _check_is_image(dataset)
        header = _file_header(source, dataset)
        count = max(1, int(_number(dataset, "NumberOfFrames") or 1))
        _check_size(header, count, limits)
        return tuple(_frame(header, dataset, index, count) for index in range(count))


def open_dataset(source: Source, *, with_pixels: bool) -> Any:
    """Parse a DICOM file; its log messages are silenced because they quote header values."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    with source.path.open("rb") as file:
        start = file.read(132)
        has_preamble = start[128:] == b"DICM"
        if has_preamble:
            _refuse_bomb(source)
        file.seek(0)
        dataset = pydicom.dcmread(file, force=not has_preamble, stop_before_pixels=not with_pixels)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return dataset


def _refuse_bomb(source: Source) -> None:
    """Count what a deflated dataset inflates to, before pydicom inflates it at once."""
    meta: Any = pydicom.filereader.read_file_meta_info(source.path)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    inflater, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with source.path.open("rb") as file:
        file.seek(144 + int(meta.FileMetaInformationGroupLength))
        while chunk := inflater.unconsumed_tail or file.read(_CHUNK):
            total += len(inflater.decompress(chunk, _CHUNK))
            if total > _INFLATED_BYTES:
                raise TooLargeError(
                    f"The deflated file inflates to more than {_INFLATED_BYTES // 1024**2} MiB.",
                    fix="Export it uncompressed.",
                )


def _check_is_image(dataset: Any) -> None:
    sop_class = str(dataset.file_meta.get("MediaStorageSOPClassUID", ""))
    if "DirectoryRecordSequence" in dataset or sop_class == "1.2.840.10008.1.3.10":
        raise NotAScanError("DICOM directory")
    modality = _text(dataset, "Modality")
    if modality in _NO_IMAGE:
        raise NotAScanError(_NO_IMAGE[modality])
    if "EncapsulatedDocument" in dataset:
        raise NotAScanError("document")
    if "Rows" not in dataset or "Columns" not in dataset:
        if "SOPClassUID" not in dataset or "SeriesInstanceUID" not in dataset:
            raise UnreadableFileError(
                "The DICOM file is truncated or damaged.",
                fix="Copy or export it again from where it came.",
            )
        raise NotAScanError("DICOM object without pixels")
    if is_localizer(_text(dataset, "SeriesDescription"), _parts(dataset, "ImageType")):
        raise NotAScanError("localizer")
    if int(_number(dataset, "SamplesPerPixel") or 1) != 1:
        raise NotAScanError("color picture")
    if _text(dataset, "PhotometricInterpretation") == "PALETTE COLOR":
        raise NotAScanError("color picture")


def _check_size(header: FileHeader, count: int, limits: Limits) -> None:
    pixels = header.rows * header.columns
    if not pixels:
        raise UnreadableFileError("The image has no rows or columns.", fix="Export it again.")
    if pixels > limits.image_pixels or pixels * count > limits.volume_voxels:
        raise TooLargeError(
            f"The file holds {count} frames of {header.rows} x {header.columns} pixels; the limit "
            f"is {limits.volume_voxels} in all.",
            fix="Export fewer frames, or coarser ones.",
        )


def _file_header(source: Source, dataset: Any) -> FileHeader:
    modality = _text(dataset, "Modality")
    frame = _functional_groups(dataset, 0)
    agent = _text(dataset, "ContrastBolusAgent")
    if not agent and "ContrastBolusAgentSequence" in dataset:
        agent = "given"
    description = " ".join(
        filter(None, (_text(dataset, k) for k in ("SeriesDescription", "ProtocolName")))
    )
    tags = SequenceTags(
        modality=modality,
        description=_text(dataset, "SeriesDescription") or description,
        image_type=_parts(dataset, "ImageType"),
        contrast_agent=agent,
        repetition_time_ms=_number(frame, "RepetitionTime"),
        echo_time_ms=_number(frame, "EchoTime") or _number(frame, "EffectiveEchoTime"),
        inversion_time_ms=_number(frame, "InversionTime") or _number(frame, "InversionTimes"),
        b_value=_number(frame, "DiffusionBValue"),
    )
    return FileHeader(
        source=source,
        patient=_patient(dataset),
        study_uid=_text(dataset, "StudyInstanceUID"),
        series_uid=_text(dataset, "SeriesInstanceUID"),
        sop_uid=_text(dataset, "SOPInstanceUID"),
        series_number=int(_number(dataset, "SeriesNumber") or 0),
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        inverted=_text(dataset, "PhotometricInterpretation") == "MONOCHROME1" and modality != "CT",
        tags=tags,
        facts=_facts(dataset, frame),
        cautions=_file_cautions(dataset),
    )


def _patient(dataset: Any) -> str:
    """Join what identifies the patient; empty if the file names nobody."""
    number = _text(dataset, "PatientID")
    if number:
        return f"{number}\x1f{_text(dataset, 'IssuerOfPatientID')}"
    name, birth = _text(dataset, "PatientName"), _text(dataset, "PatientBirthDate")
    return f"{name}\x1f{birth}" if name else ""


def _facts(dataset: Any, frame: Any) -> dict[str, str | float]:
    facts: dict[str, str | float] = {}
    for keyword in ("MagneticFieldStrength", "RepetitionTime", "EchoTime", "InversionTime",
                    "FlipAngle", "SliceThickness", "SpacingBetweenSlices", "KVP"):  # fmt: skip
        value = _number(frame, keyword)
        if value is not None:
            facts[keyword] = value
    for keyword in ("Modality", "ScanningSequence", "SequenceVariant", "MRAcquisitionType",
                    "PatientPosition", "Manufacturer"):  # fmt: skip
        facts[keyword] = "\\".join(_parts(dataset, keyword))
    return facts


def _file_cautions(dataset: Any) -> tuple[str, ...]:
    cautions = []
    if _text(dataset, "BurnedInAnnotation").upper() == "YES":
        cautions.append("The images carry burnt-in text, which may name the patient.")
    part = re.sub(r"[^A-Z]", "", _text(dataset, "BodyPartExamined").upper())
    if part not in _HEAD_PARTS:
        cautions.append("The tags name another body part than the head.")
    return tuple(cautions)


def _frame(header: FileHeader, dataset: Any, index: int, count: int) -> Frame:
    groups = _functional_groups(dataset, index)
    orientation = _vector(groups, "ImageOrientationPatient", 6)
    spacing = _vector(groups, "PixelSpacing", 2)
    is_single = count == 1 or "PerFrameFunctionalGroupsSequence" in dataset
    slope, intercept = _number(groups, "RescaleSlope"), _number(groups, "RescaleIntercept")
    return Frame(
        header=header,
        index=index,
        position=_vector(groups, "ImagePositionPatient", 3) if is_single else None,
        orientation=None if orientation is None else _orthonormal(orientation.reshape(2, 3)),
        spacing=None if spacing is None else _checked_spacing(spacing),
        thickness=_number(groups, "SpacingBetweenSlices") or _number(groups, "SliceThickness"),
        rescale=(1.0 if slope is None else slope, intercept or 0.0),
        stack=_stack_key(header, dataset, groups),
        order=(
            _number(groups, "AcquisitionNumber") or 0.0,
            _number(groups, "InstanceNumber") or float(index),
        ),
    )


def _stack_key(header: FileHeader, dataset: Any, groups: Any) -> tuple[str, ...]:
    echo = _number(groups, "EchoNumbers") or _number(groups, "EffectiveEchoTime")
    if echo is None:
        echo = round(_number(groups, "EchoTime") or 0.0, 1)
    temporal = _number(groups, "TemporalPositionIdentifier")
    if temporal is None:
        temporal = _number(groups, "TemporalPositionIndex")
    frame_type = _parts(groups, "FrameType") or header.tags.image_type
    return (
        _text(dataset, "FrameOfReferenceUID"),
        f"{temporal or 0:012.3f}",
        f"{echo:012.3f}",
        f"{_number(groups, 'DiffusionBValue') or 0:012.3f}",
        _text(groups, "StackID"),
        "\\".join(frame_type) if header.tags.modality == "MR" else "",
    )


def _functional_groups(dataset: Any, index: int) -> Any:
    """Flatten the macros of one frame of an enhanced object; a plain dataset is its own macro."""
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        return dataset
    flat = pydicom.Dataset()
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    frames = dataset.PerFrameFunctionalGroupsSequence
    if index >= len(frames):
        raise UnreadableFileError(
            "The file describes fewer frames than it declares.", fix="Export it again."
        )
    for group in [*shared[:1], frames[index]]:
        for element in group:
            for macro in element.value[:1] if element.VR == "SQ" else []:
                flat.update(macro)
    return flat


def _orthonormal(axes: Vector) -> Vector:
    lengths = np.linalg.norm(axes, axis=1)
    if np.abs(lengths - 1).max() > 0.05 or abs(float(axes[0] @ axes[1])) > 0.02:
        raise UnreadableFileError(
            "The orientation of the image is no pair of perpendicular directions.",
            fix="Repair ImageOrientationPatient, or export the image again.",
        )
    row = axes[0] / lengths[0]
    column = axes[1] - (axes[1] @ row) * row
    return np.stack([row, column / np.linalg.norm(column)])


def _checked_spacing(spacing: Vector) -> tuple[float, float]:
    if spacing.min() <= 0:
        raise UnreadableFileError(
            f"The pixel spacing is {spacing.tolist()} mm.", fix="Repair PixelSpacing."
        )
    return float(spacing[0]), float(spacing[1])


def _text(dataset: Any, keyword: str) -> str:
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip()


def _parts(dataset: Any, keyword: str) -> tuple[str, ...]:
    value = dataset.get(keyword)
    if value is None or value == "":
        return ()
    return (value.strip(),) if isinstance(value, str) else tuple(str(part) for part in value)


def _number(dataset: Any, keyword: str) -> float | None:
    value = dataset.get(keyword)
    if isinstance(value, pydicom.multival.MultiValue):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _vector(dataset: Any, keyword: str, length: int) -> Vector | None:
    value = dataset.get(keyword)
    if value is None or value == "":
        return None
    try:
        vector = np.array([float(part) for part in value])
    except (TypeError, ValueError):
        vector = np.array([])
    if vector.shape != (length,) or not np.isfinite(vector).all():
        raise BadInputError(
            f"{keyword} does not hold {length} finite numbers.", fix="Export the image again."
        )
    return vector
