"""Arrays and documents as compressed files, named by the hash of their bytes.

A blob belongs to one study and lies in the folder of that study, so that deleting a study deletes
its images at once and for certain. Writing is atomic (a temporary file, flushed to the disk, then
renamed), so a full disk or a killed process leaves nothing half-written under a final name.
"""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
import zstandard

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.records.arrays import Array, read_only

Order = Literal["C", "F"]
LEVEL = 3  # MR volumes shrink to about half at 300 MB/s and more
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Blob:
    """A document in the store: the SHA-256 of its file, and its size before compression."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ArrayBlob:
    """An array in the store: little-endian bytes in the stated order."""

    sha256: str
    dtype: str
    shape: tuple[int, ...]
    order: Order

    @property
    def size(self) -> int:
        """Bytes before compression."""
        return int(np.dtype(self.dtype).itemsize * prod(self.shape))

    @property
    def name(self) -> str:
        """Name of the type, for example `int16`."""
        return np.dtype(self.dtype).name

    def to_json(self) -> dict[str, Any]:
        """Return what a JSON column holds."""
        return {**asdict(self), "shape": list(self.shape)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "ArrayBlob":
        """Read what a JSON column holds."""
        return cls(stored["sha256"], stored["dtype"], tuple(stored["shape"]), stored["order"])


@contextmanager
def as_storage_error(problem: str) -> Iterator[None]:
    """Turn the refusal of a disk into a StorageError that says how to mend it."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(
            f"{problem} {'The disk is full.' if full else f'({error.strerror or error})'}",
            fix="Free some disk space and try again."
            if full
            else "Check that the folder of the store (NEUROSCOPE_HOME) exists and may be written.",
        ) from error


def write_array(folder: Path, array: Array, *, order: Order = "C") -> ArrayBlob:
    """Write an array into the folder of its study; the same array is written once.

    Parameters
    ----------
    array
        Numbers or booleans of any shape.
    order
        `F` lets the first index change fastest, as voxels are sent to the page.

    Raises
    ------
    StorageError
        If the disk is full or refuses; nothing half-written stays.
    """
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"))
    blob = write_bytes(folder, little.tobytes(order=order))
    return ArrayBlob(blob.sha256, little.dtype.str, tuple(little.shape), order)


def read_array(folder: Path, blob: ArrayBlob) -> Array:
    """Read an array, checked against its hash; the array is read-only."""
    flat = np.frombuffer(read_bytes(folder, blob.sha256), dtype=np.dtype(blob.dtype))
    return read_only(flat.reshape(blob.shape, order=blob.order))


def write_bytes(folder: Path, content: bytes) -> Blob:
    """Compress bytes into the folder and name them by the hash of the compressed file."""
    packed = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(content)
    sha256 = hashlib.sha256(packed).hexdigest()
    final = blob_path(folder, sha256)
    if not final.exists():
        with as_storage_error("An image or result could not be written."):
            write_atomically(final, packed)
    return Blob(sha256, len(content))


def write_atomically(final: Path, content: bytes) -> None:
    """Write a file that is either whole under its final name or not there at all.

    To make its name survive a loss of power as well, `sync_folder` once after the last file.
    """
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = final.with_name(f".{final.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(final)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    with as_storage_error("The folder of a study cannot be written."):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def blob_path(folder: Path, sha256: str) -> Path:
    """Name the file of a blob."""
    return folder / f"{sha256}.zst"


def verified_path(folder: Path, sha256: str) -> Path:
    """Return the file of a blob after checking its bytes against its name.

    Raises
    ------
    NotFoundError
        If the file is gone.
    StorageError
        If its bytes have changed since they were written.
    """
    path = blob_path(folder, sha256)
    try:
        with path.open("rb") as file, as_storage_error("A stored image cannot be read."):
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise NotFoundError(
            "A stored image or result is missing from the disk.",
            fix="Restore the folder 'blobs' from a backup, or import the study again.",
        ) from error
    if found != sha256:
        raise StorageError(
            "A stored image or result is damaged: its bytes do not match their hash.",
            fix="Check the disk; then delete the study and import it again.",
        )
    return path


def read_bytes(folder: Path, sha256: str) -> bytes:
    """Read and unpack a blob, checked against its hash."""
    packed = verified_path(folder, sha256).read_bytes()
    return zstandard.ZstdDecompressor().decompress(packed)


def stream_bytes(path: Path) -> Iterator[bytes]:
    """Unpack a (verified) blob piece by piece, so that memory stays small."""
    with path.open("rb") as file:
        yield from zstandard.ZstdDecompressor().read_to_iter(file, write_size=PIECE)


def delete_folder(folder: Path) -> None:
    """Remove all blobs of a study."""
    with as_storage_error("The images of the study could not be deleted."):
        if folder.exists():
            shutil.rmtree(folder)
