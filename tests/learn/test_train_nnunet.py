"""Training nnU-Net: its commands, and the model that is registered."""

import json
from importlib.util import find_spec

import pytest

from neuroscope.errors import BadInputError, MissingExtraError, ModelError
from neuroscope.learn import train_nnunet as training
from neuroscope.learn.nnunet_cohort import LABELS, RawDataset
from neuroscope.learn.train_nnunet import (
    NnunetConfig,
    plan_arguments,
    register,
    train_arguments,
    train_nnunet,
)


@pytest.mark.parametrize(
    "wrong", [{"configuration": "4d"}, {"folds": ("7",)}, {"folds": ()}, {"device": "tpu"}]
)
def test_a_configuration_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(BadInputError):
        NnunetConfig(**wrong)


def test_commands_are_those_of_nnunet():
    config = NnunetConfig(configuration="3d_lowres", device="cpu", processes=3, trainer="Tiny")
    assert plan_arguments(config)[:4] == ["-d", "901", "-c", "3d_lowres"]
    assert train_arguments(config, "2") == [
        "901", "3d_lowres", "2", "-tr", "Tiny", "-device", "cpu",
    ]  # fmt: skip


def results(out):
    """Write what nnU-Net leaves after training fold 1."""
    trained = out / "results" / "Dataset901_C" / "nnUNetTrainer__nnUNetPlans__3d_fullres"
    (trained / "fold_1").mkdir(parents=True)
    channels = {"0": "T1", "1": "T1c", "2": "T2", "3": "FLAIR"}
    dataset = {"channel_names": channels, "labels": LABELS}
    (trained / "dataset.json").write_text(json.dumps(dataset))
    plans = {"image_reader_writer": "NibabelIOWithReorient"}
    (trained / "plans.json").write_text(json.dumps(plans))
    (trained / "fold_1" / "checkpoint_final.pth").write_bytes(b"weights")
    return RawDataset(out / "raw" / "Dataset901_C", ("case0000",) * 5)


def test_the_model_is_registered_with_its_card(tmp_path):
    folder = register(NnunetConfig(name="C", folds=("1",)), results(tmp_path), tmp_path)
    assert folder.path == tmp_path / "model"
    assert folder.folds == ("1",)
    assert folder.orientation == "RAS"
    assert folder.model.name == "nnU-Net C"
    card = json.loads((tmp_path / "model" / "neuroscope.json").read_text())
    assert card["cases"] == 5
    assert card["config"]["folds"] == ["1"]


def test_a_training_without_a_checkpoint_is_told(tmp_path):
    with pytest.raises(ModelError, match="without a final checkpoint"):
        register(NnunetConfig(name="C", folds=("0",)), results(tmp_path), tmp_path)


def test_a_command_that_fails_ends_with_what_it_said(tmp_path):
    with pytest.raises(ModelError, match=r"ended with 3: said aloud"):
        training._run(
            "import sys; print('said aloud'); sys.exit(3)", [], {}, tmp_path / "nnunet.log"
        )


def test_a_command_sees_the_folders_and_its_arguments(tmp_path):
    code = "import os, sys; print(os.environ['nnUNet_raw'], sys.argv[1:])"
    training._run(code, ["-d", "901"], {"nnUNet_raw": "here"}, tmp_path / "nnunet.log")
    assert "here ['-d', '901']" in (tmp_path / "nnunet.log").read_text()


@pytest.mark.skipif(find_spec("nnunetv2") is not None, reason="the extra nnunet is installed")
def test_without_the_extra_nothing_is_written(tmp_path):
    with pytest.raises(MissingExtraError, match=r"\.\[nnunet\]"):
        train_nnunet(NnunetConfig(), tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
