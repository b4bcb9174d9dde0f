"""All files or none."""

from pathlib import Path

import pytest

from neuroscope.cli.outputs import check_folder, result_folder, write_json
from neuroscope.errors import BadInputError, StorageError
from neuroscope.report.result import SCHEMA


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
        write_json({"schema": SCHEMA}, folder / "result.json")
        (folder / "evidence_t1.nii.gz").write_text("old")
    (out / "thesis.txt").write_text("precious")
    with result_folder(out) as folder:
        (folder / "result.json").write_text("new")
    assert sorted(path.name for path in out.iterdir()) == ["result.json", "thesis.txt"]


@pytest.mark.parametrize("name", ["evidence", "report.pdf", "evidence_collected.nii.gz"])
def test_a_file_of_the_user_that_bears_the_name_of_a_result_is_never_replaced(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("precious")
    with pytest.raises(BadInputError, match="not empty"):
        check_folder(tmp_path, overwrite=False)
    with pytest.raises(BadInputError, match="in the way"):
        check_folder(tmp_path, overwrite=True)


def test_a_result_may_be_replaced_among_other_files_only_if_asked(tmp_path):
    write_json({"schema": SCHEMA}, tmp_path / "result.json")
    (tmp_path / "evidence").mkdir()
    check_folder(tmp_path, overwrite=False)
    (tmp_path / "thesis.txt").write_text("precious")
    check_folder(tmp_path, overwrite=True)
    with pytest.raises(BadInputError, match="not empty"):
        check_folder(tmp_path, overwrite=False)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BadInputError):
        check_folder(tmp_path / "out", overwrite=True)


def test_a_place_that_cannot_be_written_is_our_storage_error(tmp_path):
    (tmp_path / "file").write_text("a file")
    with pytest.raises(StorageError), result_folder(tmp_path / "file" / "out"):
        pass
