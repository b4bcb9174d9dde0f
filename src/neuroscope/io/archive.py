"""The files behind what was given: one file, a folder, or a zip that is not trusted."""

import errno
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from neuroscope.errors import (
    BadInputError,
    NeuroscopeError,
    StorageError,
    TooLargeError,
    UnreadableFileError,
)
from neuroscope.io.decoding import decoding
from neuroscope.io.sniff import kind_of
from neuroscope.records.imported import Unreadable
from neuroscope.settings import Limits

RATIO_FREE_BYTES = 64 * 1024**2  # below this, no compression ratio is suspicious
_CHUNK = 1024**2
_JUNK = {"__macosx", "thumbs.db", "desktop.ini", "dicomdir"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file and the name under which the person who gave it knows it."""

    path: Path
    name: str  # relative, with forward slashes


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found; `refused` could not even be opened."""

    files: tuple[Source, ...]
    refused: tuple[Unreadable, ...] = ()


@contextmanager
def open_sources(path: Path, *, limits: Limits) -> Iterator[Sources]:
    """List the files of a folder, of a zip, or the one file given; nothing there is changed.

    A zip is unpacked under neutral names into a private temporary folder that is gone afterwards.

    Raises
    ------
    BadInputError
        If the path does not exist, or a zip is damaged, encrypted, hostile or too large.
    StorageError
        If the disk is too full to unpack.
    """
    if path.is_dir():
        yield _walk(path, limits)
    elif not path.exists():
        raise BadInputError("The path does not exist.", fix="Check the path.")
    elif not path.is_file():
        raise BadInputError(
            "The path is neither a file nor a folder.", fix="Give an image, a folder or a zip."
        )
    elif kind_of(path) == "zip":
        with tempfile.TemporaryDirectory(prefix="neuroscope-") as folder:
            yield _unpack(path, Path(folder), limits)
    else:
        yield Sources((Source(path, path.name),))


def _walk(folder: Path, limits: Limits) -> Sources:
    files: list[Source] = []
    refused: list[Unreadable] = []

    def note(error: OSError) -> None:
        name = Path(str(error.filename)).relative_to(folder).as_posix()
        refused.append(
            Unreadable(name, "The folder may not be read.", "Give your user the right to read it.")
        )

    for root, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not _is_junk(name))
        for entry in sorted(name for name in names if not _is_junk(name)):
            path = Path(root) / entry
            name = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                refused.append(_link(name))
            elif stat.S_ISREG(mode):
                files.append(Source(path, name))
        _check_count(len(files), limits)
    if refused and not files and refused[0].name == ".":
        raise BadInputError(refused[0].problem, fix=refused[0].fix)
    return Sources(tuple(files), tuple(refused))


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name.lower() in _JUNK


def _link(name: str) -> Unreadable:
    return Unreadable(name, "Symbolic links are not followed.", "Give the file it points to.")


def _check_count(count: int, limits: Limits) -> None:
    if count > limits.files:
        raise TooLargeError(
            f"There are more than {limits.files} files.", fix="Give one study at a time."
        )


def _unpack(path: Path, folder: Path, limits: Limits) -> Sources:
    with decoding("zip"), zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        _check_members(members, path.stat().st_size, limits)
        members = [m for m in members if not any(map(_is_junk, PurePosixPath(m.filename).parts))]
        _check_room(sum(m.file_size for m in members), folder)
        files: list[Source] = []
        refused: list[Unreadable] = []
        for number, member in enumerate(members):
            name = member.filename
            if stat.S_ISLNK(member.external_attr >> 16):
                refused.append(_link(name))
                continue
            target = folder / f"{number:06d}"  # never the name from the zip
            try:
                _extract(archive, member, target)
            except UnreadableFileError as error:
                refused.append(Unreadable(name, error.problem, error.fix))
            else:
                files.append(Source(target, name))
    return Sources(tuple(files), tuple(refused))


def _check_members(members: list[zipfile.ZipInfo], packed_bytes: int, limits: Limits) -> None:
    _check_count(len(members), limits)
    for member in members:
        _check_name(member.filename)
        if member.flag_bits & 0x1:
            raise UnreadableFileError(
                "The zip is encrypted.", fix="Unpack it with its password and give the folder."
            )
    check_unpacked(sum(m.file_size for m in members), packed_bytes, limits=limits)


def check_unpacked(unpacked_bytes: int, packed_bytes: int, *, limits: Limits) -> None:
    """Refuse a decompression bomb.

    Raises
    ------
    TooLargeError
        Above `limits.unpacked_bytes`; above 64 MiB also beyond `limits.unpack_ratio`.
    """
    if unpacked_bytes > limits.unpacked_bytes:
        raise TooLargeError(
            f"It unpacks to {unpacked_bytes / 1024**3:.1f} GiB; "
            f"the limit is {limits.unpacked_bytes / 1024**3:.1f} GiB.",
            fix="Give one study at a time.",
        )
    if unpacked_bytes > max(RATIO_FREE_BYTES, limits.unpack_ratio * packed_bytes):
        raise TooLargeError(
            f"It unpacks to {unpacked_bytes / max(packed_bytes, 1):.0f} times its own size; "
            f"the limit is {limits.unpack_ratio} times.",
            fix="If it is no bomb, unpack it yourself and give the folder.",
        )


def _check_name(name: str) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or parts[0].endswith(":"):
        raise UnreadableFileError(
            "The zip holds a path that climbs out of it.",
            fix="Do not trust it; pack the images again yourself.",
        )


def _check_room(needed_bytes: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed_bytes > free:
        raise StorageError(
            f"Unpacking needs {needed_bytes / 1024**2:.0f} MiB; "
            f"{free / 1024**2:.0f} MiB are free in the temporary folder.",
            fix="Free some disk space, or set TMPDIR to a folder with more.",
        )


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Copy one member, never more bytes than it declared."""
    left = member.file_size
    try:
        with archive.open(member) as packed, target.open("wb") as out:
            while chunk := packed.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise TooLargeError(
                        "A file in the zip is larger than the zip says.",
                        fix="Do not trust it; pack the images again yourself.",
                    )
                out.write(chunk)
    except NeuroscopeError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StorageError(
                "The disk is full.", fix="Free some disk space and try again."
            ) from error
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise UnreadableFileError(
            "The file is damaged inside the zip.", fix="Pack it again."
        ) from None
