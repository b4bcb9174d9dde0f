"""`neuroscope phantom`."""

import json

import nibabel as nib


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
