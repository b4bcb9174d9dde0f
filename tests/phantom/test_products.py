import errno
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK

from neuroscope.errors import BadInputError, StorageError
from neuroscope.io.nifti import read_nifti
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.course import Course
from neuroscope.phantom.displacement import displacement_of
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.products import write_case, write_series
from neuroscope.phantom.series import SeriesPlan, make_series
from neuroscope.settings import Limits


def test_a_written_study_reads_back_the_same(left_glioma: PhantomCase, tmp_path: Path):
    out = write_case(left_glioma, tmp_path / "out")

    names = ["flair.nii.gz", "segmentation.nii.gz", "t1.nii.gz", "t1c.nii.gz", "t2.nii.gz"]
    assert sorted(path.name for path in out.iterdir()) == [*names, "truth.json"]
    for role, volume in left_glioma.volumes.items():
        image = nib.load(out / f"{role}.nii.gz")
        np.testing.assert_array_equal(np.asarray(image.dataobj), volume.voxels)
        np.testing.assert_allclose(image.affine, volume.affine)
        assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
    labels = nib.load(out / "segmentation.nii.gz")
    np.testing.assert_array_equal(np.asarray(labels.dataobj), left_glioma.segmentation.labels)
    assert labels.get_data_dtype() == np.uint8


def test_truth_is_plain_json(left_glioma: PhantomCase, tmp_path: Path):
    out = write_case(left_glioma, tmp_path / "out")

    truth = json.loads((out / "truth.json").read_text())
    assert truth["schema"] == "neuroscope/phantom-truth/2"
    assert (truth["kind"], truth["seed"], truth["side"]) == ("glioblastoma", 3, "left")
    assert truth == json.loads(json.dumps(dict(left_glioma.truth)))


def test_dicom_lies_beside_when_asked_for(pituitary: PhantomCase, tmp_path: Path):
    out = write_case(pituitary, tmp_path / "out", dicom=True)

    series = sorted(path.name for path in (out / "dicom").iterdir())
    assert series == ["1_t1", "2_t1c", "3_t2", "4_flair"]


def test_a_lesion_on_the_left_is_on_the_left_in_all_48_orientations(left_glioma, tmp_path):
    """Every order and direction of the array's axes, read by us and by SimpleITK."""
    out = write_case(left_glioma, tmp_path / "out")
    image = nib.load(out / "segmentation.nii.gz")
    expected = np.array(left_glioma.truth["center_mm"])
    assert expected[0] < -10
    ways = [
        np.array([[axis, flip] for axis, flip in zip(order, flips, strict=True)], float)
        for order in permutations(range(3))
        for flips in product((1, -1), repeat=3)
    ]
    assert len(ways) == 48
    for number, way in enumerate(ways):
        path = tmp_path / f"{number}.nii.gz"
        nib.save(image.as_reoriented(way), path)
        ours = read_nifti(path, limits=Limits())
        core = ours.to_mm(np.argwhere(ours.voxels % 2 == 1)).mean(0)
        np.testing.assert_allclose(core, expected, atol=1e-2)
        theirs = SimpleITK.ReadImage(path)
        index = np.argwhere(SimpleITK.GetArrayFromImage(theirs) % 2 == 1)[:, ::-1].mean(0)
        found = theirs.TransformContinuousIndexToPhysicalPoint([float(v) for v in index])
        np.testing.assert_allclose(np.array(found) * [-1, -1, 1], expected, atol=1e-2)


@pytest.fixture(scope="module")
def plan() -> SeriesPlan:
    return SeriesPlan(days=(0, 45), course=Course(doubling_days=60))


def made(plan: SeriesPlan) -> Iterator[PhantomCase]:
    wish = Wish(core_ml=15, edema_ml=10)
    return make_series(
        "glioma", seed=6, plan=plan, spacing_mm=4, sequences=("t1c", "flair"), wish=wish
    )


@pytest.fixture(scope="module")
def series_folder(plan: SeriesPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("series") / "out"
    return write_series(made(plan), plan, out, dicom=True, displacement=True)


def test_a_series_is_a_folder_of_studies_with_a_truth_of_its_own(series_folder: Path):
    assert sorted(p.name for p in series_folder.iterdir()) == ["tp0", "tp1", "truth.json"]
    for number in range(2):
        names = {path.name for path in (series_folder / f"tp{number}").iterdir()}
        assert names == {"t1c.nii.gz", "flair.nii.gz", "segmentation.nii.gz", "truth.json",
                         "displacement.nii.gz", "dicom"}  # fmt: skip
    whole = json.loads((series_folder / "truth.json").read_text())
    last = json.loads((series_folder / "tp1" / "truth.json").read_text())
    labels = np.asarray(nib.load(series_folder / "tp1" / "segmentation.nii.gz").dataobj)
    assert whole["schema"] == "neuroscope/phantom-series-truth/2"
    assert whole["days"] == [0, 45]
    assert whole["dates"] == ["2026-01-01", "2026-02-15"]
    assert last["rano_by_volume"] == whole["visits"][1]["rano_by_volume"] == "PD"
    assert last["core_ml"] == pytest.approx((labels % 2 == 1).sum() * 0.064)


def members(truth: dict) -> set[str]:
    """Name the members of a truth, of its rows of lesions and of its visits."""
    rows = [*truth["lesions"], *truth.get("visits", [])]
    return set(truth).union(*rows)


def test_every_member_of_the_truth_is_documented(series_folder: Path):
    page = Path(__file__).parents[2] / "docs" / "explanation" / "phantom-series.md"
    text = page.read_text(encoding="utf-8")
    for path in (series_folder / "truth.json", series_folder / "tp1" / "truth.json"):
        for member in members(json.loads(path.read_text())):
            assert f"`{member}`" in text, member


def test_the_visits_of_a_series_are_studies_of_one_patient(series_folder: Path):
    visits = [
        [pydicom.dcmread(path) for path in sorted((series_folder / f"tp{n}").rglob("*.dcm"))]
        for n in range(2)
    ]
    assert len({h.PatientID for headers in visits for h in headers}) == 1
    assert [{h.StudyDate for h in headers} for headers in visits] == [{"20260101"}, {"20260215"}]
    studies = [{h.StudyInstanceUID for h in headers} for headers in visits]
    frames = [{h.FrameOfReferenceUID for h in headers} for headers in visits]
    assert [len(s) for s in studies] == [len(f) for f in frames] == [1, 1]
    assert studies[0] != studies[1]
    assert frames[0] != frames[1]


def test_the_displacement_is_a_vector_image_in_ras_millimeters(series_folder: Path, plan):
    image = nib.load(series_folder / "tp0" / "displacement.nii.gz")
    labels = nib.load(series_folder / "tp0" / "segmentation.nii.gz")

    assert image.shape == (*labels.shape, 1, 3)
    assert image.header.get_intent()[0] == "vector"
    np.testing.assert_allclose(image.affine, labels.affine)
    expected = displacement_of(next(made(plan)))
    np.testing.assert_allclose(np.asarray(image.dataobj)[:, :, :, 0], expected, atol=1e-6)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "no space")])
def test_a_series_that_is_cut_short_leaves_nothing(plan, error, tmp_path: Path):
    def cut_short() -> Iterator[PhantomCase]:
        yield next(made(plan))
        raise error

    wanted = StorageError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(wanted):
        write_series(cut_short(), plan, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_in_the_middle_of_a_study_leaves_nothing(
    left_glioma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    written = []

    def full_after_two(image, path) -> None:
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        Path(path).write_bytes(b"half")

    monkeypatch.setattr(nib, "save", full_after_two)
    with pytest.raises(StorageError, match="disk is full"):
        write_case(left_glioma, tmp_path / "out")
    assert len(written) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_leaves_nothing_that_looks_whole(tmp_path: Path):
    """What a killed process leaves has a name that no one takes for a study."""
    code = (
        "import os, sys; from pathlib import Path\n"
        "from neuroscope.phantom.folder import whole_folder\n"
        "with whole_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 't1.nii.gz').write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False)
    assert not (tmp_path / "out").exists()
    assert all(p.name.startswith(".") and p.name.endswith(".part") for p in tmp_path.iterdir())


def test_fewer_visits_than_planned_are_refused(plan, left_glioma, tmp_path: Path):
    first = replace(left_glioma, truth={**left_glioma.truth, "day": 0})
    with pytest.raises(BadInputError, match=r"plan has 2 visits, 1 were made"):
        write_series([first], plan, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
