"""All files or none."""

from pathlib import Path

import pytest

from neuroscope.cli.outputs import check_folder, result_folder
from neuroscope.errors import BadInputError, StorageError


def fail_on_the_way(out: Path) -> None:
    with result_folder(out) as folder:
        (folder / "result.json").write_text("second")
        raise RuntimeError


def test_an_error_on_the_way_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        fail_on_the_way(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_error_on_the_way_keeps_the_earlier_result(tmp_path):
    out = tmp_path / "out"
    with result_folder(out) as folder:
        (folder / "result.json").write_text("first")
    with pytest.raises(RuntimeError):
        fail_on_the_way(out)
    assert (out / "result.json").read_text() == "first"


def test_files_of_the_earlier_result_do_not_survive(tmp_path):
    out = tmp_path / "out"
    with result_folder(out) as folder:
        (folder / "evidence_t1.nii.gz").write_text("old")
    with result_folder(out) as folder:
        (folder / "result.json").write_text("new")
    assert [path.name for path in out.iterdir()] == ["result.json"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BadInputError):
        check_folder(tmp_path / "out", overwrite=True)


def test_a_place_that_cannot_be_written_is_our_storage_error(tmp_path):
    (tmp_path / "file").write_text("a file")
    with pytest.raises(StorageError), result_folder(tmp_path / "file" / "out"):
        pass
