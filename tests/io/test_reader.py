import json
import random
import re
import shutil
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neuroscope.errors import BadInputError, CanceledError, TooLargeError
from neuroscope.io.nifti import write_nifti
from neuroscope.io.reader import read_study
from neuroscope.settings import Limits

KEY = b"a secret of this installation"
RNG = np.random.default_rng(5)
VOXELS = RNG.integers(0, 900, (40, 44, 12)).astype(np.int16)


def _read(path, limits, **options):
    return read_study(path, key=KEY, limits=limits, **options)


def _pictures(folder, number, *, start=0):
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(start, start + number):
        Image.fromarray(np.full((40, 40), n % 256, np.uint8)).save(folder / f"s{n}.png")
    return folder


def _zipped(folder, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                out.write(path, path.relative_to(folder).as_posix())
    return target


def test_one_picture_is_a_study_of_one_slice(tmp_path, limits):
    found = _read(_pictures(tmp_path, 1) / "s0.png", limits)
    (series,) = found.study.series
    assert series.role == "slice"
    (slice_,) = found.slices[series.id]
    assert (slice_.name, slice_.affine) == ("s0", None)


def test_all_pictures_of_a_folder_are_one_series_in_natural_order(tmp_path, limits):
    found = _read(_pictures(tmp_path, 12), limits)
    (slices,) = found.slices.values()
    assert [one.name for one in slices] == [f"s{n}" for n in range(12)]


def test_slices_of_the_same_name_in_two_folders_keep_apart(tmp_path, limits):
    _pictures(tmp_path / "a" / "x", 2)
    _pictures(tmp_path / "b", 1)
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(tmp_path / "b" / "s0.jpg")
    (slices,) = _read(tmp_path, limits).slices.values()
    assert sorted(one.name for one in slices) == ["a__x__s0", "b__s0.jpg", "b__s0.png", "s1"]


def test_one_unreadable_file_among_500_is_named_and_499_are_read(tmp_path, limits):
    _pictures(tmp_path, 500)
    broken = tmp_path / "s250.png"
    broken.write_bytes(broken.read_bytes()[:60])
    found = _read(tmp_path, limits)
    (slices,) = found.slices.values()
    assert len(slices) == 499
    (refused,) = found.unreadable
    assert refused.name == "s250.png"
    assert "truncated" in refused.problem
    assert refused.fix


def test_a_folder_and_its_zip_are_the_same_study_under_any_names(tmp_path, limits):
    folder = _pictures(tmp_path / "a", 9)
    other = tmp_path / "b"
    other.mkdir()
    names = [f"{n:02d}.png" for n in range(9)]
    random.Random(3).shuffle(names)
    for name, path in zip(names, sorted(folder.iterdir()), strict=True):
        shutil.copy(path, other / name)
    one, two = _read(folder, limits), _read(_zipped(other, tmp_path / "b.zip"), limits)
    assert one.content_hash == two.content_hash
    assert one.study.id == two.study.id
    assert one.study.pseudonym == two.study.pseudonym
    assert [s.id for s in one.study.series] == [s.id for s in two.study.series]


def test_one_changed_pixel_is_another_study(tmp_path, limits):
    folder = _pictures(tmp_path, 3)
    before = _read(folder, limits)
    pixels = np.zeros((40, 40), np.uint8)
    pixels[0, 0] = 1
    Image.fromarray(pixels).save(folder / "s0.png")
    assert _read(folder, limits).content_hash != before.content_hash


def test_another_key_gives_other_ids_and_the_same_content(tmp_path, limits):
    folder = _pictures(tmp_path, 1)
    one, two = _read(folder, limits), read_study(folder, key=b"x", limits=limits)
    assert one.content_hash == two.content_hash
    assert one.study.id != two.study.id
    assert one.study.pseudonym != two.study.pseudonym


def test_every_nifti_is_a_series_with_the_role_of_its_name(tmp_path, limits):
    for n, name in enumerate(("t1", "t1ce", "t2", "flair")):
        write_nifti(VOXELS + n, np.eye(4), tmp_path / f"case_{name}.nii.gz")
    found = _read(tmp_path, limits)
    assert sorted(one.role for one in found.study.series) == ["flair", "t1", "t1c", "t2"]
    assert set(found.volumes) == {one.id for one in found.study.series}


def test_label_maps_are_set_aside_by_name_and_by_content(tmp_path, limits):
    write_nifti(VOXELS, np.eye(4), tmp_path / "t1.nii.gz")
    write_nifti(VOXELS, np.eye(4), tmp_path / "x_seg.nii.gz")
    write_nifti((VOXELS % 4).astype(np.float32), np.eye(4), tmp_path / "fusion.nii.gz")
    found = _read(tmp_path, limits)
    assert [one.role for one in found.study.series] == ["t1"]
    assert "segmentations or masks: 2" in found.study.cautions[0]


def _result_of_ours(folder):
    """What `neuroscope analyze` leaves in a folder, in small."""
    _pictures(folder / "evidence", 2, start=90)
    write_nifti(VOXELS * 1.5, np.eye(4), folder / "evidence.nii.gz")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7")
    (folder / "result.json").write_text(json.dumps({"schema": "neuroscope/result/2"}))
    return folder


@pytest.mark.parametrize("place", ["", "result", "deep/er/result"])
def test_an_earlier_result_of_ours_in_the_folder_is_not_read_as_images(tmp_path, limits, place):
    folder = _pictures(tmp_path / "case", 3)
    before = _read(folder, limits)
    _result_of_ours(folder / place)
    for path in (folder, _zipped(folder, tmp_path / "case.zip")):
        found = _read(path, limits)
        assert found.content_hash == before.content_hash
        assert found.study.cautions == ("Results of earlier analyses set aside: 1.",)
        assert found.unreadable == ()


def test_a_result_json_of_another_program_hides_no_images(tmp_path, limits):
    folder = _result_of_ours(_pictures(tmp_path, 1))
    (folder / "result.json").write_text(json.dumps({"schema": "another/result/2"}))
    (slices,) = _read(folder, limits).slices.values()
    assert len(slices) == 3


def test_a_folder_that_holds_only_our_result_says_so(tmp_path, limits):
    with pytest.raises(BadInputError, match="Results of earlier analyses set aside: 1"):
        _read(_result_of_ours(tmp_path), limits)


def test_a_mask_alone_is_refused_with_the_reason(tmp_path, limits):
    write_nifti(VOXELS, np.eye(4), tmp_path / "x_seg.nii.gz")
    with pytest.raises(BadInputError, match="look like segmentations"):
        _read(tmp_path / "x_seg.nii.gz", limits)


def test_an_empty_scan_is_no_mask_unless_nothing_tells_its_sequence(tmp_path, limits):
    write_nifti(VOXELS, np.eye(4), tmp_path / "t1.nii.gz")
    for name in ("flair.nii.gz", "lesion.nii.gz"):
        write_nifti(np.zeros(VOXELS.shape, np.uint8), np.eye(4), tmp_path / name)
    study = _read(tmp_path, limits).study
    assert sorted(series.role for series in study.series) == ["flair", "t1"]
    assert "look like segmentations or masks: 1." in study.cautions[0]


def test_mask_pictures_beside_their_images_are_set_aside(tmp_path, limits):
    for n in range(3):
        for kind, pixels in (("images", np.arange(1600) % 251), ("masks", np.arange(1600) % 2)):
            (tmp_path / kind).mkdir(exist_ok=True)
            picture = Image.fromarray((pixels + n).astype(np.uint8).reshape(40, 40))
            picture.save(tmp_path / kind / f"{n}.png")
    found = _read(tmp_path, limits)
    (slices,) = found.slices.values()
    assert [one.name for one in slices] == ["images__0", "images__1", "images__2"]
    assert found.study.cautions == ("Pictures set aside because they look like masks: 3.",)


def test_a_nifti_with_air_at_minus_1000_is_taken_as_ct(tmp_path, limits):
    write_nifti(VOXELS - 1000, np.eye(4), tmp_path / "volume.nii.gz")
    (series,) = _read(tmp_path, limits).study.series
    assert series.role == "ct"
    assert "Hounsfield" in series.cautions[0]


def test_the_same_volume_twice_is_one_series(tmp_path, limits):
    write_nifti(VOXELS, np.eye(4), tmp_path / "t1.nii.gz")
    write_nifti(VOXELS, np.eye(4), tmp_path / "copy_t1.nii")
    found = _read(tmp_path, limits)
    assert len(found.study.series) == 1
    assert found.study.cautions == ("Series left out because another holds the same images: 1.",)


def test_everything_in_one_folder_becomes_series_of_their_own(
    tmp_path, limits, planes, write_series
):
    _pictures(tmp_path / "pictures", 2)
    write_nifti(VOXELS, np.eye(4), tmp_path / "t2.nii.gz")
    write_series(tmp_path / "dicom", planes, name=lambda n: f"IM{n}")
    (tmp_path / "notes.txt").write_text("Dear colleague")
    (tmp_path / "table.csv").write_text("a,b")
    found = _read(tmp_path, limits)
    assert sorted(one.role for one in found.study.series) == ["slice", "t1c", "t2"]
    assert found.study.cautions == ("Files set aside because they are no images: 2.",)
    assert found.unreadable == ()


def test_nothing_of_the_patient_is_in_the_records(tmp_path, limits, planes, write_series, caplog):
    caplog.set_level("DEBUG")
    write_series(tmp_path / "SECRET-4711", planes)
    found = _read(tmp_path, limits)
    text = repr(found) + caplog.text
    for secret in ("Doe", "Jane", "SECRET", "19800312", "1.2.3.4"):
        assert secret not in text
    assert re.fullmatch(r"NS-[A-Z2-7]{6}", found.study.pseudonym)


def test_a_patient_keeps_the_pseudonym_over_studies(tmp_path, limits, planes, write_series):
    write_series(tmp_path / "a", planes)
    write_series(tmp_path / "b", planes + 1, tags={"StudyInstanceUID": "8.8"})
    one, two = _read(tmp_path / "a", limits), _read(tmp_path / "b", limits)
    assert one.study.pseudonym == two.study.pseudonym
    assert one.study.date_offset_days == two.study.date_offset_days
    assert one.study.id != two.study.id


def test_nothing_on_the_disk_of_the_user_is_changed(tmp_path, limits, planes, write_series):
    write_series(tmp_path / "s" / "d", planes)
    _pictures(tmp_path / "s", 2)
    packed = _zipped(tmp_path / "s", tmp_path / "s.zip")

    def state():
        return {
            p: (p.stat().st_mtime_ns, p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file()
        }

    before = state()
    _read(tmp_path / "s", limits)
    _read(packed, limits)
    assert state() == before


def test_an_empty_folder_and_a_folder_of_text_say_what_to_give(tmp_path, limits):
    with pytest.raises(BadInputError, match=r"No image was found\. There is no file") as caught:
        _read(tmp_path, limits)
    assert "PNG" in caught.value.fix
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(BadInputError, match="because they are no images: 1"):
        _read(tmp_path, limits)


def test_a_folder_where_nothing_can_be_read_says_how_many_and_why(tmp_path, limits):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "b.png").write_bytes(b"hello, I am no picture")
    with pytest.raises(BadInputError, match=r"None of the 2 files could be read\. The first: The"):
        _read(tmp_path, limits)


def test_a_path_that_does_not_exist_is_refused_without_repeating_it(tmp_path, limits):
    with pytest.raises(BadInputError, match="does not exist") as caught:
        _read(tmp_path / "Doe_Jane", limits)
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", b"", "empty"),
        ("a.nii.gz", b"\x1f\x8b\x08rest", "damaged"),
        ("a.tif", b"II*\0" + bytes(200), "TIFF"),
        ("a.dcm", b"no dicom at all", "despite the name"),
    ],
)
def test_one_bad_file_is_answered_with_its_own_problem(tmp_path, limits, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=said):
        _read(tmp_path / name, limits)


def test_a_zip_in_a_zip_is_named_and_not_opened(tmp_path, limits):
    folder = _pictures(tmp_path / "f", 2)
    _zipped(folder, tmp_path / "inner.zip").rename(folder / "inner.zip")
    found = _read(_zipped(folder, tmp_path / "outer.zip"), limits)
    assert [(one.name, one.problem) for one in found.unreadable] == [
        ("inner.zip", "A zip inside is not opened.")
    ]


def test_more_decoded_bytes_than_the_limit_are_refused(tmp_path):
    with pytest.raises(TooLargeError, match="decode to more than"):
        _read(_pictures(tmp_path, 3), Limits(unpacked_bytes=2 * 40 * 40))


def test_progress_rises_to_1_and_may_cancel(tmp_path, limits, planes, write_series):
    _pictures(tmp_path, 3)
    write_nifti(VOXELS, np.eye(4), tmp_path / "t2.nii.gz")
    write_series(tmp_path / "d", planes)
    told = []
    _read(tmp_path, limits, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(fraction):
        raise CanceledError("Stopped.", fix="Start again.")

    with pytest.raises(CanceledError):
        _read(tmp_path, limits, progress=stop)


@given(contents=st.lists(st.binary(max_size=400), max_size=4), draw=st.data())
@settings(max_examples=100, deadline=None)
def test_random_files_never_raise_anything_else(
    tmp_path_factory, answer_or_refusal, limits, contents, draw
):
    folder = tmp_path_factory.mktemp("fuzz")
    starts = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\x1f\x8b\x08",
        b"PK\x03\x04",
        bytes(128) + b"DICM",
    ]
    for n, content in enumerate(contents):
        suffix = draw.draw(st.sampled_from(["", ".png", ".dcm", ".nii.gz", ".zip"]))
        (folder / f"{n}{suffix}").write_bytes(draw.draw(st.sampled_from(starts)) + content)
    for path in [folder, *folder.iterdir()]:
        found = answer_or_refusal(lambda path=path: _read(path, limits))
        assert isinstance(found, BadInputError) or found.study.series


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "roles"),
    [
        ("brats3d/BraTS-GLI-00001-000", ["flair", "t1", "t1c", "t2"]),
        ("brats3d/Brats18_2013_2_1", ["flair", "t1", "t1c", "t2"]),
        ("brats3d/TCGA-DU-7294", ["flair", "t1", "t1c", "t2"]),
        ("native3d_no_registration", ["flair", "t1", "t1c", "t2"]),
        ("dicom/dcmqi_seg_sr_examples", ["ct"]),
        ("dicom/mr_t1c_VS-SEG-001_slices24-39_of_120", ["t1"]),
    ],
)
def test_real_studies_have_their_series_and_nothing_else(development_data, limits, folder, roles):
    found = _read(development_data / folder, limits)
    assert sorted(one.role for one in found.study.series) == roles
    assert found.unreadable == ()


@pytest.mark.data
def test_three_real_patients_in_one_folder_are_refused(development_data, limits):
    with pytest.raises(BadInputError, match="come from 3 patients"):
        _read(development_data / "dicom", limits)
