"""Write a phantom as DICOM: one series per sequence, one file per slice.

DICOM positions are LPS+ millimeters; this is the one place of the phantom that knows it
(PS3.3 C.7.6.2.1.1).
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.dicom_tags import add_modality, add_pixel_format, add_times
from neuroscope.records.arrays import Array
from neuroscope.records.volume import Plane, Volume

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
UID_NAMESPACE = uuid.UUID("6f1d7a52-3f1b-5c0e-9c55-6f6e6575726f")
FIRST_VISIT = datetime(2026, 1, 1, 8, 0, 0)
RECIPE = "3"  # of the phantom: goes into every UID, so that a new recipe makes new ones
NOTICE = "Synthetic image of a phantom, no patient. Research use only."
WAYS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
)  # array axis and direction
USUAL_AXES: Mapping[Plane, str] = MappingProxyType(
    {"axial": "LPS", "coronal": "LIP", "sagittal": "PIR"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomOptions:
    """How the files are written.

    Attributes
    ----------
    shuffle_names
        Give file names an order that says nothing of the position.
    compress
        RLE Lossless instead of plain pixels.
    axes
        Where columns, rows and slices run to, as in `LPS`; None for what is usual in the plane.
    """

    shuffle_names: bool = False
    compress: bool = False
    axes: str | None = None

    def __post_init__(self) -> None:
        letters = set() if self.axes is None else {WAYS.get(way, (way,))[0] for way in self.axes}
        if self.axes is not None and letters != {0, 1, 2}:
            raise BadInputError(
                f"Slices cannot run along {self.axes!r}.",
                fix="Name three directions of R, L, A, P, S, I, one of each pair, as in LPS.",
            )


def uid_for(*parts: object) -> str:
    """Derive a UID under the UUID root 2.25 (PS3.5 B.2): the same parts give the same UID."""
    return f"2.25.{uuid.uuid5(UID_NAMESPACE, '/'.join(map(str, parts))).int}"


def fill_dicom(case: PhantomCase, folder: Path, options: DicomOptions) -> None:
    """Write every sequence of a phantom into a folder of its own below `folder`."""
    root = ("phantom", RECIPE, case.seed, case.visit, _digest(case))
    for number, (name, volume) in enumerate(case.volumes.items(), start=1):
        target = folder / f"{number}_{name}"
        target.mkdir(parents=True)
        plane = case.planes.get(name, "axial")
        common = _series(case, name, number)
        _add_uids(common, root, f"{name} {options.axes}")
        add_pixel_format(common, name, volume)
        pixels, affine = laid_out(volume, options.axes or USUAL_AXES[plane])
        stored = np.rint(pixels - common.RescaleIntercept).astype("<u2")
        _add_geometry(common, affine, stored.shape)
        names = np.arange(len(stored))
        if options.shuffle_names:
            names = np.random.default_rng(case.seed + number).permutation(names)
        for index, image in enumerate(stored):
            dataset = _slice(common, affine, index, image)
            if options.compress:
                dataset.compress(RLELossless)
            path = target / f"IM{int(names[index]) + 1:05d}.dcm"
            dataset.save_as(path, enforce_file_format=True)


def laid_out(volume: Volume, axes: str) -> tuple[Array, NDArray[np.float64]]:
    """Turn a volume so that columns, rows and slices run where the letters say.

    Returns
    -------
    tuple
        Pixels `(slice, row, column)`, and the affine `(4, 4)` from `(column, row, slice)` to LPS
        millimeters.
    """
    ways = [WAYS[letter] for letter in axes]
    turned = np.transpose(volume.voxels, [axis for axis, _ in reversed(ways)])
    turned = turned[tuple(slice(None, None, way) for _, way in reversed(ways))]
    corner = np.zeros(4)
    corner[3] = 1.0
    affine = np.eye(4)
    for column, (axis, way) in enumerate(ways):
        affine[:3, column] = way * volume.affine[:3, axis]
        corner[axis] = 0 if way > 0 else volume.shape[axis] - 1
    affine[:3, 3] = (volume.affine @ corner)[:3]
    return np.ascontiguousarray(turned), np.asarray(RAS_TO_LPS @ affine, np.float64)


def _digest(case: PhantomCase) -> str:
    """Sum the images up, so that other images of the same seed get other UIDs."""
    total = hashlib.sha256()
    for volume in case.volumes.values():
        total.update(np.ascontiguousarray(volume.voxels, np.float32).tobytes())
    return total.hexdigest()


def _add_uids(dataset: Dataset, root: tuple[object, ...], series: str) -> None:
    """Name the study and its frame of reference; every visit of a patient has its own."""
    dataset.StudyInstanceUID = uid_for(*root, "study")
    dataset.SeriesInstanceUID = uid_for(*root, series)
    dataset.FrameOfReferenceUID = uid_for(*root, "frame")
    dataset.PositionReferenceIndicator = ""


def _series(case: PhantomCase, name: str, number: int) -> Dataset:
    """Fill in all that the slices of a series share but UIDs and geometry."""
    begins = FIRST_VISIT + timedelta(days=case.day)
    dataset = Dataset()
    add_modality(
        dataset, name, case.planes.get(name, "axial"), case.protocols.get(name),
        case.scanner.field_t,
    )  # fmt: skip
    dataset.PatientID = f"PHANTOM-{case.seed:04d}"
    dataset.PatientName = f"Phantom^{case.seed:04d}"  # says nothing of the diagnosis
    dataset.PatientBirthDate, dataset.PatientSex = "", "O"
    dataset.StudyDate, dataset.StudyTime = f"{begins:%Y%m%d}", f"{begins:%H%M%S}"
    dataset.StudyID, dataset.AccessionNumber = str(case.visit + 1), ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "SYNTHETIC HEAD PHANTOM"
    dataset.SeriesNumber, dataset.AcquisitionNumber = number, 1
    dataset.PatientPosition, dataset.BodyPartExamined = "HFS", "HEAD"
    dataset.Manufacturer, dataset.ManufacturerModelName = "Neuroscope", "Synthetic phantom"
    dataset.SoftwareVersions = f"phantom recipe {RECIPE}"
    dataset.QualityControlImage = "YES"  # "a quality control or phantom image", PS3.3 C.7.6.1
    dataset.ImageComments = NOTICE
    add_times(dataset, name, begins)
    return dataset


def _add_geometry(dataset: Dataset, affine: NDArray[np.float64], shape: tuple[int, ...]) -> None:
    column_mm, row_mm, slice_mm = np.linalg.norm(affine[:3, :3], axis=0)
    along_row, along_column = affine[:3, 0] / column_mm, affine[:3, 1] / row_mm
    dataset.ImageOrientationPatient = _decimal([*along_row, *along_column])
    dataset.PixelSpacing = _decimal([row_mm, column_mm])
    dataset.SliceThickness = dataset.SpacingBetweenSlices = _decimal([slice_mm])[0]
    dataset.Rows, dataset.Columns = shape[1], shape[2]


def _slice(
    common: Dataset, affine: NDArray[np.float64], index: int, image: NDArray[np.uint16]
) -> Dataset:
    """Add position and pixels of one slice."""
    dataset = Dataset()
    dataset.update(common)
    corner = affine[:3, 3] + index * affine[:3, 2]
    dataset.ImagePositionPatient = _decimal(corner)
    normal = affine[:3, 2] / np.linalg.norm(affine[:3, 2])
    dataset.SliceLocation = _decimal([float(corner @ normal)])[0]
    dataset.InstanceNumber = index + 1
    dataset.SOPInstanceUID = uid_for(common.SeriesInstanceUID, index)
    dataset.PixelData = np.ascontiguousarray(image).tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def _decimal(values: NDArray[np.float64] | list[float]) -> list[float]:
    """Round so that a decimal string (16 characters) holds the value; -0 becomes 0."""
    return [round(float(value), 8) + 0.0 for value in values]
