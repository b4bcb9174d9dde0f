"""A cohort in the raw format of nnU-Net."""

import json

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti, write_nifti
from neuroscope.learn.nnunet_cohort import CHANNEL_NAMES, LABELS, find_cases, write_raw
from neuroscope.models.naming import regions_of_names, roles_of_channels
from neuroscope.records.segmenterspec import CHANNELS, REGIONS
from neuroscope.settings import Limits

SHAPE = (12, 14, 10)
LPS = np.diag([-2.0, -2.0, 2.0, 1.0])


@pytest.fixture
def cohort(tmp_path):
    """Five whole cases, one of them with FLAIR on another grid, and one without T2."""
    for number in range(6):
        folder = tmp_path / "cohort" / f"Patient_{number}"
        folder.mkdir(parents=True)
        labels = np.zeros(SHAPE, np.uint8)
        labels[3:9, 3:9, 3:8] = 2
        labels[4:8, 4:8, 4:7] = 4
        labels[5, 5, 5] = 1
        for gray, name in enumerate(("t1", "t1ce", "t2", "flair")):
            voxels = np.full(SHAPE, 100.0 + gray, np.float32)
            if name == "t1ce":
                voxels[labels == 4] = 300
            if name == "flair" and number == 0:
                write_nifti(voxels[::2], LPS @ np.diag([2.0, 1, 1, 1]), folder / "x_flair.nii.gz")
            elif name != "t2" or number != 5:
                write_nifti(voxels, LPS, folder / f"x_{name}.nii.gz")
        write_nifti(labels, LPS, folder / "x_seg.nii.gz")
        write_nifti(labels > 0, LPS, folder / "brainmask.nii.gz")
    return tmp_path / "cohort"


def test_incomplete_cases_are_left_out_and_named(cohort):
    cases, cautions = find_cases(cohort)
    assert len(cases) == 5
    assert cautions == ("Left out 'Patient_5': it lacks t2.",)
    assert cases[0].labels.name == "x_seg.nii.gz"
    assert cases[0].sequences["t1c"].name == "x_t1ce.nii.gz"


def test_too_few_cases_are_refused(cohort, tmp_path):
    with pytest.raises(BadInputError, match="0 complete cases"):
        find_cases(cohort / "Patient_0")
    with pytest.raises(BadInputError, match="no folder"):
        find_cases(tmp_path / "nowhere")


def test_images_labels_and_description_are_what_nnunet_reads(cohort, tmp_path):
    raw = write_raw(cohort, tmp_path / "raw", name="My cohort", limits=Limits())
    assert raw.folder.name == "Dataset901_Mycohort"
    described = json.loads((raw.folder / "dataset.json").read_text())
    assert described["numTraining"] == 5
    assert described["labels"] == LABELS
    assert len(list((raw.folder / "imagesTr").iterdir())) == 20

    labels = read_nifti(raw.folder / "labelsTr" / "case0001.nii.gz", limits=Limits())
    assert set(np.unique(labels.voxels)) == {0, 1, 2, 3}
    assert (labels.voxels == 3).sum() == 4 * 4 * 3 - 1
    for number, gray in enumerate((100, 101, 102, 103)):
        path = raw.folder / "imagesTr" / f"case0001_{number:04d}.nii.gz"
        assert read_nifti(path, limits=Limits()).voxels[0, 0, 0] == gray


def test_no_file_bears_the_name_of_a_folder(cohort, tmp_path):
    raw = write_raw(cohort, tmp_path / "raw", name="C", limits=Limits())
    written = [path.name for path in raw.folder.rglob("*")]
    assert not [name for name in written if "Patient" in name]


def test_another_grid_is_laid_on_that_of_contrast_t1_and_said(cohort, tmp_path):
    raw = write_raw(cohort, tmp_path / "raw", name="C", limits=Limits())
    flair = read_nifti(raw.folder / "imagesTr" / "case0000_0003.nii.gz", limits=Limits())
    assert flair.shape == SHAPE
    assert any("Patient_0: On another grid" in caution for caution in raw.cautions)


def test_what_is_trained_is_understood_again():
    assert roles_of_channels(CHANNEL_NAMES) == CHANNELS
    regions = tuple(name for name in LABELS if name != "background")
    assert regions_of_names(regions) == REGIONS
