"""A cohort in the raw format of nnU-Net."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti, write_nifti
from neuroscope.learn import nnunet_cohort
from neuroscope.learn.nnunet_cohort import CHANNEL_NAMES, LABELS, find_cases, write_raw
from neuroscope.models.naming import regions_of_names, roles_of_channels
from neuroscope.models.nnunet import NnunetSegmenter
from neuroscope.models.nnunet_folder import NnunetFolder
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.relabel import relabel
from neuroscope.preprocess.foreground import foreground
from neuroscope.preprocess.prepare import prepare
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import CHANNELS, REGIONS
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

FOLDER = NnunetFolder(
    path=Path("m"),
    roles=CHANNELS,
    outputs=REGIONS,
    regions=REGIONS,
    tissue_of={},
    orientation="RAS",
    folds=("0",),
    checkpoint="checkpoint_final.pth",
    model=ModelRef("theirs", "1", "0" * 64),
)
LEFT = Wish(side="left", core_ml=30, edema_ml=40)


@pytest.fixture(scope="module")
def brain() -> PhantomCase:
    """What a skull strip left, a tumor on the left, 4 mm."""
    return make_case("glioblastoma", seed=3, spacing_mm=4.0, wish=LEFT)


@pytest.fixture(scope="module")
def head() -> PhantomCase:
    """The same person with skull."""
    return make_case("glioblastoma", seed=3, spacing_mm=4.0, wish=LEFT, head=True)


def write_case(folder, case: PhantomCase, scheme: str) -> None:
    folder.mkdir(parents=True)
    for role, name in (("t1", "t1"), ("t1c", "t1ce"), ("t2", "t2"), ("flair", "flair")):
        volume = case.volumes[role]
        write_nifti(np.asarray(volume.voxels), volume.affine, folder / f"x_{name}.nii.gz")
    labels = relabel(case, scheme).segmentation
    write_nifti(np.asarray(labels.labels), labels.affine, folder / "x_seg.nii.gz")


def write_cohort(cohort, case: PhantomCase, schemes: list[str]):
    for number, scheme in enumerate(schemes):
        write_case(cohort / f"Patient_{number}", case, scheme)
    return cohort


@pytest.fixture(scope="module")
def cohort(tmp_path_factory, brain):
    """Five whole cases of BraTS 2020 and one without T2."""
    folder = write_cohort(tmp_path_factory.mktemp("made") / "cohort", brain, ["brats2020"] * 6)
    (folder / "Patient_5" / "x_t2.nii.gz").unlink()
    mask = foreground(brain.volumes["t1"])
    write_nifti(mask, brain.segmentation.affine, folder / "Patient_0" / "brainmask.nii.gz")
    return folder


@pytest.fixture(scope="module")
def raw(cohort, tmp_path_factory):
    return write_raw(cohort, tmp_path_factory.mktemp("raw"), name="My cohort", limits=Limits())


def read(raw, inner: str, name: str) -> Volume:
    return read_nifti(raw.folder / inner / f"{name}.nii.gz", limits=Limits())


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


def test_images_labels_and_description_are_what_nnunet_reads(raw, brain):
    assert raw.folder.name == "Dataset901_Mycohort"
    described = json.loads((raw.folder / "dataset.json").read_text())
    assert described["numTraining"] == 5
    assert described["labels"] == LABELS
    assert len(list((raw.folder / "imagesTr").iterdir())) == 20

    labels = read(raw, "labelsTr", "case0001")
    np.testing.assert_array_equal(labels.voxels, brain.segmentation.labels)
    np.testing.assert_allclose(labels.affine, brain.segmentation.affine)
    assert labels.to_mm(np.argwhere(labels.voxels)).mean(0)[0] < -10
    for number, role in enumerate(CHANNELS):
        written = read(raw, "imagesTr", f"case0001_{number:04d}")
        kept = brain.volumes[role].voxels * foreground(brain.volumes[role])
        assert np.corrcoef(written.voxels.ravel(), kept.ravel())[0, 1] > 0.999


def test_the_scheme_is_told_once_for_the_cohort(raw):
    told = [caution for caution in raw.cautions if "labels" in caution]
    assert told == ["The labels of all cases were read as BraTS 2017-2020 (1 NCR, 2 ED, 4 ET)."]


def test_no_file_bears_the_name_of_a_folder(raw):
    written = [path.name for path in raw.folder.rglob("*")]
    assert not [name for name in written if "Patient" in name]


def test_two_conventions_in_one_cohort_stop_it(brain, tmp_path):
    mixed = write_cohort(tmp_path / "mixed", brain, ["brats2020"] * 4 + ["brats-ped"])

    with pytest.raises(BadInputError, match=r"'Patient_4' follows BraTS-PED.*'Patient_0'") as error:
        write_raw(mixed, tmp_path / "raw", name="C", limits=Limits())

    assert "--labels" in error.value.fix
    with pytest.raises(BadInputError, match=r"Case 'Patient_0'.* has no number 4"):
        write_raw(mixed, tmp_path / "raw", name="C", limits=Limits(), scheme="2023")
    assert not (tmp_path / "raw").exists()


def in_the_middle(volume: Volume) -> np.ndarray:
    """Take an ellipsoid for the brain."""
    points = volume.to_mm(np.stack(np.indices(volume.shape), -1)) - [0.0, -18.0, 4.0]
    return np.linalg.norm(points / [66.0, 82.0, 62.0], axis=-1) < 1


@pytest.fixture(scope="module")
def heads(head, tmp_path_factory):
    """The first case of a cohort, a head of thick FLAIR, and the copy; the second is empty."""
    cohort = write_cohort(tmp_path_factory.mktemp("h") / "heads", head, ["brats2023"] * 2)
    flair = head.volumes["flair"]
    thick = np.asarray(flair.voxels)[:, :, ::2], flair.affine @ np.diag([1.0, 1.0, 2.0, 1.0])
    write_nifti(*thick, cohort / "Patient_0" / "x_flair.nii.gz")
    for name in ("t1", "t1ce", "t2", "flair"):
        empty = np.zeros(head.segmentation.labels.shape, np.float32)
        write_nifti(empty, flair.affine, cohort / "Patient_1" / f"x_{name}.nii.gz")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(nnunet_cohort, "FEWEST_CASES", 1)
        out = tmp_path_factory.mktemp("raw_heads")
        raw = write_raw(cohort, out, name="C", limits=Limits(), extract_brain=in_the_middle)
        return find_cases(cohort)[0][0], raw


def test_the_skull_of_a_head_is_not_shown_in_training(heads, head):
    _, raw = heads

    for number in range(4):
        written = read(raw, "imagesTr", f"case0000_{number:04d}")
        brain = in_the_middle(written)
        assert not written.voxels[~brain].any()
        assert written.voxels[brain].mean() > 0
    labels = read(raw, "labelsTr", "case0000")
    np.testing.assert_array_equal(labels.voxels, head.segmentation.labels)
    assert any("Patient_0: On another grid" in caution for caution in raw.cautions)


def test_a_case_that_cannot_be_prepared_is_left_out_and_named(heads):
    _, raw = heads

    assert raw.cases == ("case0000",)
    assert any(caution.startswith("Left out 'Patient_1': The study") for caution in raw.cautions)


@pytest.mark.slow
def test_the_network_learns_from_exactly_what_it_will_be_shown(heads):
    case, raw = heads
    given = {role: read_nifti(path, limits=Limits()) for role, path in case.sequences.items()}
    study = Study("s", "NS-A", tuple(Series(role, role) for role in given))
    seen = []

    def predict(channels, spacing):
        seen.append(channels.transpose(0, 3, 2, 1))
        return np.zeros((3, *channels.shape[1:]), np.float32)

    used = prepare(ImportedStudy(study, given, {}, "h"), extract_brain=in_the_middle)
    NnunetSegmenter(predict, FOLDER).segment(SegmenterStudy(used.volumes, used.brain))

    for number in range(4):
        written = read(raw, "imagesTr", f"case0000_{number:04d}")
        np.testing.assert_array_equal(written.voxels, seen[0][number])


def test_what_is_trained_is_understood_again():
    assert roles_of_channels(CHANNEL_NAMES) == CHANNELS
    regions = tuple(name for name in LABELS if name != "background")
    assert regions_of_names(regions) == REGIONS
