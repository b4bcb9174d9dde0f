"""What DICOM says of a sequence: MR Image Storage and CT Image Storage, with times that fit.

PS3.3 C.8.3.1 (MR Image), C.8.2.1 (CT Image), C.7.6.4 (Contrast/Bolus).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, MRImageStorage

from neuroscope.phantom.fields import Number
from neuroscope.phantom.scanner.ct import LEAST_HU, CtProtocol
from neuroscope.phantom.scanner.sequences import CT, AnyProtocol
from neuroscope.phantom.scanner.signal import Protocol
from neuroscope.records.volume import Plane, Volume

CODES: Mapping[Plane, str] = MappingProxyType({"axial": "AX", "coronal": "COR", "sagittal": "SAG"})
DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "t1": "T1",
        "t1c": "T1 POST GD",
        "t2": "T2 TSE",
        "flair": "T2 FLAIR",
        "dwi": "DWI B1000",
        "adc": "ADC",
        "ct": "CT HEAD",
        "ctc": "CT HEAD POST CONTRAST",
        "random": "RANDOM CONTRAST",
    }
)
IMAGE_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dwi": ("ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"),
        "adc": ("DERIVED", "PRIMARY", "DIFFUSION", "ADC"),
        "random": ("DERIVED", "SECONDARY", "OTHER"),
        "ct": ("ORIGINAL", "PRIMARY", "AXIAL"),
        "ctc": ("ORIGINAL", "PRIMARY", "AXIAL"),
    }
)
MR_IMAGE_TYPE = ("ORIGINAL", "PRIMARY", "M")
SCANNING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "spin echo": ("SE", "SK"),
        "mprage": (r"GR\IR", r"SP\MP"),
        "inversion": (r"SE\IR", r"SK\MP"),
        "diffusion": ("EP", "SK"),
    }
)
# As they are scanned: no plain series after an injection of the agent that it would show.
ORDER = ("ct", "ctc", "t1", "t2", "flair", "dwi", "adc", "random", "t1c")
DERIVED_FROM: Mapping[str, str] = MappingProxyType({"adc": "dwi"})
SERIES_TAKES = timedelta(minutes=4)
BOLUS_BEFORE = timedelta(minutes=2)  # the series that shows it
CT_DIAMETER_MM = 500


def add_modality(
    dataset: Dataset, name: str, plane: Plane, protocol: AnyProtocol | None, field_t: Number
) -> None:
    """Say what kind of image this is and how it was made."""
    dataset.SeriesDescription = f"{CODES[plane]} {DESCRIPTIONS[name]}"
    dataset.ImageType = list(IMAGE_TYPES.get(name, MR_IMAGE_TYPE))
    dataset.Modality = "CT" if name in CT else "MR"
    dataset.SOPClassUID = CTImageStorage if name in CT else MRImageStorage
    if isinstance(protocol, CtProtocol):
        _add_ct(dataset, protocol)
    else:
        _add_mr(dataset, name, protocol, field_t)


def _add_mr(dataset: Dataset, name: str, protocol: Protocol | None, field_t: Number) -> None:
    kind = "spin echo" if protocol is None else protocol.kind
    scanning, variant = SCANNING[kind]
    if kind == "spin echo" and protocol is not None and protocol.echo_train == 1:
        variant = "NONE"
    dataset.ScanningSequence, dataset.SequenceVariant = scanning.split("\\"), variant.split("\\")
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "3D" if kind == "mprage" else "2D"
    dataset.FlipAngle = 9 if kind == "mprage" else 90
    dataset.MagneticFieldStrength = field_t
    dataset.ImagingFrequency = round(42.577478 * float(field_t), 4)
    dataset.RepetitionTime = dataset.EchoTime = dataset.EchoTrainLength = None
    if protocol is None:
        return
    dataset.EchoTrainLength = protocol.echo_train
    dataset.NumberOfAverages = protocol.averages
    dataset.PixelBandwidth = round(protocol.bandwidth_hz, 1)
    dataset.RepetitionTime, dataset.EchoTime = round(protocol.tr_ms, 1), round(protocol.te_ms, 1)
    if protocol.ti_ms:
        dataset.InversionTime = round(protocol.ti_ms, 1)
    if protocol.b_value and name == "dwi":
        dataset.DiffusionBValue = float(protocol.b_value)
        dataset.SequenceName = f"ep_b{protocol.b_value:.0f}"
    if name == "adc":
        dataset.DerivationDescription = "Apparent diffusion coefficient, 1e-6 mm2/s (simulated)"
    if protocol.gadolinium:
        dataset.ContrastBolusAgent = "Gadolinium chelate (simulated)"


def _add_ct(dataset: Dataset, protocol: CtProtocol) -> None:
    dataset.KVP = protocol.kvp
    dataset.ConvolutionKernel = protocol.kernel
    dataset.XRayTubeCurrent = int(protocol.tube_current_ma)
    dataset.ExposureTime = int(protocol.exposure_time_ms)
    dataset.Exposure = int(protocol.tube_current_ma * protocol.exposure_time_ms / 1000)
    dataset.ScanOptions = "AXIAL MODE"
    dataset.RotationDirection = "CW"
    dataset.GantryDetectorTilt = 0  # slices are turned, not sheared
    dataset.DataCollectionDiameter = dataset.ReconstructionDiameter = CT_DIAMETER_MM
    if protocol.iodine:
        dataset.ContrastBolusAgent = "Iodine (simulated)"


def add_times(dataset: Dataset, name: str, start: datetime) -> None:
    """Say when the series was scanned; the bolus comes before the series that shows it.

    A map that is computed has the acquisition time of what it is computed from.
    """
    begins = start + SERIES_TAKES * ORDER.index(name)
    acquired = start + SERIES_TAKES * ORDER.index(DERIVED_FROM.get(name, name))
    dataset.SeriesDate = dataset.ContentDate = _date(begins)
    dataset.SeriesTime = dataset.ContentTime = _time(begins)
    dataset.AcquisitionDate, dataset.AcquisitionTime = _date(acquired), _time(acquired)
    if "ContrastBolusAgent" in dataset:
        dataset.ContrastBolusStartTime = _time(begins - BOLUS_BEFORE)
        dataset.ContrastBolusRoute = "IV"


def _date(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


def _time(moment: datetime) -> str:
    return moment.strftime("%H%M%S")


def add_pixel_format(dataset: Dataset, name: str, volume: Volume) -> None:
    """Say how gray values are stored: 12 bits, Hounsfield units above -1024."""
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    is_ct = name in CT
    dataset.RescaleIntercept, dataset.RescaleSlope = LEAST_HU if is_ct else 0, 1
    dataset.RescaleType = "HU" if is_ct else "US"
    brightest = float(np.percentile(volume.voxels, 99.8))
    center, width = (40, 80) if is_ct else (round(brightest / 2), max(1, round(brightest)))
    dataset.WindowCenter, dataset.WindowWidth = center, width
