"""`neuroscope evaluate segmentation`: scores worked out by hand, and what is refused."""

import csv

import numpy as np
import pytest

from neuroscope.io.nifti import write_nifti

GRID = np.diag([1.5, 1.0, 1.0, 1.0])
SHAPE = (60, 48, 44)
FIRST = (slice(5, 15), slice(6, 16), slice(7, 17))  # 10 x 10 x 10 voxels of 1.5 mm3
SHIFTED = (slice(7, 17), slice(6, 16), slice(7, 17))  # by 2 voxels, 3 mm
SECOND = (slice(40, 46), slice(30, 36), slice(30, 36))  # 6 x 6 x 6 voxels
ELSEWHERE = (slice(40, 46), slice(6, 12), slice(30, 36))


def save(path, *cubes, value=3, affine=GRID):
    """Write cubes of one label; a cube of label 3 is whole tumor, core and enhancing tumor."""
    labels = np.zeros(SHAPE, np.uint8)
    for cube in cubes:
        labels[cube] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    write_nifti(labels, affine, path)
    return path


@pytest.fixture
def cohort(tmp_path):
    """Two cases: a cube that is found 3 mm off; two cubes of which one is missed, one more false.

    The answer to the second lies in a folder as `neuroscope segment` leaves it.
    """
    save(tmp_path / "truth" / "moved.nii.gz", FIRST)
    save(tmp_path / "found" / "moved.nii.gz", SHIFTED)
    save(tmp_path / "truth" / "missed.nii.gz", FIRST, SECOND)
    save(tmp_path / "found" / "missed" / "segmentation.nii.gz", FIRST, ELSEWHERE)
    return tmp_path / "found", tmp_path / "truth"


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["case"], row["region"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("region", ["WT", "TC", "ET"])
def test_two_cubes_score_what_was_worked_out_by_hand(command, cohort, tmp_path, region):
    found, truth = cohort
    code, told, said = command(
        "evaluate", "segmentation", found, "--truth", truth, "--out", tmp_path / "scores.csv"
    )
    assert code == 0, said
    rows = table(tmp_path / "scores.csv")
    moved, missed = rows["moved", region], rows["missed", region]
    # 8 of 10 layers are shared: 2 * 800 / 2000. A fifth of the surface, the far face, is 3 mm off.
    assert (moved["dice"], moved["hd95_mm"]) == ("0.8000", "3.0000")
    assert (moved["lesion_dice"], moved["lesion_hd95_mm"]) == ("0.8000", "3.0000")
    assert (moved["ml"], moved["reference_ml"]) == ("1.5000", "1.5000")
    # 1000 of 1216 voxels are shared. By lesion: one perfect, one missed and one false (0, 374 mm).
    assert missed["dice"] == f"{2000 / 2432:.4f}"
    assert (missed["lesion_dice"], missed["lesion_hd95_mm"]) == ("0.3333", "249.3333")
    counted = (missed["lesions_found"], missed["lesions_missed"], missed["lesions_false"])
    assert counted == ("1", "1", "1")
    assert f"mean dice of {region}: {(0.8 + 2000 / 2432) / 2:.4f}, n = 2" in told


def test_a_challenge_brings_its_own_rule_of_lesions(command, tmp_path):
    near = (slice(16, 20), slice(6, 16), slice(7, 17))  # one layer lies between them
    truth = save(tmp_path / "truth.nii.gz", FIRST, near)
    found = save(tmp_path / "found.nii.gz", FIRST)
    speck = (slice(40, 42), slice(30, 33), slice(30, 33))  # 27 mm3
    small = save(tmp_path / "small.nii.gz", FIRST, speck)
    scores = {}
    for challenge in ("GLI", "MET"):
        for name, reference in (("near", truth), ("small", small)):
            out = tmp_path / f"{challenge}-{name}.csv"
            code, _, said = command(
                "evaluate", "segmentation", found, "--truth", reference,
                "--challenge", challenge, "--out", out,
            )  # fmt: skip
            assert code == 0, said
            scores[challenge, name] = float(table(out)["found", "WT"]["lesion_dice"])
    joined = 2000 / 2400  # grown by 3 or by 1 voxel the two parts meet: one lesion
    assert scores["GLI", "near"] == scores["MET", "near"] == pytest.approx(joined, abs=1e-4)
    assert scores["GLI", "small"] == 1.0  # 50 mm3 and less are not judged
    assert scores["MET", "small"] == 0.5


def test_one_result_is_compared_with_one_file(command, tmp_path):
    save(tmp_path / "result" / "segmentation.nii.gz", FIRST)
    save(tmp_path / "result" / "uncertainty.nii.gz", FIRST)
    truth = save(tmp_path / "expert.nii.gz", SHIFTED)
    code, told, said = command("evaluate", "segmentation", tmp_path / "result", "--truth", truth)
    assert code == 0, said
    assert "case result  region WT  dice 0.8000  hd95_mm 3.0000" in told


def test_another_grid_is_said(command, tmp_path):
    found = save(tmp_path / "found.nii.gz", FIRST)
    moved = GRID.copy()
    moved[0, 3] = -3.0  # the same voxels, two steps to the left
    truth = save(tmp_path / "truth.nii.gz", SHIFTED, affine=moved)
    code, told, said = command("evaluate", "segmentation", found, "--truth", truth)
    assert code == 0, said
    assert "region WT  dice 1.0000" in told
    assert "The grids differed" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("found/moved.nii.gz", "--truth", "nowhere.nii.gz"), "nothing at 'nowhere.nii.gz'"),
        (("nowhere", "--truth", "truth"), "nothing at 'nowhere'"),
        (("found", "--truth", "empty"), "The folder 'empty' holds no NIfTI files"),
        (("found/missed", "--truth", "truth"), "2 of 2 references have no segmentation"),
        (("found", "--truth", "truth", "--challenge", "KNEE"), "There is no challenge 'KNEE'"),
    ],
)
def test_what_cannot_be_compared_ends_with_2(command, cohort, tmp_path, monkeypatch, options, said):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    code, told, why = command("evaluate", "segmentation", *options)
    assert code == 2
    assert said in why
    assert told == ""


def test_a_table_that_cannot_be_written_is_no_bug(command, cohort, tmp_path):
    found, truth = cohort
    code, _, said = command(
        "evaluate", "segmentation", found, "--truth", truth, "--out", tmp_path / "no" / "s.csv"
    )
    assert code == 1
    assert "The table cannot be written" in said
