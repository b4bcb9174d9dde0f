"""What a DICOM Segmentation says beside its pixels (PS3.3 A.51, C.8.20.2, C.7.6.16, C.7.6.17)."""

import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    SegmentationStorage,
)

from neuroscope.records.annotation import Annotation, AnnotationKind
from neuroscope.records.volume import Volume
from neuroscope.settings import RESEARCH_USE

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
MAKER = "Neuroscope"
SCHEME = "99NEUROSCOPE"
_NAMESPACE = uuid.UUID("0d9a3f3c-6a58-5f0b-8c77-6f6e65757267")

Code = tuple[str, str, str]  # value, scheme, meaning
_DRAWN: Code = ("309825002", "SCT", "Spatial and Relational Concept")
_ALTERED: Code = ("49755003", "SCT", "Morphologically Altered Structure")
NEOPLASM: Code = ("108369006", "SCT", "Neoplasm")
KIND_CODES: Mapping[AnnotationKind, tuple[Code, Code]] = MappingProxyType(
    {
        "tumor": (_ALTERED, NEOPLASM),
        "evidence": (_DRAWN, ("EVIDENCE", SCHEME, "Evidence for the answer of a model")),
        "not_evidence": (_DRAWN, ("NOT_EVIDENCE", SCHEME, "No evidence, to be ignored")),
        "note": (_DRAWN, ("NOTE", SCHEME, "Note of a reader")),
    }
)
KIND_OF_CODE: Mapping[tuple[str, str], AnnotationKind] = MappingProxyType(
    {(code[0], code[1]): kind for kind, (_, code) in KIND_CODES.items()}
)
_DIMENSIONS = (("ReferencedSegmentNumber", "SegmentIdentificationSequence"),
               ("ImagePositionPatient", "PlanePositionSequence"))  # fmt: skip


def own_uid(*parts: object) -> str:
    """Derive a UID under the root 2.25 (PS3.5 B.2) from ids of our own."""
    return f"2.25.{uuid.uuid5(_NAMESPACE, '/'.join(map(str, parts))).int}"


def series_uid(series_id: str) -> str:
    """Name a series of ours for DICOM."""
    return own_uid("series", series_id)


def common_header(
    grid: Volume, *, study_id: str, series_id: str, patient: str, modality: str, content: str
) -> Dataset:
    """Fill in all but the segments and the frames.

    Parameters
    ----------
    patient
        The pseudonym.
    modality
        `CT`, or anything else for MR.
    content
        What makes this object unlike others of the same series.
    """
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = SegmentationStorage
    made.SOPInstanceUID = own_uid("segmentation", series_id, content)
    made.SeriesInstanceUID = own_uid("segmentations", series_id)
    made.StudyInstanceUID = own_uid("study", study_id)
    made.FrameOfReferenceUID = own_uid("frame", study_id)
    made.PositionReferenceIndicator = ""
    made.PatientID = made.PatientName = patient
    made.PatientBirthDate = made.PatientSex = ""
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = "Pseudonyms and UIDs of Neuroscope"
    made.StudyDate = made.StudyTime = made.StudyID = made.AccessionNumber = ""
    made.ReferringPhysicianName = ""
    made.Modality, made.SeriesNumber, made.InstanceNumber = "SEG", 900, 1
    made.SeriesDescription = "RESEARCH USE ONLY: annotations of a reader"
    made.ContentDate = made.ContentTime = made.ContentCreatorName = ""
    made.ContentLabel, made.ContentDescription = "ANNOTATIONS", "Annotations of a reader"
    made.ImageComments = RESEARCH_USE
    made.Manufacturer = made.ManufacturerModelName = MAKER
    made.DeviceSerialNumber = made.SoftwareVersions = "1"
    made.ImageType = ["DERIVED", "PRIMARY"]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 1
    made.HighBit = made.PixelRepresentation = 0
    made.LossyImageCompression = "00"
    made.SegmentationType = "BINARY"
    made.SegmentsOverlap = "UNDEFINED"
    made.Rows, made.Columns = grid.shape[1], grid.shape[0]
    made.CodingSchemeIdentificationSequence = [_scheme()]
    made.ReferencedSeriesSequence = [_referenced(series_id, grid.shape[2], modality)]
    _add_dimensions(made, series_id)
    made.SharedFunctionalGroupsSequence = [_shared(grid)]
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return made


def segment_item(number: int, annotation: Annotation) -> Dataset:
    """Describe one segment: its kind in codes, its reason in words."""
    category, kind = KIND_CODES[annotation.kind]
    segment = Dataset()
    segment.SegmentNumber = number
    segment.SegmentLabel = annotation.kind
    segment.SegmentDescription = annotation.reason[:1024]
    segment.SegmentAlgorithmType = "MANUAL"
    segment.SegmentedPropertyCategoryCodeSequence = [_coded(category)]
    segment.SegmentedPropertyTypeCodeSequence = [_coded(kind)]
    segment.TrackingID = f"{annotation.id} version {annotation.version}"
    segment.TrackingUID = own_uid("annotation", annotation.id)
    return segment


def frame_groups(
    grid: Volume, layer: int, segment: int, *, series_id: str, modality: str
) -> Dataset:
    """Describe one frame: which segment it shows, where, and from which image it was drawn."""
    content, position, identification = Dataset(), Dataset(), Dataset()
    content.DimensionIndexValues = [segment, layer + 1]
    position.ImagePositionPatient = _decimal((RAS_TO_LPS @ [*grid.to_mm([0, 0, layer]), 1.0])[:3])
    identification.ReferencedSegmentNumber = segment
    source = _instance(series_id, layer, modality)
    source.PurposeOfReferenceCodeSequence = [
        _coded(("121322", "DCM", "Source image for image processing operation"))
    ]
    derivation = Dataset()
    derivation.SourceImageSequence = [source]
    derivation.DerivationCodeSequence = [_coded(("113076", "DCM", "Segmentation"))]
    groups = Dataset()
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [position]
    groups.SegmentIdentificationSequence = [identification]
    groups.DerivationImageSequence = [derivation]
    return groups


def _shared(grid: Volume) -> Dataset:
    column_mm, row_mm, layer_mm = grid.spacing_mm
    lps = RAS_TO_LPS @ grid.affine
    measures, orientation = Dataset(), Dataset()
    measures.PixelSpacing = _decimal([row_mm, column_mm])
    measures.SliceThickness = measures.SpacingBetweenSlices = _decimal([layer_mm])[0]
    orientation.ImageOrientationPatient = _decimal(
        [*(lps[:3, 0] / column_mm), *(lps[:3, 1] / row_mm)]
    )
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [orientation]
    return shared


def _add_dimensions(made: Dataset, series_id: str) -> None:
    organization = Dataset()
    organization.DimensionOrganizationUID = own_uid("dimensions", series_id)
    made.DimensionOrganizationSequence = [organization]
    made.DimensionIndexSequence = []
    for keyword, group in _DIMENSIONS:
        index = Dataset()
        index.DimensionOrganizationUID = organization.DimensionOrganizationUID
        index.DimensionIndexPointer = _tag(keyword)
        index.FunctionalGroupPointer = _tag(group)
        made.DimensionIndexSequence.append(index)


def _tag(keyword: str) -> int:
    probe = Dataset()
    setattr(probe, keyword, None)
    return int(next(iter(probe.keys())))


def _scheme() -> Dataset:
    scheme = Dataset()
    scheme.CodingSchemeDesignator = SCHEME
    scheme.CodingSchemeName = "Kinds of annotations in Neuroscope"
    return scheme


def _coded(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def _referenced(series_id: str, number: int, modality: str) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = series_uid(series_id)
    series.ReferencedInstanceSequence = [
        _instance(series_id, layer, modality) for layer in range(number)
    ]
    return series


def _instance(series_id: str, layer: int, modality: str) -> Dataset:
    instance = Dataset()
    instance.ReferencedSOPClassUID = CTImageStorage if modality == "CT" else MRImageStorage
    instance.ReferencedSOPInstanceUID = own_uid("image", series_id, layer)
    return instance


def _decimal(values: Sequence[float] | NDArray[np.float64]) -> list[float]:
    """Round so that a decimal string (16 characters) holds the value; -0 becomes 0."""
    return [round(float(value), 8) + 0.0 for value in values]
