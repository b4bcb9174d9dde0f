"""What a trained nnU-Net folder says of itself, and what is refused."""

import json
from pathlib import Path

import pytest

from neuroscope.errors import BadInputError
from neuroscope.models.nnunet_folder import OURS, read_nnunet_folder
from neuroscope.models.oriented import ORIENTATION_UNKNOWN

REGIONS = {"background": 0, "whole tumor": [1, 2, 3], "tumor core": [1, 3], "enhancing tumor": [3]}
CLASSES = {"background": 0, "NCR": 1, "ED": 2, "ET": 3}
CHANNELS = {"0": "T1ce", "1": "FLAIR"}


def trained(
    path: Path,
    *,
    channels: dict[str, str] | None = None,
    labels: dict[str, object] | None = None,
    reader: str = "SimpleITKIO",
    folds: tuple[str, ...] = ("0",),
    checkpoint: str = "checkpoint_final.pth",
) -> Path:
    """Write what nnU-Net leaves, with weights that nobody reads."""
    path.mkdir(parents=True)
    dataset = {"channel_names": channels or CHANNELS, "labels": labels or REGIONS}
    plans = {"dataset_name": "Dataset901_Ours", "image_reader_writer": reader}
    (path / "dataset.json").write_text(json.dumps(dataset))
    (path / "plans.json").write_text(json.dumps(plans))
    for fold in folds:
        (path / f"fold_{fold}").mkdir()
        (path / f"fold_{fold}" / checkpoint).write_bytes(b"weights " + fold.encode())
    return path


def test_channels_regions_and_folds_are_read(tmp_path):
    folder = read_nnunet_folder(trained(tmp_path / "m", folds=("0", "3")))
    assert folder.roles == ("t1c", "flair")
    assert folder.regions == ("WT", "TC", "ET")
    assert folder.folds == ("0", "3")
    assert folder.checkpoint == "checkpoint_final.pth"
    assert folder.orientation == "LPS"
    assert ORIENTATION_UNKNOWN in folder.cautions
    assert folder.model.name == "nnU-Net Dataset901_Ours"


def test_ten_channels_are_counted_as_numbers_not_as_words(tmp_path):
    channels = {"10": "T2", "2": "T1", "1": "FLAIR"}
    assert read_nnunet_folder(trained(tmp_path / "m", channels=channels)).roles == (
        "flair", "t1", "t2",
    )  # fmt: skip


def test_classes_are_ordered_by_their_numbers(tmp_path):
    labels = {"ET": 3, "background": 0, "ED": 2, "NCR": 1, "ignore": 4}
    folder = read_nnunet_folder(trained(tmp_path / "m", labels=labels))
    assert folder.outputs == ("background", "NCR", "ED", "ET")
    assert folder.regions == ()
    assert dict(folder.tissue_of) == {"NCR": "NCR", "ED": "ED", "ET": "ET"}


def test_the_reader_that_reorients_settles_the_orientation(tmp_path):
    folder = read_nnunet_folder(trained(tmp_path / "m", reader="NibabelIOWithReorient"))
    assert folder.orientation == "RAS"
    assert folder.cautions == ()


def test_a_folder_of_ours_tells_its_name_and_orientation(tmp_path):
    path = trained(tmp_path / "m")
    card = {"name": "Theirs", "version": "7", "orientation": "RAI"}
    (path / OURS).write_text(json.dumps(card))
    folder = read_nnunet_folder(path)
    assert (folder.model.name, folder.model.version) == ("Theirs", "7")
    assert folder.orientation == "RAI"


def test_other_weights_have_another_hash(tmp_path):
    one = read_nnunet_folder(trained(tmp_path / "a", folds=("0",)))
    other = read_nnunet_folder(trained(tmp_path / "b", folds=("1",)))
    assert one.model.sha256 != other.model.sha256


def test_the_best_checkpoint_is_used_where_there_is_no_final_one(tmp_path):
    path = trained(tmp_path / "m", checkpoint="checkpoint_best.pth")
    assert read_nnunet_folder(path).checkpoint == "checkpoint_best.pth"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channels": {"0": "CT"}}, "channels of the model do not match ours: 'CT'"),
        ({"channels": {"0": "T1", "1": "t1w"}}, "want the same sequence"),
        ({"labels": {"background": 0, "liver": 1}}, "'liver'"),
        ({"labels": {"0": "background", "1": "edema"}}, "a number for each name"),
        ({"labels": {"background": 0, "NCR": 1, "ET": 3}}, "do not count from 0"),
        ({"labels": {"background": 0, "whole tumor": [1, 2]}}, "answers with whole tumor"),
        ({"folds": ()}, "no checkpoint_final.pth in any fold"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, wrong, said):
    with pytest.raises(BadInputError, match=said):
        read_nnunet_folder(trained(tmp_path / "m", **wrong))


def test_a_fold_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInputError, match="fold_4"):
        read_nnunet_folder(trained(tmp_path / "m"), folds=("4",))


def test_the_second_stage_of_a_cascade_is_refused(tmp_path):
    path = trained(tmp_path / "nnUNetTrainer__nnUNetPlans__3d_cascade_fullres")
    with pytest.raises(BadInputError, match="cascade"):
        read_nnunet_folder(path)


def test_the_folder_above_is_told_from_the_right_one(tmp_path):
    trained(tmp_path / "nnUNetTrainer__nnUNetPlans__3d_fullres")
    with pytest.raises(BadInputError, match="nnUNetTrainer__nnUNetPlans__3d_fullres") as refused:
        read_nnunet_folder(tmp_path)
    assert "no dataset.json" in refused.value.problem


def test_a_damaged_description_is_said(tmp_path):
    path = trained(tmp_path / "m")
    (path / "plans.json").write_text("{")
    with pytest.raises(BadInputError, match=r"plans\.json of the nnU-Net folder is damaged"):
        read_nnunet_folder(path)
