"""Send arrays as the page wants them: raw numbers, compressed as the browser accepts."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from neuroscope.records.arrays import Array
from neuroscope.store.blobs import ArrayBlob, stream_bytes, verified_path

RAW = "application/octet-stream"
# An id never gets other pixels, and only this person's browser may keep them.
CACHE = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


def accepts(request: Request, encoding: str) -> bool:
    """Tell whether the client reads an encoding (`zstd`, `gzip`)."""
    offered = request.headers.get("accept-encoding", "").lower().split(",")
    names = [part.partition(";") for part in offered]
    return any(
        name.strip() == encoding and weight.replace(" ", "") not in ("q=0", "q=0.0")
        for name, _, weight in names
    )


def stored_array(request: Request, folder: Path, blob: ArrayBlob) -> Response:
    """Send a stored array without holding it in memory, as it lies on the disk if possible."""
    path = verified_path(folder, blob.sha256)
    headers = {**CACHE, "X-Shape": ",".join(map(str, blob.shape)), "X-Dtype": blob.dtype}
    if accepts(request, "zstd"):
        headers["Content-Encoding"] = "zstd"
        return StreamingResponse(_pieces(path), media_type=RAW, headers=headers)
    pieces = stream_bytes(path)
    if accepts(request, "gzip"):
        headers["Content-Encoding"] = "gzip"
        pieces = _gzip(pieces)
    return StreamingResponse(pieces, media_type=RAW, headers=headers)


def computed_array(request: Request, array: Array) -> Response:
    """Send an array that may change: of a volume i fastest, of a picture row after row."""
    order: Literal["F", "C"] = "F" if array.ndim == 3 else "C"
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"))
    body = little.tobytes(order=order)
    headers = {
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
        "X-Shape": ",".join(map(str, array.shape)),
        "X-Dtype": little.dtype.str,
    }
    if accepts(request, "gzip"):
        body = gzip.compress(body, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=RAW, headers=headers)


def picture(request: Request, pixels: Array) -> Response:
    """Send a picture as little-endian float32, row after row."""
    rows, columns = pixels.shape
    body = np.ascontiguousarray(pixels, dtype="<f4").tobytes()
    headers = {**CACHE, "X-Rows": str(rows), "X-Columns": str(columns)}
    if accepts(request, "gzip"):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1)
    return Response(body, media_type=RAW, headers=headers)


def downloaded(content: bytes, *, name: str, media_type: str) -> Response:
    """Send a file to be saved under a name; results that are made anew get another id."""
    headers = {**CACHE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            yield piece


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=1, wbits=31)  # 31: with a gzip header
    for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()
