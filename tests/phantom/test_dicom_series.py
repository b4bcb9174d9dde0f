import subprocess
from dataclasses import replace
from datetime import datetime
from itertools import permutations, product
from pathlib import Path

import dcm2niix
import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK

from neuroscope.errors import BadInputError
from neuroscope.io.reader import read_study
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.dicom_series import DicomOptions, uid_for
from neuroscope.phantom.dicom_tags import ORDER, add_times
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.products import write_dicom
from neuroscope.phantom.scanner.options import Scan, ScannerOptions
from neuroscope.phantom.scanner.sequences import EVERY_SEQUENCE
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

TO_LPS = np.array([-1, -1, 1])
AXES = tuple(
    "".join(one) for order in permutations(("RL", "AP", "SI")) for one in product(*order)
)  # all 48 ways columns, rows and slices can run
MARKER = np.array(
    [1, 9, 10]
)  # voxel: right of the array's first corner is left, it lies front and high


@pytest.fixture(scope="module")
def thick_left() -> PhantomCase:
    wish = Wish(side="left", core_ml=15, edema_ml=10)
    return make_case(
        "glioma", seed=8, spacing_mm=2, slice_mm=4, sequences=("t1c", "flair"), wish=wish
    )


@pytest.fixture(scope="module")
def written(thick_left: PhantomCase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dicom") / "out"
    return write_dicom(thick_left, out, options=DicomOptions(shuffle_names=True))


@pytest.fixture(scope="module")
def fused() -> PhantomCase:
    """MR and CT of one head, each with slices of its own."""
    scans = {
        "t1c": Scan(plane="sagittal", slice_mm=6, tilt_deg=10),
        "t2": Scan(plane="coronal", slice_mm=5),
        "ct": Scan(plane="axial", slice_mm=5, tilt_deg=15),
    }
    return make_case(
        "glioma", seed=8, spacing_mm=3, sequences=("t1c", "t2", "dwi", "adc", "ct"), head=True,
        wish=Wish(side="left", core_ml=15, edema_ml=10), scanner=ScannerOptions(scans=scans),
    )  # fmt: skip


@pytest.fixture(scope="module")
def fused_files(fused: PhantomCase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dicom(fused, tmp_path_factory.mktemp("fused") / "out")


@pytest.fixture(scope="module")
def marked(thick_left: PhantomCase) -> PhantomCase:
    """A small block that is bright in one voxel, left, front and high of its middle."""
    voxels = np.full((8, 10, 12), 100, np.float32)
    voxels[tuple(MARKER)] = 1000
    affine = np.diag([2.0, 2.5, 3.0, 1.0])
    affine[:3, 3] = -8.0, -12.0, -16.0
    return replace(thick_left, volumes={"t1": Volume(voxels, affine)}, planes={})


def read_by_position(folder: Path) -> SimpleITK.Image:
    return SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))


@pytest.mark.parametrize("name", ["1_t1c", "2_flair"])
def test_simpleitk_reads_the_same_gray_values_at_the_same_places(thick_left, written, name):
    image = read_by_position(written / name)
    volume = thick_left.volumes[name[2:]]
    rng = np.random.default_rng(0)
    indices = np.stack([rng.integers(0, n, 200) for n in volume.shape], axis=1)

    assert image.GetSpacing() == pytest.approx((2, 2, 4))
    assert image.GetSize() == volume.shape
    for index in indices:
        lps = [float(v) for v in TO_LPS * volume.to_mm(index)]
        at = image.TransformPhysicalPointToContinuousIndex(lps)
        assert at == pytest.approx(np.rint(at), abs=1e-6)
        assert abs(image[[round(v) for v in at]] - volume.voxels[tuple(index)]) <= 0.5


def test_the_left_of_the_patient_has_positive_x_in_dicom(thick_left, written):
    image = read_by_position(written / "1_t1c")
    lps = TO_LPS * np.array(thick_left.truth["center_mm"])

    assert lps[0] > 10
    column = image.TransformPhysicalPointToContinuousIndex([float(v) for v in lps])[0]
    assert column > image.GetSize()[0] / 2  # the right half of the picture


def test_tags_say_what_and_for_what(written: Path):
    first = [pydicom.dcmread(next(folder.iterdir())) for folder in sorted(written.iterdir())]
    t1c, flair = first

    assert t1c.PatientID == "PHANTOM-0008"
    assert str(t1c.PatientName) == "Phantom^0008"
    assert t1c.QualityControlImage == "YES"
    assert "Synthetic" in t1c.ImageComments
    assert "Research use only" in t1c.ImageComments
    assert "Gadolinium" in t1c.ContrastBolusAgent
    assert "ContrastBolusAgent" not in flair
    assert 2000 < flair.InversionTime < 3000
    assert t1c.RepetitionTime > 0
    assert t1c.EchoTime > 0


def test_uids_hold_the_study_together_and_are_unique(written: Path):
    headers = [pydicom.dcmread(path) for path in sorted(written.rglob("*.dcm"))]

    assert len({h.StudyInstanceUID for h in headers}) == 1
    assert len({h.FrameOfReferenceUID for h in headers}) == 1
    assert len({h.SeriesInstanceUID for h in headers}) == 2
    assert len({h.SOPInstanceUID for h in headers}) == len(headers)
    assert all(h.SOPInstanceUID.is_valid and h.SOPInstanceUID.startswith("2.25.") for h in headers)


def test_the_same_parts_give_the_same_uid():
    assert uid_for("phantom", 1) == uid_for("phantom", 1) != uid_for("phantom", 2)


def test_shuffled_names_do_not_follow_position(written: Path):
    paths = sorted((written / "1_t1c").iterdir())
    levels = [float(pydicom.dcmread(path).ImagePositionPatient[2]) for path in paths]

    assert levels != sorted(levels)


def test_compressed_pixels_unpack_to_the_same(thick_left: PhantomCase, tmp_path: Path):
    out = write_dicom(thick_left, tmp_path / "out", options=DicomOptions(compress=True))
    header = pydicom.dcmread(out / "1_t1c" / "IM00020.dcm")

    assert header.file_meta.TransferSyntaxUID.name == "RLE Lossless"
    expected = thick_left.volumes["t1c"].voxels[::-1, ::-1, 19].T
    np.testing.assert_array_equal(header.pixel_array, expected)


@pytest.mark.parametrize("name", ["1_t1c", "2_t2", "3_dwi", "4_adc", "5_ct"])
def test_every_kind_of_series_comes_back_exactly_through_simpleitk(fused, fused_files, name):
    image = read_by_position(fused_files / name)
    volume = fused.volumes[name[2:]]
    rng = np.random.default_rng(0)
    indices = np.stack([rng.integers(0, n, 300) for n in volume.shape], axis=1)

    assert sorted(image.GetSize()) == sorted(volume.shape)
    for index in indices:
        lps = [float(v) for v in TO_LPS * volume.to_mm(index)]
        at = image.TransformPhysicalPointToContinuousIndex(lps)
        assert at == pytest.approx(np.rint(at), abs=1e-5)
        assert image[[round(v) for v in at]] == volume.voxels[tuple(index)]


def test_every_kind_of_series_comes_back_exactly_through_dcm2niix(fused, fused_files, tmp_path):
    done = subprocess.run(
        [dcm2niix.bin, "-z", "n", "-f", "%s", "-o", tmp_path, fused_files],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    for number, volume in enumerate(fused.volumes.values(), start=1):
        image = nib.load(tmp_path / f"{number}.nii")
        assert sorted(image.shape) == sorted(volume.shape)
        index = np.argwhere(np.ones(volume.shape, bool))[::97]
        there = np.linalg.inv(image.affine) @ np.c_[volume.to_mm(index), np.ones(len(index))].T
        nearest = np.rint(there[:3]).astype(int)
        assert np.abs(there[:3] - nearest).max() < 1e-3
        values = np.asarray(image.dataobj)[tuple(nearest)]
        np.testing.assert_array_equal(values, volume.voxels[tuple(index.T)])


def test_a_ct_is_a_ct(fused_files: Path):
    header = pydicom.dcmread(next((fused_files / "5_ct").iterdir()))

    assert header.SOPClassUID.name == "CT Image Storage"
    assert header.Modality == "CT"
    assert header.KVP == 120
    assert header.ConvolutionKernel
    assert (header.RescaleIntercept, header.RescaleSlope, header.RescaleType) == (-1024, 1, "HU")
    assert header.Exposure == header.XRayTubeCurrent * header.ExposureTime / 1000
    assert "RepetitionTime" not in header
    air = header.pixel_array.astype(float) + header.RescaleIntercept
    assert np.median(air[:5, :5]) == pytest.approx(-1000, abs=10)


def test_times_follow_the_scan_and_the_bolus_comes_before_what_shows_it(fused_files: Path):
    first = [pydicom.dcmread(next(folder.iterdir())) for folder in sorted(fused_files.iterdir())]
    t1c, t2, dwi, adc, ct = first

    assert len({h.StudyInstanceUID for h in first}) == 1
    assert len({h.FrameOfReferenceUID for h in first}) == 1
    assert ct.SeriesTime < t2.SeriesTime < dwi.SeriesTime < adc.SeriesTime < t1c.SeriesTime
    assert t2.AcquisitionTime < t1c.ContrastBolusStartTime < t1c.AcquisitionTime
    assert all(h.StudyTime <= h.AcquisitionTime <= h.ContentTime for h in first)
    assert adc.AcquisitionTime == dwi.AcquisitionTime  # it is computed from it
    assert all(h.StudyDate == h.SeriesDate == h.AcquisitionDate for h in first)
    assert dwi.DiffusionBValue == 1000
    assert "ADC" in adc.ImageType


def test_our_reader_tells_the_series_apart(fused: PhantomCase, fused_files: Path):
    study = read_study(fused_files, key=b"key", limits=Limits())
    roles = {series.role: study.volumes[series.id] for series in study.study.series}

    assert set(roles) == {"t1c", "t2", "dwi", "adc", "ct"}
    assert roles["ct"].voxels.min() < -950
    assert roles["ct"].spacing_mm[2] == pytest.approx(5)


def test_echo_trains_are_those_of_the_sequences(fused: PhantomCase, fused_files: Path):
    first = [pydicom.dcmread(next(folder.iterdir())) for folder in sorted(fused_files.iterdir())]
    t1c, t2, dwi, adc, ct = first

    assert t1c.EchoTrainLength == 1
    assert 9 <= t2.EchoTrainLength <= 19
    assert 60 <= dwi.EchoTrainLength == adc.EchoTrainLength <= 128
    for name, header in (("t1c", t1c), ("t2", t2), ("dwi", dwi)):
        assert header.NumberOfAverages == fused.protocols[name].averages
        assert header.PixelBandwidth == pytest.approx(fused.protocols[name].bandwidth_hz, abs=0.1)
    assert "EchoTrainLength" not in ct


def test_no_plain_series_follows_its_contrast_agent():
    start, times = datetime(2026, 1, 1, 8), {}
    for name in ORDER:
        dataset = pydicom.Dataset()
        if name in ("t1c", "ctc"):
            dataset.ContrastBolusAgent = "agent"
        add_times(dataset, name, start)
        times[name] = dataset

    assert set(ORDER) == set(EVERY_SEQUENCE)
    assert times["ct"].AcquisitionTime < times["ctc"].ContrastBolusStartTime
    for plain in set(ORDER) - {"t1c", "ctc"}:
        assert times[plain].AcquisitionTime < times["t1c"].ContrastBolusStartTime


@pytest.mark.parametrize("axes", AXES)
def test_a_marker_on_the_left_is_on_the_left_however_the_slices_run(marked, tmp_path, axes):
    out = write_dicom(marked, tmp_path / "out", options=DicomOptions(axes=axes))
    expected = marked.volumes["t1"].to_mm(MARKER)
    assert expected[0] < -4  # the patient's left

    study = read_study(out, key=b"key", limits=Limits())
    (ours,) = study.volumes.values()
    theirs = read_by_position(out / "1_t1")

    brightest = np.unravel_index(int(np.argmax(ours.voxels)), ours.shape)
    np.testing.assert_allclose(ours.to_mm(np.array(brightest)), expected, atol=1e-4)
    array = SimpleITK.GetArrayFromImage(theirs)
    place = np.unravel_index(int(array.argmax()), array.shape)[::-1]
    found = theirs.TransformIndexToPhysicalPoint([int(v) for v in place])
    np.testing.assert_allclose(np.array(found) * TO_LPS, expected, atol=1e-4)


def test_a_marker_is_on_the_left_for_dcm2niix_too(marked, tmp_path):
    expected = marked.volumes["t1"].to_mm(MARKER)
    for axes in AXES:
        out = write_dicom(marked, tmp_path / axes, options=DicomOptions(axes=axes))
        made = [dcm2niix.bin, "-z", "n", "-f", "one", "-o", out, out / "1_t1"]
        assert subprocess.run(made, capture_output=True).returncode == 0
        image = nib.load(out / "one.nii")
        voxels = np.asarray(image.dataobj)
        place = np.unravel_index(int(voxels.argmax()), voxels.shape)
        found = (image.affine @ [*place, 1])[:3]
        np.testing.assert_allclose(found, expected, atol=1e-3, err_msg=axes)


def test_impossible_axes_are_refused():
    with pytest.raises(BadInputError, match="LRS"):
        DicomOptions(axes="LRS")


def test_another_visit_is_another_study_of_the_same_patient(marked, tmp_path):
    headers = []
    for visit, day in ((0, 0), (1, 91)):
        out = write_dicom(replace(marked, visit=visit, day=day), tmp_path / str(visit))
        headers.append(pydicom.dcmread(out / "1_t1" / "IM00001.dcm"))
    one, two = headers

    assert one.PatientID == two.PatientID
    assert one.StudyInstanceUID != two.StudyInstanceUID
    assert one.FrameOfReferenceUID != two.FrameOfReferenceUID
    assert (one.StudyDate, two.StudyDate) == ("20260101", "20260402")


def test_other_images_of_a_seed_have_other_uids(marked, thick_left, tmp_path):
    uids = set()
    other = replace(marked, volumes={"t1": thick_left.volumes["t1c"]})
    for number, case in enumerate((marked, other)):
        out = write_dicom(case, tmp_path / str(number))
        uids.add(pydicom.dcmread(out / "1_t1" / "IM00001.dcm").SOPInstanceUID)

    assert len(uids) == 2
