import random

import numpy as np
import pytest
import SimpleITK
from pydicom.uid import CTImageStorage

from neuroscope.errors import BadInputError, CanceledError
from neuroscope.io.archive import Source
from neuroscope.io.dicom import read_dicom
from neuroscope.records.geometry import axis_codes

AXIAL, CORONAL, SAGITTAL = (1, 0, 0, 0, 1, 0), (1, 0, 0, 0, 0, -1), (0, 1, 0, 0, 0, -1)
_TURN = np.radians(20)
OBLIQUE = (np.cos(_TURN), np.sin(_TURN), 0, 0, 0, -1)
_ROW = np.array([np.cos(_TURN), 0, np.sin(_TURN)])
_COLUMN = np.cross([-0.6 * np.sin(_TURN), 0.8, 0.6 * np.cos(_TURN)], _ROW)
DOUBLE_OBLIQUE = (*_ROW, *_COLUMN)


def _sources(paths, *, seed=0):
    sources = [Source(path, path.name) for path in paths]
    random.Random(seed).shuffle(sources)
    return sources


def _read(paths, limits):
    return read_dicom(_sources(paths), limits=limits)


def _by_simpleitk(folder):
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def _lps(image, index):
    return np.array(image.TransformIndexToPhysicalPoint([int(n) for n in index]))


@pytest.mark.parametrize(
    ("orientation", "codes"),
    [
        (AXIAL, "LPS"),
        (CORONAL, "LIP"),
        (SAGITTAL, "PIR"),
        (OBLIQUE, "LIP"),
        ((-1, 0, 0, 0, 1, 0), "RPI"),
        ((0, 1, 0, 1, 0, 0), "PLI"),
        ((0, 0, 1, 1, 0, 0), "SLP"),
    ],
)
def test_a_marker_lands_at_its_place_in_every_plane(
    tmp_path, limits, planes, write_series, orientation, codes
):
    marked = np.zeros_like(planes)
    marked[3, 30, 5] = 1000  # plane 3, row 30, column 5
    paths = write_series(tmp_path / "s", marked, orientation=orientation)
    (series,) = _read(paths, limits).series

    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    place = np.array([-30.0, -40.0, 12.5]) + 5 * 0.75 * row + 30 * 1.5 * column
    place += 3 * 2.0 * np.cross(row, column)
    volume = series.image
    (found,) = np.argwhere(volume.voxels == 1000)
    np.testing.assert_allclose(volume.to_mm(found), place * [-1, -1, 1], atol=1e-5)
    assert axis_codes(volume.affine) == codes
    assert volume.shape == (40, 36, 5)


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, SAGITTAL, OBLIQUE, DOUBLE_OBLIQUE])
def test_voxels_and_places_agree_with_simpleitk(
    tmp_path, limits, planes, write_series, orientation
):
    paths = write_series(tmp_path / "s", planes, orientation=orientation)
    (series,) = _read(paths, limits).series
    volume, oracle = series.image, _by_simpleitk(tmp_path / "s")
    values = SimpleITK.GetArrayFromImage(oracle).transpose(2, 1, 0)
    for index in ((0, 0, 0), (39, 0, 0), (0, 35, 0), (0, 0, 4), (17, 3, 2)):
        there = oracle.TransformPhysicalPointToIndex(
            (volume.to_mm(list(index)) * [-1, -1, 1]).tolist()
        )
        assert volume.voxels[index] == values[there]
        np.testing.assert_allclose(
            volume.to_mm(list(index)) * [-1, -1, 1], _lps(oracle, there), atol=1e-3
        )


def test_a_multi_frame_object_equals_its_single_frames(
    tmp_path, limits, planes, write_series, write_enhanced
):
    single = _read(write_series(tmp_path / "s", planes), limits).series[0].image
    multi = _read([write_enhanced(tmp_path / "e", planes, [3, 1, 4, 0, 2])], limits).series[0].image
    np.testing.assert_array_equal(single.voxels, multi.voxels)
    np.testing.assert_allclose(single.affine, multi.affine)


def test_names_and_suffixes_do_not_matter(tmp_path, limits, planes, write_series):
    plain = _read(write_series(tmp_path / "a", planes), limits).series[0].image
    paths = write_series(tmp_path / "b", planes, name=lambda n: f"IM{(7 * n) % 5}")
    odd = _read(paths, limits).series[0].image
    np.testing.assert_array_equal(plain.voxels, odd.voxels)
    np.testing.assert_array_equal(plain.affine, odd.affine)


def test_several_series_come_in_the_order_of_their_numbers(tmp_path, limits, planes, write_series):
    t2 = {"SeriesInstanceUID": "7.7", "SeriesNumber": 9, "SeriesDescription": "AX T2"}
    paths = write_series(tmp_path / "a", planes, tags=t2) + write_series(tmp_path / "b", planes)
    found = _read(paths, limits)
    assert [one.role for one in found.series] == ["t1c", "t2"]
    assert [one.description for one in found.series] == ["AX T1 POST", "AX T2"]


def test_localizers_and_reports_are_set_aside_and_counted(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path / "a", planes)
    paths += write_series(tmp_path / "b", planes[:3], tags={"SeriesDescription": "localizer"})
    paths += write_series(tmp_path / "c", planes[:1], tags={"Modality": "SR"})
    found = _read(paths, limits)
    assert len(found.series) == 1
    assert found.cautions == (
        "DICOM files set aside because they are no scans: 3 x localizer, 1 x structured report.",
    )
    assert found.unreadable == ()


def test_two_patients_are_refused_by_number_and_never_by_name(
    tmp_path, limits, planes, write_series
):
    paths = write_series(tmp_path / "a", planes)
    paths += write_series(tmp_path / "b", planes, tags={"PatientID": "SECRET-2"})
    with pytest.raises(BadInputError, match="come from 2 patients") as caught:
        _read(paths, limits)
    for secret in ("SECRET", "Doe", "1.2.3"):
        assert secret not in str(caught.value)


def test_two_examinations_of_one_patient_are_a_caution(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path / "a", planes)
    paths += write_series(
        tmp_path / "b", planes, tags={"StudyInstanceUID": "5.5", "SeriesInstanceUID": "5.6"}
    )
    assert "from 2 examinations" in _read(paths, limits).cautions[0]


def test_a_missing_slice_leaves_its_place_empty(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path / "a", planes)
    (series,) = _read([*paths[:2], *paths[3:]], limits).series
    assert series.image.shape == (40, 36, 5)
    assert np.all(series.image.voxels[:, :, 2] == planes.min())
    np.testing.assert_array_equal(series.image.voxels[:, :, 3], planes[3].T)
    assert "Missing slices" in series.cautions[0]


def test_a_damaged_slice_is_named_and_counts_as_missing(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path / "a", planes)
    paths[2].write_bytes(paths[2].read_bytes()[:-500])
    found = _read(paths, limits)
    assert [one.name for one in found.unreadable] == ["2.dcm"]
    assert "Missing slices, left empty: 1 of 5" in found.series[0].cautions[0]


def test_the_same_slice_twice_is_used_once(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path / "a", planes)
    copy = tmp_path / "copy"
    copy.write_bytes(paths[2].read_bytes())
    found = _read([*paths, copy], limits)
    np.testing.assert_array_equal(found.series[0].image.voxels, planes.transpose(2, 1, 0))
    assert "left out: 1" in found.cautions[0]


def test_slices_without_a_grid_keep_their_own_places(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path / "a", planes, step=[0, 1, 2.5, 3, 7.3], orientation=CORONAL)
    (series,) = _read(paths, limits).series
    assert [one.plane for one in series.image] == ["coronal"] * 5
    first = series.image[0]
    np.testing.assert_allclose((first.affine @ [2, 3, 0, 1])[:3], [30 - 2.25, 40, 12.5 - 3])
    # The normal of a coronal plane, row x column, points to the front: -y in LPS is +y in RAS.
    assert np.diff([one.position_mm for one in series.image]) == pytest.approx(
        np.array([1, 1.5, 0.5, 4.3]) * -np.sign(np.cross(CORONAL[:3], CORONAL[3:])[1]), abs=1e-6
    )


def test_images_without_a_place_become_slices(tmp_path, limits, planes, write_series):
    def nowhere(n):
        return {"ImagePositionPatient": None, "InstanceNumber": 10 - n}

    (series,) = _read(write_series(tmp_path / "a", planes, per_slice=nowhere), limits).series
    assert [one.name for one in series.image] == [f"slice-00{n}" for n in range(1, 6)]
    np.testing.assert_array_equal(series.image[0].pixels, planes[4])  # by instance number
    assert "do not say where" in series.cautions[0]


def test_ct_is_told_and_keeps_hounsfield_units(tmp_path, limits, planes, write_series):
    tags = {"RescaleSlope": 1, "RescaleIntercept": -1024, "KVP": 120}
    (series,) = _read(
        write_series(tmp_path / "a", planes, sop_class=CTImageStorage, tags=tags), limits
    ).series
    assert series.role == "ct"
    assert series.acquisition["KVP"] == 120
    np.testing.assert_array_equal(series.image.voxels, planes.transpose(2, 1, 0) - 1024)


def test_nothing_of_the_patient_stays(tmp_path, limits, planes, write_series):
    tags = {"InstitutionName": "St. Elsewhere", "ContrastBolusAgent": "Doe"}
    (series,) = _read(write_series(tmp_path / "a", planes, tags=tags), limits).series
    kept = repr((series.description, dict(series.acquisition), series.cautions))
    for secret in ("Doe", "Jane", "SECRET", "1980", "Elsewhere", "1.2.3"):
        assert secret not in kept


def test_progress_rises_to_1_and_may_cancel(tmp_path, limits, planes, write_series):
    paths = write_series(tmp_path / "a", planes)
    told = []
    read_dicom(_sources(paths), limits=limits, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(fraction):
        raise CanceledError("Stopped.", fix="Start again.")

    with pytest.raises(CanceledError):
        read_dicom(_sources(paths), limits=limits, progress=stop)


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "role", "shape"),
    [
        ("ct_head_cancer_slices15-34_of_35", "ct", (512, 512, 20)),
        ("mr_t1c_VS-SEG-001_slices24-39_of_120", "t1", (512, 512, 16)),
        ("dcmqi_seg_sr_examples/ct-3slice", "ct", (512, 512, 3)),
    ],
)
def test_real_series_agree_with_simpleitk(development_data, limits, folder, role, shape):
    path = development_data / "dicom" / folder
    (series,) = _read(sorted(path.glob("*.dcm")), limits).series
    volume, oracle = series.image, _by_simpleitk(path)
    assert (series.role, volume.shape) == (role, shape)
    values = SimpleITK.GetArrayFromImage(oracle).transpose(2, 1, 0)
    for index in ((0, 0, 0), (500, 7, 1), (250, 300, shape[2] - 1)):
        there = oracle.TransformPhysicalPointToIndex(
            (volume.to_mm(list(index)) * [-1, -1, 1]).tolist()
        )
        assert volume.voxels[index] == values[there]
        np.testing.assert_allclose(
            volume.to_mm(list(index)) * [-1, -1, 1], _lps(oracle, there), atol=1e-2
        )


@pytest.mark.data
def test_real_reports_and_segmentations_are_set_aside(development_data, limits):
    found = _read(sorted((development_data / "dicom/dcmqi_seg_sr_examples").glob("*.dcm")), limits)
    assert found.series == ()
    assert "2 x segmentation, 1 x structured report" in found.cautions[0]
