"""A segmenter that the user brings: its folder tells which kind it is."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from neuroscope.errors import BadInputError, MissingExtraError
from neuroscope.models.brought_segmenter import BROUGHT, load_brought_segmenter
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.unet_segmenter import UnetSegmenter


def test_own_weights_are_loaded(tmp_path: Path) -> None:
    for file in SHIPPED_WEIGHTS.glob("segmenter.*"):
        shutil.copy(file, tmp_path)

    found = load_brought_segmenter(tmp_path, threads=1)

    assert isinstance(found, UnetSegmenter)
    assert found.model.name == BROUGHT  # never stale beside the versions of the registry


@pytest.mark.skipif(find_spec("nnunetv2") is not None, reason="the extra nnunet is installed")
def test_a_folder_of_nnunet_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "fold_0").mkdir()
    (tmp_path / "fold_0" / "checkpoint_final.pth").write_bytes(b"")
    (tmp_path / "plans.json").write_text("{}")
    dataset = {"channel_names": {"0": "T1c"}, "labels": {"background": 0, "ET": 1}}
    (tmp_path / "dataset.json").write_text(json.dumps(dataset))

    with pytest.raises(MissingExtraError, match="nnunet"):
        load_brought_segmenter(tmp_path)


def test_a_folder_of_monai_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "metadata.json").write_text("[]")

    with pytest.raises(BadInputError, match="holds no metadata"):
        load_brought_segmenter(tmp_path)


def test_a_folder_without_a_model_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="NEUROSCOPE_SEGMENTER") as told:
        load_brought_segmenter(tmp_path)

    assert "dataset.json" in told.value.fix
