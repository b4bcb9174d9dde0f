"""Folders and CSV files become lists of pictures; what is not there is named."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.errors import BadInputError, TooLargeError
from neuroscope.io.picture_set import list_pictures
from neuroscope.settings import Limits


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((40, 50), 90, np.uint8)).save(path)
    return path


def test_folders_tell_split_and_label(tmp_path: Path):
    for name in ("Training/glioma/a.png", "Testing/glioma/b.jpg", "Testing/none/c.PNG"):
        picture(tmp_path / name)
    picture(tmp_path / "Training" / "masks" / "a.png")
    picture(tmp_path / ".hidden" / "d.png")
    (tmp_path / "Training" / "notes.txt").write_text("no picture")
    found = list_pictures(tmp_path, limits=Limits())
    assert [(p.file, p.label, p.split, p.group) for p in found.pictures] == [
        ("Testing/glioma/b.jpg", "glioma", "testing", None),
        ("Testing/none/c.PNG", "none", "testing", None),
        ("Training/glioma/a.png", "glioma", "training", None),
    ]
    assert found.cautions == ("1 pictures in folders of masks were left out.",)
    assert found.read(0, limits=Limits()).shape == (40, 50)


def test_splits_below_classes_are_understood_too(tmp_path: Path):
    picture(tmp_path / "glioma" / "val" / "a.png")
    (found,) = list_pictures(tmp_path, limits=Limits()).pictures
    assert (found.label, found.split) == ("glioma", "val")


def test_a_flat_folder_has_neither(tmp_path: Path):
    picture(tmp_path / "a.png")
    (found,) = list_pictures(tmp_path, limits=Limits()).pictures
    assert (found.file, found.label, found.split) == ("a.png", None, None)


def test_what_an_analysis_wrote_is_no_part_of_the_set(tmp_path: Path):
    picture(tmp_path / "a.png")
    picture(tmp_path / "out" / "evidence" / "a.png")
    (tmp_path / "out" / "result.json").write_text('{"schema": "neuroscope/result/3"}')
    assert [p.file for p in list_pictures(tmp_path, limits=Limits()).pictures] == ["a.png"]


def test_a_csv_file_names_labels_splits_and_patients(tmp_path: Path):
    picture(tmp_path / "images" / "a.png")
    (tmp_path / "set.csv").write_text(
        "\ufeffFile,Class,Subset,Patient_ID\nimages/a.png, glioma ,train,p1\nimages/b.png,x,,\n"
        "../secret.png,x,,\n,x,,\nimages/a.png,meningioma,test,p1\n",
        encoding="utf-8",
    )
    found = list_pictures(tmp_path / "set.csv", limits=Limits())
    first = found.pictures[0]
    assert (first.file, first.label, first.split, first.group) == (
        "images/a.png", "glioma", "train", "p1",
    )  # fmt: skip
    assert [one.name for one in found.refused] == ["images/b.png", "../secret.png", "line 5"]
    assert found.cautions == ("1 files are listed more than once.",)


def test_a_csv_file_without_files_is_refused(tmp_path: Path):
    (tmp_path / "set.csv").write_text("label\nglioma\n")
    with pytest.raises(BadInputError, match="No column"):
        list_pictures(tmp_path / "set.csv", limits=Limits())
    (tmp_path / "other.csv").write_bytes(b"file\n\xff\xfe\x00")
    with pytest.raises(BadInputError, match="no CSV file"):
        list_pictures(tmp_path / "other.csv", limits=Limits())


def test_nothing_and_too_much_are_refused(tmp_path: Path):
    with pytest.raises(BadInputError, match="no pictures"):
        list_pictures(tmp_path, limits=Limits())
    with pytest.raises(BadInputError, match="neither"):
        list_pictures(tmp_path / "absent", limits=Limits())
    picture(tmp_path / "a.png"), picture(tmp_path / "b.png")
    with pytest.raises(TooLargeError):
        list_pictures(tmp_path, limits=Limits(files=1))


def test_masks_are_found_by_name(tmp_path: Path):
    for name in ("glioma/1", "glioma/2", "glioma/3", "notumor/3"):
        picture(tmp_path / "images" / f"{name}.png")
    picture(tmp_path / "masks" / "1_mask.png")
    picture(tmp_path / "masks" / "3.png")  # two pictures bear that name
    found = list_pictures(tmp_path, limits=Limits())
    assert [None if m is None else m.name for m in found.masks] == ["1_mask.png", None, None, None]
    mask = found.read_mask(0, limits=Limits())
    assert mask is not None
    assert mask.shape == (40, 50)
    assert mask.all()
    assert found.read_mask(1, limits=Limits()) is None


def test_a_csv_file_names_masks_and_none_from_elsewhere(tmp_path: Path):
    picture(tmp_path / "set" / "1.png")
    picture(tmp_path / "set" / "m.png")
    picture(tmp_path / "secret.png")
    table = tmp_path / "set" / "set.csv"
    table.write_text("file,label,mask\n1.png,glioma,m.png\n1.png,glioma,../secret.png\n")
    found = list_pictures(table, limits=Limits())
    assert [None if m is None else m.name for m in found.masks] == ["m.png", None]
    assert [one.name for one in found.refused] == ["../secret.png"]


def test_a_csv_file_says_in_which_plane_a_picture_was_cut(tmp_path: Path):
    picture(tmp_path / "1.png")
    (tmp_path / "set.csv").write_text("file,View\n1.png,Coronal\n1.png,\n")
    found = list_pictures(tmp_path / "set.csv", limits=Limits())
    assert [one.plane for one in found.pictures] == ["Coronal", None]
