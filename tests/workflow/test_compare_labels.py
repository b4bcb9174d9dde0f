"""Comparing label files, whatever grid and scheme they come in."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import write_nifti
from neuroscope.settings import Limits
from neuroscope.workflow.compare_labels import compare_segmentations

RAS = np.diag([1.0, 1.0, 1.0, 1.0])


def labels() -> np.ndarray:
    made = np.zeros((40, 44, 36), np.uint8)
    made[5:25, 8:28, 6:26] = 2
    made[8:18, 11:21, 9:19] = 3
    made[11:15, 14:18, 12:16] = 1
    return made


def save(path, array, affine=RAS):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_nifti(array, affine, path)
    return path


def test_the_same_labels_agree_in_another_orientation_and_scheme(tmp_path):
    lps = np.diag([-1.0, -1.0, 1.0, 1.0])
    lps[:2, 3] = [39, 43]
    truth = save(tmp_path / "truth.nii.gz", np.where(labels() == 3, 4, labels())[::-1, ::-1], lps)
    (case,) = compare_segmentations(
        save(tmp_path / "found.nii.gz", labels()), truth, limits=Limits()
    )

    assert [region.dice for region in case.regions] == [1.0, 1.0, 1.0]
    assert any("grids differed" in caution for caution in case.cautions)


def test_our_own_result_is_never_guessed(tmp_path):
    """Edema within a core without enhancement would be read as labels of MSD."""
    made = np.zeros((40, 44, 36), np.uint8)
    made[5:25, 8:28, 6:26] = 1
    made[11:15, 14:18, 12:16] = 2
    truth = save(tmp_path / "truth.nii.gz", made)
    save(tmp_path / "found" / "segmentation.nii.gz", made)
    (tmp_path / "found" / "measurements.json").write_text("{}")

    (case,) = compare_segmentations(tmp_path / "found", truth, scheme="2023", limits=Limits())

    assert [region.dice for region in case.regions[:2]] == [1.0, 1.0]
    assert not any("conventions" in caution for caution in case.cautions)
    with pytest.raises(BadInputError):
        list(compare_segmentations(tmp_path / "found", truth, scheme="x", limits=Limits()))


def test_a_mirrored_answer_does_not_agree(tmp_path):
    truth = save(tmp_path / "truth.nii.gz", labels())
    (case,) = compare_segmentations(
        save(tmp_path / "found.nii.gz", labels()[::-1]), truth, limits=Limits()
    )
    assert case.regions[0].dice < 0.8


def test_folders_are_matched_by_name(tmp_path):
    for name in ("one", "two"):
        save(tmp_path / "truth" / f"{name}.nii.gz", labels())
    save(tmp_path / "found" / "one" / "segmentation.nii.gz", labels())
    save(tmp_path / "found" / "two.nii.gz", labels())
    found = list(compare_segmentations(tmp_path / "found", tmp_path / "truth", limits=Limits()))
    assert [case.case for case in found] == ["one", "two"]


def test_a_missing_answer_is_not_passed_over(tmp_path):
    for name in ("one", "two"):
        save(tmp_path / "truth" / f"{name}.nii.gz", labels())
    save(tmp_path / "found" / "one.nii.gz", labels())
    with pytest.raises(BadInputError, match="1 of 2 references have no segmentation"):
        list(compare_segmentations(tmp_path / "found", tmp_path / "truth", limits=Limits()))
