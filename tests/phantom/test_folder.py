import errno
from pathlib import Path

import pytest

from neuroscope.errors import ConflictError, StorageError
from neuroscope.phantom.folder import whole_folder


def write_half_and_fail(out: Path, error: BaseException) -> None:
    with whole_folder(out) as folder:
        (folder / "file").write_text("half")
        raise error


def test_a_filled_folder_appears_under_its_name(tmp_path: Path):
    with whole_folder(tmp_path / "deep" / "out") as folder:
        (folder / "file").write_text("whole")
        assert not (tmp_path / "deep" / "out").exists()

    assert (tmp_path / "deep" / "out" / "file").read_text() == "whole"
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out"]


def test_an_interrupt_leaves_nothing(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt):
        write_half_and_fail(tmp_path / "out", KeyboardInterrupt())

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path):
    with pytest.raises(StorageError, match="disk is full"):
        write_half_and_fail(tmp_path / "out", OSError(errno.ENOSPC, "No space left on device"))

    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_used_and_a_full_one_is_not(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with whole_folder(tmp_path / "empty") as folder:
        (folder / "file").write_text("")

    with (
        pytest.raises(ConflictError, match="'empty' is not an empty folder"),
        whole_folder(tmp_path / "empty"),
    ):
        pass
