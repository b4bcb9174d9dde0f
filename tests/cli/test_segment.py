"""`neuroscope segment`: files, exit codes and what is said."""

import json

import numpy as np
import pytest

from neuroscope.io.nifti import read_nifti, write_nifti
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


def test_a_given_mask_is_measured_and_written_in_our_scheme(case, command, study, mask, tmp_path):
    out = tmp_path / "out"
    code, told, said = command(
        "segment", study, "--out", out, "--backend", "manual", "--mask", mask, "--as-is"
    )
    assert code == 0, said
    written = read_nifti(out / "segmentation.nii.gz", limits=Limits())
    np.testing.assert_array_equal(written.voxels, np.asarray(case.segmentation.labels))
    assert sorted(path.name for path in out.iterdir()) == [
        "measurements.csv", "measurements.json", "segmentation.nii.gz",
    ]  # fmt: skip
    described = json.loads((out / "measurements.json").read_text())
    assert described["model"] is None
    truth = (np.asarray(case.segmentation.labels) == 3).sum() * 0.027
    assert f"ET: {truth:.1f} ml" in told
    assert "2017-2020" in said

    again, _, refused = command(
        "segment", study, "--out", out, "--backend", "manual", "--mask", mask, "--as-is"
    )
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
    assert "weights are missing" in told


def test_the_result_of_other_images_is_not_replaced_unasked(command, study, mask, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    described = {"schema": "neuroscope/volumetry/1", "reference": {"series_id": "another"}}
    (out / "measurements.json").write_text(json.dumps(described))
    arguments = ("segment", study, "--out", out, "--backend", "manual", "--mask", mask, "--as-is")
    code, _, told = command(*arguments)
    assert code == 2
    assert "other images" in told
    assert json.loads((out / "measurements.json").read_text()) == described
