from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.dicom_series import DicomOptions, uid_for
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.products import write_dicom

TO_LPS = np.array([-1, -1, 1])


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
    assert str(t1c.PatientName) == "Phantom^Glioblastoma"
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
