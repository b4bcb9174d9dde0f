"""`neuroscope segment`: files, exit codes and what is said."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuroscope.io.nifti import read_nifti, write_nifti
from neuroscope.models import nnunet
from neuroscope.models.nnunet import NnunetSegmenter
from neuroscope.models.nnunet_folder import read_nnunet_folder
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.settings import Limits


@pytest.fixture(scope="module")
def case():
    return make_case("glioblastoma", seed=5, spacing_mm=3.0, wish=Wish(side="left"))


@pytest.fixture
def study(case, tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    for name, volume in case.volumes.items():
        write_nifti(volume.voxels, volume.affine, folder / f"{name}.nii.gz")
    return folder


@pytest.fixture
def mask(case, tmp_path):
    """The truth in the scheme of BraTS 2020: 4 enhances."""
    labels = np.asarray(case.segmentation.labels).copy()
    labels[labels == 3] = 4
    path = tmp_path / "seg.nii.gz"
    write_nifti(labels, case.segmentation.affine, path)
    return path


def test_the_scheme_of_a_mask_can_be_said(command, study, mask, tmp_path):
    given = *by_hand(mask, tmp_path), "--as-is"
    code, _, said = command("segment", study, *given, "--labels", "2018")
    assert code == 0, said
    assert "conventions" not in said
    code, _, said = command("segment", study, *given, "--labels", "2023", "--overwrite")
    assert code == 2
    assert "4" in said


def test_another_brain_extractor_that_does_not_load_is_not_replaced(
    command, study, tmp_path, monkeypatch
):
    monkeypatch.setenv("NEUROSCOPE_MINDGRAB", str(tmp_path / "model.pth"))
    code, _, said = command("segment", study, "--out", tmp_path / "out", "--as-is")
    assert code != 0
    assert "NEUROSCOPE_MINDGRAB" in said
    assert not (tmp_path / "out").exists()


def by_hand(mask: Path, folder: Path) -> tuple[object, ...]:
    """Options for a mask that is given, with results below `folder`."""
    return "--out", folder / "out", "--backend", "manual", "--mask", mask


def test_a_given_mask_is_measured_and_written_in_our_scheme(case, command, study, mask, tmp_path):
    out = tmp_path / "out"
    code, told, said = command("segment", study, *by_hand(mask, tmp_path), "--as-is")
    assert code == 0, said
    written = read_nifti(out / "segmentation.nii.gz", limits=Limits())
    np.testing.assert_array_equal(written.voxels, np.asarray(case.segmentation.labels))
    assert sorted(path.name for path in out.iterdir()) == [
        "measurements.csv", "measurements.json", "segmentation.nii.gz",
    ]  # fmt: skip
    described = json.loads((out / "measurements.json").read_text())
    assert described["model"] is None
    assert described["small_parts"] is None
    truth = (np.asarray(case.segmentation.labels) == 3).sum() * 0.027
    assert f"ET: {truth:.1f} ml" in told
    assert "2017-2020" in said

    again, _, refused = command("segment", study, *by_hand(mask, tmp_path), "--as-is")
    assert again == 0, refused  # results are known by their mark and replaced


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--backend", "magic"), "no backend 'magic'"),
        (("--backend", "manual"), "takes a mask and no weights"),
        (("--backend", "nnunet"), "needs a trained model"),
        (("--backend", "bundle"), "needs a trained model"),
        (("--mask", "x.nii.gz"), "takes no mask"),
        (("--backend", "nnunet", "--weights", "nowhere"), "nothing at 'nowhere'"),
        (("--tumor", "liver"), "no kind of tumor 'liver'"),
    ],
)
def test_bad_usage_ends_with_2(command, study, tmp_path, options, said):
    code, _, told = command("segment", study, "--out", tmp_path / "out", *options)
    assert code == 2
    assert said in told
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_model_ends_with_2(command, study, tmp_path):
    for backend, said in (("nnunet", "no trained nnU-Net"), ("bundle", "no MONAI bundle")):
        code, _, told = command(
            "segment", study, "--out", tmp_path / "out", "--backend", backend, "--weights", study
        )
        assert code == 2
        assert said in told


def test_weights_that_are_missing_are_our_fault(command, study, tmp_path):
    code, _, told = command("segment", study, "--out", tmp_path / "out", "--weights", study)
    assert code == 1
    assert "weights of the segmenter network are missing" in told


def test_the_result_of_other_images_is_not_replaced_unasked(command, study, mask, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    described = {"schema": "neuroscope/volumetry/1", "reference": {"series_id": "another"}}
    (out / "measurements.json").write_text(json.dumps(described))
    arguments = ("segment", study, *by_hand(mask, tmp_path), "--as-is")
    code, _, told = command(*arguments)
    assert code == 2
    assert "other images" in told
    assert json.loads((out / "measurements.json").read_text()) == described


def ball(radius_mm: float) -> np.ndarray:
    """A bright ball with some texture in a box of 240 mm; voxels of 5 mm."""
    away_mm = np.linalg.norm(np.indices((48, 48, 48)) - 23.5, axis=0) * 5
    texture = np.random.default_rng(3).uniform(300, 400, away_mm.shape)
    return np.where(away_mm < radius_mm, texture, 0).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("five slices", "5 slices cover 15 mm; at least 10 slices and 60 mm are needed"),
        ("nothing", "all voxels are 0"),
        ("knee", "what it shows measures 80 mm and 272 ml, unlike a head"),
    ],
)
def test_a_study_without_a_head_is_refused_with_its_reason(
    command, case, mask, tmp_path, name, said
):
    t1c = case.volumes["t1c"]
    given = {
        "five slices": (np.asarray(t1c.voxels)[:, :, 20:25], t1c.affine),
        "nothing": (np.zeros(t1c.shape, np.float32), t1c.affine),
        "knee": (ball(40), np.diag([5.0, 5, 5, 1])),
    }
    write_nifti(*given[name], tmp_path / "t1c.nii.gz")
    code, _, told = command("segment", tmp_path / "t1c.nii.gz", *by_hand(mask, tmp_path))
    assert code == 2
    assert "The study holds no volume of a head. T1 with contrast" in told
    assert said in told
    assert "Give at least one T1, contrast T1, T2 or FLAIR of the whole head" in told
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_used_is_named_and_the_rest_is_segmented(
    command, case, study, mask, tmp_path
):
    t1c, t2 = case.volumes["t1c"], case.volumes["t2"]
    write_nifti(np.zeros(t1c.shape, np.float32), t1c.affine, study / "flair.nii.gz")
    write_nifti(np.asarray(t2.voxels)[:, :, 20:25], t2.affine, study / "t2.nii.gz")
    coarse = np.asarray(t1c.voxels)[::2, ::2, ::2]
    write_nifti(coarse, t1c.affine @ np.diag([2, 2, 2, 1.0]), study / "again_t1ce.nii.gz")
    code, _, told = command("segment", study, *by_hand(mask, tmp_path), "--as-is")
    assert code == 0, told
    cautions = json.loads((tmp_path / "out" / "measurements.json").read_text())["cautions"]
    for said in (
        "FLAIR: all voxels are 0. The series was left out.",
        "T2: 5 slices cover 15 mm",
        "voxels of 6 x 6 x 6 mm). The first of these was used, its voxels are finer.",
        "Missing: T2, FLAIR.",
    ):
        assert said in told
        assert any(said in caution for caution in cautions)
    reference = read_nifti(tmp_path / "out" / "segmentation.nii.gz", limits=Limits())
    assert reference.same_grid(t1c)


def test_frames_that_do_not_overlap_are_laid_on_each_other_and_said(
    command, case, study, mask, tmp_path
):
    """FLAIR lies a meter away, as after a second landmark; the tumor is where it was on T1."""
    for name in ("t1", "t2"):
        (study / f"{name}.nii.gz").unlink()
    away = np.array(case.volumes["flair"].affine)
    away[:3, 3] += 1000.0
    write_nifti(np.asarray(case.volumes["flair"].voxels), away, study / "flair.nii.gz")

    code, _, told = command("segment", study, *by_hand(mask, tmp_path))

    assert code == 0, told
    said = "FLAIR: The frames of two series do not overlap"
    assert said in told
    cautions = json.loads((tmp_path / "out" / "measurements.json").read_text())["cautions"]
    assert any(said in caution for caution in cautions)
    written = read_nifti(tmp_path / "out" / "segmentation.nii.gz", limits=Limits())
    np.testing.assert_array_equal(written.voxels, np.asarray(case.segmentation.labels))


def test_files_that_were_not_used_are_named(command, study, mask, tmp_path):
    (study / "flair.nii.gz").write_bytes((study / "flair.nii.gz").read_bytes()[:4000])
    (study / "t1_mask.nii.gz").write_bytes(mask.read_bytes())
    code, _, said = command("segment", study, *by_hand(mask, tmp_path), "--as-is")
    assert code == 0
    assert "Not read: flair.nii.gz: The NIfTI file is truncated or damaged" in said
    assert (
        "Caution: NIfTI files set aside because they look like segmentations or masks: 1." in said
    )
    assert "Missing: FLAIR." in said


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("header lost", "its first voxel is at the origin"),
        ("elsewhere", "in another space than the study"),
        ("mirrored", "The mask seems to be mirrored"),
        ("probabilities", "values that are no whole numbers"),
        ("other organs", "No scheme of tumor labels has the number 7"),
    ],
)
def test_a_mask_that_does_not_belong_is_refused_with_its_reason(
    command, case, study, tmp_path, how, said
):
    labels = np.asarray(case.segmentation.labels).copy()
    labels[labels.shape[0] // 2 - 4 :] = 0  # only what lies well to the left,
    labels[labels == 2] = 0  # and is bright after contrast
    affine = np.array(case.segmentation.affine)
    away = affine.copy()
    away[:3, 3] += 400
    given = {
        "header lost": (labels, np.diag([1.0, 1, 1, 1])),
        "elsewhere": (labels[:-1], away),
        "mirrored": (labels[::-1], affine),
        "probabilities": ((labels > 0) * np.float32(0.7), affine),
        "other organs": ((labels > 0) * np.uint8(7), affine),
    }
    write_nifti(*given[how], tmp_path / "wrong.nii.gz")
    code, _, told = command(
        "segment", study, *by_hand(tmp_path / "wrong.nii.gz", tmp_path), "--as-is"
    )
    assert code == 2, told
    assert said in told
    assert ("header was lost" in told) == (how == "header lost")
    assert "Fix:" in told
    assert not (tmp_path / "out").exists()


def test_a_mask_on_another_grid_is_laid_on_the_study_and_that_is_said(
    command, case, study, tmp_path
):
    coarse = np.asarray(case.segmentation.labels)[:, :, ::2]
    affine = case.segmentation.affine @ np.diag([1, 1, 2, 1.0])
    write_nifti(coarse, affine, tmp_path / "coarse.nii.gz")
    code, told, said = command(
        "segment", study, *by_hand(tmp_path / "coarse.nii.gz", tmp_path), "--as-is"
    )
    assert code == 0, said
    assert "The mask has another grid than the study: it was laid on it" in said
    written = read_nifti(tmp_path / "out" / "segmentation.nii.gz", limits=Limits())
    assert written.same_grid(case.volumes["t1c"])
    np.testing.assert_array_equal(np.asarray(written.voxels)[:, :, ::2], coarse)
    assert f"WT: {np.count_nonzero(written.voxels) * 0.027:.1f} ml" in told


def test_an_empty_mask_measures_nothing_and_that_is_said(command, case, study, tmp_path):
    labels = np.zeros_like(case.segmentation.labels)
    write_nifti(labels, case.segmentation.affine, tmp_path / "empty.nii.gz")
    code, told, said = command(
        "segment", study, "--out", tmp_path / "out", "--as-is",
        "--backend", "manual", "--mask", tmp_path / "empty.nii.gz",
    )  # fmt: skip
    assert code == 0, said
    assert "WT: 0.0 ml" in told
    assert "The mask is empty: nothing was segmented." in said


def test_a_head_that_holds_no_brain_is_said(command, tmp_path):
    write_nifti(ball(85), np.diag([5.0, 5, 5, 1]), tmp_path / "t1.nii.gz")
    code, _, told = command("segment", tmp_path / "t1.nii.gz", "--out", tmp_path / "out")
    assert code == 0, told
    assert "What was scanned is hardly like a brain." in told
    assert "Atlas, lobes and segmentation mean nothing if this is no brain." in told


CHANNELS = {"0": "T1ce", "1": "FLAIR"}


def nnunet_folder(path, channels):
    """What nnU-Net leaves, with weights that nobody reads."""
    labels = {"background": 0, "whole tumor": [1, 2, 3], "tumor core": [1, 3], "enhancing": [3]}
    (path / "fold_0").mkdir(parents=True)
    (path / "fold_0" / "checkpoint_final.pth").write_bytes(b"weights")
    dataset = {"channel_names": channels, "labels": labels}
    (path / "dataset.json").write_text(json.dumps(dataset))
    plans = {"dataset_name": "Dataset7_Theirs", "image_reader_writer": "NibabelIOWithReorient"}
    (path / "plans.json").write_text(json.dumps(plans))
    return path


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ({"0": "T1ce", "1": "CBF"}, "do not match ours: 'CBF' names no sequence"),
        ({"0": "T1ce", "1": "t1_gd"}, "Two channels of the model want the same sequence, t1c"),
        ({}, "The channels of the model do not match ours"),
    ],
)
def test_an_nnunet_whose_channels_are_not_our_sequences_is_refused(
    command, study, tmp_path, channels, said
):
    folder = nnunet_folder(tmp_path / "model", channels)
    code, _, told = command(
        "segment", study, "--out", tmp_path / "out", "--backend", "nnunet", "--weights", folder
    )
    assert code == 2
    assert said in told
    assert not (tmp_path / "out").exists()


def test_an_nnunet_is_told_apart_by_the_channels_that_the_study_has(
    command, case, study, tmp_path, monkeypatch
):
    """FLAIR and T1 with contrast in the order of the model; a study without FLAIR is refused."""
    seen = []

    def predict(channels, spacing):
        seen.append(channels)
        return (channels[[0, 1, 1]] > 1e9).astype(np.float32)

    folder = nnunet_folder(tmp_path / "model", CHANNELS)
    loaded = NnunetSegmenter(predict, read_nnunet_folder(folder))
    monkeypatch.setattr(nnunet, "load_nnunet", lambda *_, **__: loaded)
    order = ("segment", study, "--backend", "nnunet", "--weights", folder, "--as-is", "--out")
    code, told, said = command(*order, tmp_path / "out")
    assert code == 0, said
    assert "Segmented by nnU-Net Dataset7_Theirs" in told
    largest = [float(np.asarray(case.volumes[role].voxels).max()) for role in ("t1c", "flair")]
    assert [float(channel.max()) for channel in seen[0]] == pytest.approx(largest)

    (study / "flair.nii.gz").unlink()
    code, _, said = command(*order, tmp_path / "other")
    assert code == 2
    assert "The model needs t1c, flair; this study lacks flair." in said
    assert not (tmp_path / "other").exists()
