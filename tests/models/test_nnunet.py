"""Running a trained nnU-Net: with thresholds for a network, and with the real one if installed."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError, MissingExtraError
from neuroscope.models.answer import CAVITY_APART
from neuroscope.models.nnunet import NnunetSegmenter, load_nnunet
from neuroscope.models.nnunet_folder import NnunetFolder
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Volume

AFFINE = np.array([[0, 0, 2.0, -30], [-1.0, 0, 0, 40], [0, 1.5, 0, -20], [0, 0, 0, 1]])
SHAPE = (80, 48, 32)  # i to posterior, j to superior, k to right
LESION = (slice(10, 30), slice(8, 20), slice(18, 26))
needs_nnunet = pytest.mark.skipif(find_spec("nnunetv2") is None, reason="needs the extra nnunet")


def study(**others: Volume) -> SegmenterStudy:
    """A brain whose lesion shines on FLAIR, its back half on T1c too, on a PSR grid."""
    mask = np.zeros(SHAPE, bool)
    mask[4:-4, 4:-4, 4:-4] = True
    flair = np.where(mask, 1.0, 0.0).astype(np.float32)
    t1c = flair.copy()
    flair[LESION] = 5.0
    t1c[20:30, LESION[1], LESION[2]] = 5.0
    volumes = {"t1c": Volume(t1c, AFFINE), "flair": Volume(flair, AFFINE), **others}
    return SegmenterStudy(volumes, Volume(mask, AFFINE))


def folder(**changed: object) -> NnunetFolder:
    known: dict[str, object] = {
        "path": Path("m"),
        "roles": ("flair", "t1c"),
        "outputs": ("enhancing", "whole", "core"),
        "regions": ("ET", "WT", "TC"),
        "tissue_of": {},
        "orientation": "LPS",
        "folds": ("0",),
        "checkpoint": "checkpoint_final.pth",
        "model": ModelRef("theirs", "1", "0" * 64),
        "cautions": ("Said before.",),
    }
    return NnunetFolder(**{**known, **changed})  # type: ignore[arg-type]


def test_what_the_network_sees_and_where_its_answer_lies():
    seen = {}

    def predict(channels, spacing):
        seen["shape"], seen["spacing"] = channels.shape, tuple(spacing)
        flair, t1c = channels > 3
        return np.stack([t1c, flair, t1c]).astype(np.float32)

    given = study()
    found = NnunetSegmenter(predict, folder()).segment(given)
    labels = np.asarray(found.segmentation.labels)

    # LPS counted from the slowest axis: superior (j), posterior (i), left (k backward).
    assert seen["shape"] == (2, 48, 80, 32)
    assert seen["spacing"] == (1.5, 1.0, 2.0)
    np.testing.assert_array_equal(labels == 3, np.asarray(given.volumes["t1c"].voxels) > 3)
    np.testing.assert_array_equal(labels > 0, np.asarray(given.volumes["flair"].voxels) > 3)
    assert found.present == ("flair", "t1c")
    assert "Said before." in found.cautions


def test_the_network_sees_left_where_lps_has_it():
    columns = []

    def predict(channels, spacing):
        columns.append(np.argwhere(channels[0] > 3).mean(0))
        return np.zeros((3, *channels.shape[1:]), np.float32)

    NnunetSegmenter(predict, folder()).segment(study())
    NnunetSegmenter(predict, folder(orientation="RAS")).segment(study())
    left, right = columns[0][2], columns[1][2]
    assert left == pytest.approx(31 - 21.5)  # k grows to the right, an LPS column to the left
    assert right == pytest.approx(21.5)


def test_classes_that_exclude_each_other_and_a_cavity():
    def predict(channels, spacing):
        flair, t1c = channels > 3
        cavity = np.zeros_like(flair)
        cavity[20:24, 50:60, 4:10] = True
        edema = flair & ~t1c
        rest = ~(edema | t1c | cavity)
        return np.stack([rest, edema, t1c, cavity]).astype(np.float32)

    outputs = ("background", "ED", "ET", "RC")
    tissue_of = {"ED": "ED", "ET": "ET", "RC": "RC"}
    classes = folder(outputs=outputs, regions=(), tissue_of=tissue_of)
    found = NnunetSegmenter(predict, classes).segment(study())
    labels = np.asarray(found.segmentation.labels)

    assert (labels == 3).sum() == 10 * 12 * 8
    assert (labels == 2).sum() == 10 * 12 * 8
    assert (labels == 4).sum() == 4 * 10 * 6
    assert CAVITY_APART in found.cautions


def test_a_missing_sequence_is_refused_by_name():
    segmenter = NnunetSegmenter(lambda channels, spacing: channels, folder(roles=("t2", "flair")))
    with pytest.raises(BadInputError, match="lacks t2"):
        segmenter.segment(study())


def test_a_wrong_folder_is_told_before_anything_is_loaded(tmp_path):
    with pytest.raises(BadInputError, match="no trained nnU-Net"):
        load_nnunet(tmp_path)


def untrained(path: Path) -> Path:
    """Write a folder whose plan is real and whose network never learned: two levels, 32 cubed."""
    import torch
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

    conv, kernels = "torch.nn.modules.conv.Conv3d", [[3, 3, 3], [3, 3, 3]]
    architecture = {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": 2, "features_per_stage": [4, 8], "conv_op": conv, "kernel_sizes": kernels,
            "strides": [[1, 1, 1], [2, 2, 2]], "n_conv_per_stage": [1, 1],
            "n_conv_per_stage_decoder": [1], "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
            "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "dropout_op": None,
            "dropout_op_kwargs": None, "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }  # fmt: skip
    resample = "resample_data_or_seg_to_shape"
    options = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres", "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2, "patch_size": [32, 32, 32], "spacing": [2.0, 2.0, 2.0],
        "median_image_size_in_voxels": [32.0, 40.0, 32.0],
        "normalization_schemes": ["ZScoreNormalization"] * 2, "use_mask_for_norm": [True] * 2,
        "resampling_fn_data": resample, "resampling_fn_data_kwargs": options,
        "resampling_fn_seg": resample, "resampling_fn_seg_kwargs": {**options, "is_seg": True},
        "resampling_fn_probabilities": resample, "resampling_fn_probabilities_kwargs": options,
        "architecture": architecture, "batch_dice": False,
    }  # fmt: skip
    plans = {
        "dataset_name": "Dataset901_Untrained", "plans_name": "nnUNetPlans",
        "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2],
        "image_reader_writer": "NibabelIOWithReorient", "label_manager": "LabelManager",
        "configurations": {"3d_fullres": configuration},
        "foreground_intensity_properties_per_channel": {"0": {}, "1": {}},
    }  # fmt: skip
    labels = {"background": 0, "NCR": 1, "ED": 2, "ET": 3}
    dataset = {"channel_names": {"0": "FLAIR", "1": "T1ce"}, "labels": labels,
               "numTraining": 5, "file_ending": ".nii.gz"}  # fmt: skip
    torch.manual_seed(0)
    network = get_network_from_plans(
        architecture["network_class_name"], architecture["arch_kwargs"],
        architecture["_kw_requires_import"], 2, 4, deep_supervision=False,
    )  # fmt: skip
    (path / "fold_0").mkdir(parents=True)
    (path / "plans.json").write_text(json.dumps(plans))
    (path / "dataset.json").write_text(json.dumps(dataset))
    torch.save(
        {
            "network_weights": network.state_dict(),
            "trainer_name": "nnUNetTrainer",
            "init_args": {"configuration": "3d_fullres"},
            "inference_allowed_mirroring_axes": (0, 1, 2),
        },
        path / "fold_0" / "checkpoint_final.pth",
    )
    return path


@needs_nnunet
@pytest.mark.filterwarnings("ignore")
def test_the_real_predictor_answers_on_our_grid_and_prints_nothing(tmp_path, capsys):
    segmenter = load_nnunet(untrained(tmp_path / "m"), mirror=False, threads=1)
    given = study()
    found = segmenter.segment(given)

    assert found.segmentation.labels.shape == SHAPE
    inside = np.asarray(given.brain.voxels)
    whole = np.asarray(found.p_region["WT"])
    assert 0 < whole[inside].mean() < 1
    assert not whole[~inside].any()
    assert capsys.readouterr().out == ""


@needs_nnunet
@pytest.mark.filterwarnings("ignore")
def test_weights_of_another_network_are_said(tmp_path):
    path = untrained(tmp_path / "m")
    (path / "fold_0" / "checkpoint_final.pth").write_bytes(b"no weights at all")
    with pytest.raises(BadInputError, match="cannot be loaded"):
        load_nnunet(path)


@pytest.mark.skipif(find_spec("nnunetv2") is not None, reason="the extra nnunet is installed")
def test_without_the_extra_the_command_that_installs_it_is_said(tmp_path):
    path = tmp_path / "m"
    (path / "fold_0").mkdir(parents=True)
    (path / "fold_0" / "checkpoint_final.pth").write_bytes(b"")
    (path / "plans.json").write_text("{}")
    labels = {"background": 0, "ET": 1}
    dataset = {"channel_names": {"0": "T1c"}, "labels": labels}
    (path / "dataset.json").write_text(json.dumps(dataset))
    with pytest.raises(MissingExtraError, match=r"\.\[nnunet\]"):
        load_nnunet(path)
