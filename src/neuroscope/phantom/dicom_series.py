"""Write a phantom as DICOM: MR Image Storage, one series per sequence, one file per slice.

DICOM positions are LPS+ millimeters; this is the one place of the phantom that knows it
(PS3.3 C.7.6.2.1.1).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, RLELossless

from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.scanner.signal import Protocol
from neuroscope.records.volume import Volume

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
UID_NAMESPACE = uuid.UUID("6f1d7a52-3f1b-5c0e-9c55-6f6e6575726f")
STUDY_DATE, STUDY_TIME = "20260101", "080000"
DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {"t1": "AX T1", "t1c": "AX T1 POST GD", "t2": "AX T2 TSE", "flair": "AX T2 FLAIR"}
)
SCANNING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"spin echo": ("SE", "SK"), "mprage": (r"GR\IR", r"SP\MP"), "inversion": (r"SE\IR", r"SK\MP")}
)
RECIPE = "1"  # of the phantom: goes into every UID, so that a new recipe makes new ones
NOTICE = "Synthetic image of a phantom, no patient. Research use only."


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomOptions:
    """How the files are written.

    Attributes
    ----------
    shuffle_names
        Give file names an order that says nothing of the position.
    compress
        RLE Lossless instead of plain pixels.
    """

    shuffle_names: bool = False
    compress: bool = False


def uid_for(*parts: object) -> str:
    """Derive a UID under the UUID root 2.25 (PS3.5 B.2): the same parts give the same UID."""
    return f"2.25.{uuid.uuid5(UID_NAMESPACE, '/'.join(map(str, parts))).int}"


def fill_dicom(case: PhantomCase, folder: Path, options: DicomOptions) -> None:
    """Write every sequence of a phantom into a folder of its own below `folder`."""
    for number, (role, volume) in enumerate(case.volumes.items(), start=1):
        target = folder / f"{number}_{role}"
        target.mkdir(parents=True)
        common = _series(case, role, number, volume)
        names = np.arange(volume.shape[2])
        if options.shuffle_names:
            names = np.random.default_rng(case.seed + number).permutation(names)
        for k in range(volume.shape[2]):
            dataset = _slice(common, volume, k)
            if options.compress:
                dataset.compress(RLELossless)
            path = target / f"IM{int(names[k]) + 1:05d}.dcm"
            dataset.save_as(path, enforce_file_format=True)


def _series(case: PhantomCase, role: str, number: int, volume: Volume) -> Dataset:
    """Fill in all that the slices of a series share."""
    root = ("phantom", RECIPE, case.kind, case.seed, case.head, *volume.shape)
    dataset = Dataset()
    dataset.SOPClassUID = MRImageStorage
    dataset.StudyInstanceUID = uid_for(*root, "study")
    dataset.SeriesInstanceUID = uid_for(*root, role)
    dataset.FrameOfReferenceUID = uid_for(*root, "frame")
    dataset.PositionReferenceIndicator = ""
    dataset.PatientID = f"PHANTOM-{case.seed:04d}"
    dataset.PatientName = f"Phantom^{case.kind.capitalize()}"
    dataset.PatientBirthDate, dataset.PatientSex = "", "O"
    dataset.StudyDate, dataset.StudyTime = STUDY_DATE, STUDY_TIME
    dataset.StudyID, dataset.AccessionNumber, dataset.ReferringPhysicianName = "1", "", ""
    dataset.StudyDescription = "SYNTHETIC HEAD PHANTOM"
    dataset.SeriesDescription, dataset.SeriesNumber = DESCRIPTIONS[role], number
    dataset.Modality, dataset.PatientPosition = "MR", "HFS"
    dataset.BodyPartExamined = "HEAD"
    dataset.Manufacturer, dataset.ManufacturerModelName = "Neuroscope", "Synthetic phantom"
    dataset.SoftwareVersions = f"phantom recipe {RECIPE}"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    dataset.QualityControlImage = "YES"  # "a quality control or phantom image", PS3.3 C.7.6.1
    dataset.ImageComments = NOTICE
    _add_timing(dataset, case.protocols[role])
    _add_pixel_format(dataset, volume)
    return dataset


def _add_timing(dataset: Dataset, protocol: Protocol) -> None:
    scanning, variant = SCANNING[protocol.kind]
    dataset.ScanningSequence, dataset.SequenceVariant = scanning.split("\\"), variant.split("\\")
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "3D" if protocol.kind == "mprage" else "2D"
    dataset.RepetitionTime, dataset.EchoTime = round(protocol.tr_ms, 1), round(protocol.te_ms, 1)
    dataset.EchoTrainLength = 1
    if protocol.ti_ms:
        dataset.InversionTime = round(protocol.ti_ms, 1)
    dataset.FlipAngle = 9 if protocol.kind == "mprage" else 90
    dataset.MagneticFieldStrength = 3
    if protocol.gadolinium:
        dataset.ContrastBolusAgent = "Gadolinium chelate (simulated)"


def _add_pixel_format(dataset: Dataset, volume: Volume) -> None:
    i_mm, j_mm, k_mm = volume.spacing_mm
    columns, rows, _ = volume.shape
    along = RAS_TO_LPS @ volume.affine
    row_direction, column_direction = -along[:3, 0] / i_mm, -along[:3, 1] / j_mm
    dataset.ImageOrientationPatient = _decimal([*row_direction, *column_direction])
    dataset.PixelSpacing = _decimal([j_mm, i_mm])
    dataset.SliceThickness = dataset.SpacingBetweenSlices = _decimal([k_mm])[0]
    dataset.Rows, dataset.Columns = rows, columns
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = 1, 0, "US"
    brightest = float(np.percentile(volume.voxels, 99.8))
    dataset.WindowCenter, dataset.WindowWidth = round(brightest / 2), max(1, round(brightest))


def _slice(common: Dataset, volume: Volume, k: int) -> Dataset:
    """Add position and pixels of slice k; rows run to the left, columns to the back."""
    dataset = Dataset()
    dataset.update(common)
    columns, rows, _ = volume.shape
    corner = RAS_TO_LPS @ volume.affine @ np.array([columns - 1, rows - 1, k, 1.0])
    dataset.ImagePositionPatient = _decimal(corner[:3])
    dataset.SliceLocation = _decimal([float(corner[2])])[0]
    dataset.InstanceNumber = k + 1
    dataset.SOPInstanceUID = uid_for(common.SeriesInstanceUID, k)
    pixels = np.ascontiguousarray(volume.voxels[::-1, ::-1, k].T)
    dataset.PixelData = np.rint(pixels).astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def _decimal(values: NDArray[np.float64] | list[float]) -> list[float]:
    """Round so that a decimal string (16 characters) holds the value; -0 becomes 0."""
    return [round(float(value), 8) + 0.0 for value in values]
