"""`neuroscope phantom`."""

import json

import nibabel as nib
import numpy as np


def test_nifti_comes_with_its_truth(command, tmp_path):
    out = tmp_path / "case"
    code, _, err = command(
        "phantom", "--kind", "pituitary", "--out", out, "--spacing", 4, "--sequences", "t1c"
    )
    assert code == 0, err
    assert nib.load(out / "t1c.nii.gz").ndim == 3
    assert json.loads((out / "truth.json").read_text())["kind"] == "pituitary"


def test_slices_are_pictures(command, tmp_path):
    out = tmp_path / "case"
    arguments = ("--spacing", 4, "--sequences", "t2", "--slices")
    assert command("phantom", "--kind", "none", "--out", out, *arguments)[0] == 0
    assert len(list(out.glob("*.png"))) == 3


def test_unknown_words_end_with_2(command, tmp_path):
    out = tmp_path / "case"
    assert command("phantom", "--kind", "unicorn", "--out", out)[0] == 2
    assert command("phantom", "--kind", "none", "--out", out, "--dicom", "--slices")[0] == 2
    assert command("phantom", "--kind", "none", "--out", out, "--spacing", 99)[0] == 2
    assert not out.exists()


def test_a_folder_with_files_is_not_overwritten(command, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    code, _, err = command("phantom", "--kind", "none", "--out", tmp_path, "--spacing", 4)
    assert code == 2
    assert "Fix:" in err


def test_dicom_stands_beside_the_volumes(command, tmp_path):
    out = tmp_path / "case"
    arguments = ("--kind", "none", "--out", out, "--spacing", 4, "--sequences", "t1c", "--dicom")
    assert command("phantom", *arguments)[0] == 0
    assert (out / "t1c.nii.gz").is_file()
    assert list(out.rglob("*.dcm"))


def test_a_ct_comes_with_a_head_in_hounsfield_units(command, tmp_path):
    out = tmp_path / "case"
    arguments = ("--kind", "none", "--out", out, "--spacing", 4, "--sequences", "t1", "--ct")
    code, _, err = command("phantom", *arguments)
    assert code == 2
    assert "--head" in err
    assert command("phantom", *arguments, "--head", "--dicom")[0] == 0
    ct = nib.load(out / "ct.nii.gz").get_fdata()
    assert ct.min() < -950
    assert ct.max() > 500
    assert (out / "dicom" / "2_ct").is_dir()


def test_a_clinical_study_has_slices_of_its_own(command, tmp_path):
    out = tmp_path / "case"
    arguments = ("--spacing", 4, "--sequences", "t1,t2", "--clinical", "--field", 1.5, "--seed", 3)
    code, _, err = command("phantom", "--kind", "none", "--out", out, *arguments)
    assert code == 0, err
    labels = nib.load(out / "segmentation.nii.gz")
    volumes = [nib.load(path) for path in out.glob("t*.nii.gz")]
    assert volumes
    assert any(volume.shape != labels.shape for volume in volumes)


def test_a_field_that_no_scanner_has_is_refused(command, tmp_path):
    arguments = ("--kind", "none", "--out", tmp_path / "case", "--field", 7)
    assert command("phantom", *arguments)[0] == 2


def test_a_series_has_a_folder_for_each_visit(command, tmp_path):
    out = tmp_path / "series"
    code, _, err = command(
        "phantom", "--kind", "glioblastoma", "--out", out, "--spacing", 4, "--sequences", "t1c",
        "--timepoints", 2, "--law", "exponential", "--interval-days", 30, "--doubling-days", 40,
        "--displacement", "--seed", 7,
    )  # fmt: skip
    assert code == 0, err
    truth = json.loads((out / "truth.json").read_text())
    assert (truth["law"], truth["days"], truth["doubling_days"]) == ("exponential", [0, 30], 40)
    for visit in ("tp0", "tp1"):
        names = ["displacement.nii.gz", "segmentation.nii.gz", "t1c.nii.gz", "truth.json"]
        assert sorted(path.name for path in (out / visit).iterdir()) == names


def test_an_impossible_series_ends_with_2_and_leaves_nothing(command, tmp_path):
    out = tmp_path / "series"
    for wishes in (("--law", "linear"), ("--timepoints", 99), ("--timepoints", 2, "--slices")):
        assert command("phantom", "--kind", "glioma", "--out", out, *wishes)[0] == 2
        assert not out.exists()


def test_a_glioma_takes_the_outline_of_a_label_file(command, tmp_path):
    labels = np.zeros((60, 60, 60), np.uint8)
    labels[14:26, 26:36, 28:38] = 2
    labels[17:24, 28:34, 30:36] = 4
    path = tmp_path / "labels.nii.gz"
    nib.save(nib.Nifti1Image(labels, np.diag([3.0, 3.0, 3.0, 1.0])), path)
    arguments = ("--spacing", 3, "--sequences", "t1c", "--shape", path)
    code, _, err = command("phantom", "--kind", "glioma", "--out", tmp_path / "a", *arguments)

    assert code == 0, err
    truth = json.loads((tmp_path / "a" / "truth.json").read_text())
    assert abs(truth["volumes_ml"]["ET"] - (labels == 4).sum() * 0.027) <= 0.027
    assert command("phantom", "--kind", "ms", "--out", tmp_path / "b", *arguments)[0] == 2


def test_labels_of_another_data_set_come_with_their_regions(command, tmp_path):
    arguments = ("--kind", "glioblastoma", "--spacing", 4, "--sequences", "t1c", "--seed", 7)
    usual, other = tmp_path / "usual", tmp_path / "other"
    assert command("phantom", *arguments, "--out", usual)[0] == 0
    code, _, err = command("phantom", *arguments, "--out", other, "--labels", "brats2020")
    assert code == 0, err
    ours, theirs = (
        np.asarray(nib.load(out / "segmentation.nii.gz").dataobj) for out in (usual, other)
    )
    np.testing.assert_array_equal(np.where(ours == 3, 4, ours), theirs)
    table = json.loads((other / "truth.json").read_text())["labels"]
    assert table["regions"]["TC"] == [1, 4]


def test_the_line_of_the_contract_works(command, tmp_path):
    """As the issue writes it, but coarse: MR and CT of a head, four visits, also as DICOM."""
    out = tmp_path / "series"
    code, _, err = command(
        "phantom", "--kind", "glioblastoma", "--seed", 7, "--spacing", 4, "--sequences",
        "t1,t1c,t2,flair", "--timepoints", 4, "--out", out, "--dicom", "--head", "--ct",
    )  # fmt: skip
    assert code == 0, err
    names = [f"{name}.nii.gz" for name in ("ct", "flair", "segmentation", "t1", "t1c", "t2")]
    for visit in range(4):
        found = sorted(path.name for path in (out / f"tp{visit}").iterdir())
        assert found == sorted([*names, "dicom", "truth.json"])


def test_an_atrophy_is_told_in_the_truth_and_an_impossible_one_refused(command, tmp_path):
    out = tmp_path / "case"
    arguments = ("--kind", "none", "--out", out, "--spacing", 4, "--sequences", "t1", "--atrophy")
    code, _, err = command("phantom", *arguments, 1.5)
    assert code == 2
    assert "the nearest is 1" in err
    assert not out.exists()
    assert command("phantom", *arguments, 0.9)[0] == 0
    assert json.loads((out / "truth.json").read_text())["atrophy"] == 0.9


def test_side_volumes_and_number_are_those_that_were_asked_for(command, tmp_path):
    out = tmp_path / "case"
    arguments = ("--kind", "metastases", "--out", out, "--spacing", 4, "--sequences", "t1c")
    wishes = ("--side", "left", "--core-ml", 2, "--edema-ml", 3, "--lesions", 3)
    code, _, err = command("phantom", *arguments, *wishes)
    assert code == 0, err
    truth = json.loads((out / "truth.json").read_text())
    assert truth["side"] == "left"
    assert len(truth["lesions"]) == 3
    assert (truth["wanted_core_ml"], truth["wanted_edema_ml"]) == (6, 9)


def test_wishes_that_do_not_fit_are_refused_with_the_nearest_possible(command, tmp_path):
    out = tmp_path / "case"
    for kind, wishes, nearest in (
        ("glioblastoma", ("--core-ml", 200), "120 ml"),
        ("metastases", ("--lesions", 12), "1 to 9"),
        ("metastases", ("--lesions", 9, "--core-ml", 40), "nearest possible is 6"),
        ("none", ("--side", "left"), "another kind"),
    ):
        code, _, err = command("phantom", "--kind", kind, "--out", out, "--spacing", 4, *wishes)
        assert code == 2
        assert nearest in " ".join(err.split())
        assert not out.exists()
