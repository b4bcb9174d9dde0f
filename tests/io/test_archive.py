import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroscope.errors import BadInputError, StorageError, TooLargeError, UnreadableFileError
from neuroscope.io import archive
from neuroscope.io.archive import open_sources
from neuroscope.settings import Limits


def _zip(path, members, *, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as out:
        for name, content in members:
            out.writestr(name, content)
    return path


def _listed(path, limits):
    with open_sources(path, limits=limits) as sources:
        return {source.name: source.path.read_bytes() for source in sources.files}


def test_a_file_a_folder_and_a_zip_give_the_same_files(tmp_path, limits):
    folder = tmp_path / "study"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a").write_bytes(b"1")
    (folder / "deep" / "er" / "b").write_bytes(b"2")
    packed = _zip(tmp_path / "s.zip", [("a", b"1"), ("deep/er/b", b"2")])
    assert _listed(folder, limits) == _listed(packed, limits) == {"a": b"1", "deep/er/b": b"2"}
    assert _listed(folder / "a", limits) == {"a": b"1"}


def test_what_was_unpacked_is_gone_afterwards_and_the_zip_is_untouched(tmp_path, limits):
    packed = _zip(tmp_path / "s.zip", [("a", b"1")])
    before = packed.read_bytes()
    with open_sources(packed, limits=limits) as sources:
        place = sources.files[0].path
        assert place.exists()
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert not place.parent.exists()
    assert packed.read_bytes() == before


def test_a_zip_is_known_by_content(tmp_path, limits):
    assert _listed(_zip(tmp_path / "images.png", [("a", b"1")]), limits) == {"a": b"1"}


def test_a_missing_path_is_refused(tmp_path, limits):
    with (
        pytest.raises(BadInputError, match="does not exist"),
        open_sources(tmp_path / "no", limits=limits),
    ):
        pass


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "C:/evil", "..\\evil", "a\\..\\..\\evil"]
)
def test_a_path_that_climbs_out_is_refused_and_writes_nothing(tmp_path, limits, name):
    packed = _zip(tmp_path / "s.zip", [(name, b"x")])
    with pytest.raises(UnreadableFileError, match="climbs out"):
        _listed(packed, limits)
    assert list(tmp_path.rglob("*evil*")) == []


def test_a_symbolic_link_in_a_zip_is_named_and_not_made(tmp_path, limits):
    packed = tmp_path / "s.zip"
    with zipfile.ZipFile(packed, "w") as out:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, "/etc/passwd")
        out.writestr("a", b"1")
    with open_sources(packed, limits=limits) as sources:
        assert [one.name for one in sources.files] == ["a"]
        assert [one.name for one in sources.refused] == ["link.png"]


def test_a_symbolic_link_in_a_folder_is_named_and_not_followed(tmp_path, limits):
    (tmp_path / "secret").write_bytes(b"s")
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    with open_sources(folder, limits=limits) as sources:
        assert sources.files == ()
        assert sources.refused[0].problem == "Symbolic links are not followed."


def test_a_pipe_in_a_folder_does_not_block(tmp_path, limits):
    os.mkfifo(tmp_path / "pipe")
    assert _listed(tmp_path, limits) == {}


def test_what_the_system_leaves_behind_is_passed_over(tmp_path, limits):
    names = ["__MACOSX/._a.png", ".DS_Store", "Thumbs.db", "DICOMDIR", ".git/x", "a"]
    assert list(_listed(_zip(tmp_path / "s.zip", [(n, b"1") for n in names]), limits)) == ["a"]


def test_an_encrypted_zip_is_refused_with_a_way_out(tmp_path, limits):
    packed = _zip(tmp_path / "s.zip", [("a", b"1")])
    content = bytearray(packed.read_bytes())
    content[6] |= 1  # local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # central directory
    packed.write_bytes(content)
    with pytest.raises(UnreadableFileError, match="encrypted") as caught:
        _listed(packed, limits)
    assert "password" in caught.value.fix


def test_a_bomb_is_refused_by_its_declared_size(tmp_path, limits):
    packed = _zip(tmp_path / "s.zip", [("zeros", bytes(80 * 1024**2))])
    with pytest.raises(TooLargeError, match="times its own size; the limit is 200"):
        _listed(packed, limits)


def test_more_than_the_limit_is_refused_whatever_the_ratio(tmp_path):
    packed = _zip(tmp_path / "s.zip", [("a", bytes(2000))], compression=zipfile.ZIP_STORED)
    with pytest.raises(TooLargeError, match="It unpacks to"):
        _listed(packed, Limits(unpacked_bytes=1000))


def test_a_member_larger_than_declared_is_not_written_out(tmp_path, limits):
    packed = _zip(tmp_path / "s.zip", [("a", bytes(5 * 1024**2))])
    content = bytearray(packed.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (10).to_bytes(4, "little")
    packed.write_bytes(content)
    with open_sources(packed, limits=limits) as sources:
        assert sources.files == ()
        assert [one.name for one in sources.refused] == ["a"]


def test_too_many_files_are_refused(tmp_path):
    packed = _zip(tmp_path / "s.zip", [(str(n), b"") for n in range(11)])
    with pytest.raises(TooLargeError, match="more than 10 files"):
        _listed(packed, Limits(files=10))
    folder = tmp_path / "f"
    folder.mkdir()
    for n in range(11):
        (folder / str(n)).touch()
    with pytest.raises(TooLargeError, match="more than 10 files"):
        _listed(folder, Limits(files=10))


def test_one_damaged_member_is_named_and_the_others_are_read(tmp_path, limits):
    packed = _zip(
        tmp_path / "s.zip", [("a", b"A" * 99), ("b", b"B" * 99)], compression=zipfile.ZIP_STORED
    )
    packed.write_bytes(packed.read_bytes().replace(b"B" * 99, b"B" * 98 + b"C"))
    with open_sources(packed, limits=limits) as sources:
        assert [one.name for one in sources.files] == ["a"]
        assert [(one.name, one.fix) for one in sources.refused] == [("b", "Pack it again.")]


def test_a_full_disk_is_said_before_anything_is_unpacked(tmp_path, limits, monkeypatch):
    class Full:
        free = 0

    monkeypatch.setattr(archive.shutil, "disk_usage", lambda folder: Full)
    with pytest.raises(StorageError, match="0 MiB are free"):
        _listed(_zip(tmp_path / "s.zip", [("a", b"1")]), limits)


@pytest.mark.parametrize("keep", [4, 30, 60, 100])
def test_a_truncated_zip_is_unreadable(tmp_path, limits, keep):
    packed = _zip(tmp_path / "s.zip", [("a" * 30, b"1" * 100)])
    packed.write_bytes(packed.read_bytes()[:keep])
    with pytest.raises(UnreadableFileError, match="truncated or damaged"):
        _listed(packed, limits)


@given(draw=st.data())
@settings(max_examples=150)
def test_bit_flips_and_cuts_never_raise_anything_else(tmp_path_factory, draw):
    folder = tmp_path_factory.mktemp("fuzz")
    path = _zip(folder / "s.zip", [("a/b.png", b"hello" * 20), ("c", b"x")])
    content = bytearray(path.read_bytes())
    for position in draw.draw(st.lists(st.integers(4, len(content) - 1), max_size=6)):
        content[position] ^= 1 << draw.draw(st.integers(0, 7))
    path.write_bytes(content[: draw.draw(st.integers(5, len(content)))])
    try:
        with open_sources(path, limits=Limits(unpacked_bytes=10**6)) as sources:
            assert all(isinstance(one.path, Path) for one in sources.files)
    except (BadInputError, StorageError):
        pass
