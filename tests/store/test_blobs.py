import errno
import os
from pathlib import Path

import numpy as np
import pytest
import zstandard

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.store.blobs import (
    ArrayBlob,
    Order,
    blob_path,
    read_array,
    read_bytes,
    stream_bytes,
    write_array,
    write_bytes,
)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["uint8", ">i2", "float32", "bool"])
def test_an_array_comes_back_as_it_was(tmp_path: Path, dtype: str, order: Order) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    blob = write_array(tmp_path, array, order=order)
    np.testing.assert_array_equal(read_array(tmp_path, ArrayBlob.from_json(blob.to_json())), array)


def test_voxels_lie_with_the_first_index_fastest(tmp_path: Path) -> None:
    array = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    blob = write_array(tmp_path, array, order="F")
    assert read_bytes(tmp_path, blob.sha256) == bytes([1, 3, 2, 4])


def test_the_same_array_is_stored_once(tmp_path: Path) -> None:
    first = write_array(tmp_path, np.ones((8, 8)))
    assert write_array(tmp_path, np.ones((8, 8))) == first
    assert len(list(tmp_path.iterdir())) == 1


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    blob = write_bytes(tmp_path, b"pixels" * 100)
    path = blob_path(tmp_path, blob.sha256)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        read_bytes(tmp_path, blob.sha256)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="backup"):
        read_bytes(tmp_path, "0" * 64)


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        write_bytes(tmp_path / "study", b"pixels")
    assert list((tmp_path / "study").iterdir()) == []


def test_a_large_blob_is_sent_in_pieces(tmp_path: Path) -> None:
    content = np.random.default_rng(0).integers(0, 255, 5_000_000, dtype=np.uint8).tobytes()
    blob = write_bytes(tmp_path, content)
    pieces = list(stream_bytes(blob_path(tmp_path, blob.sha256)))
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 2 * 1024 * 1024


def test_the_file_is_ordinary_zstandard(tmp_path: Path) -> None:
    blob = write_bytes(tmp_path, b"plain")
    packed = blob_path(tmp_path, blob.sha256).read_bytes()
    assert zstandard.ZstdDecompressor().decompress(packed) == b"plain"
