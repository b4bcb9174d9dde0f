"""Tiles of the grid as one body: a line of JSON that says what follows, then plain bytes."""

import gzip
import json
from collections.abc import Sequence

from fastapi import Request, Response

from neuroscope.api.bodies import RAW, accepts
from neuroscope.store.tiles import Tile


def tiles_response(request: Request, tiles: Sequence[Tile]) -> Response:
    """Send tiles: of each a picture (if it has one) and its evidence, row after row, one by one.

    They change only when a study is analyzed anew, and then have other ids; a picture that was
    not there yet may come.
    """
    said = [
        {
            "id": tile.id,
            "side": 0 if tile.picture is None else tile.picture.shape[0],
            "rows": tile.evidence.shape[0],
            "columns": tile.evidence.shape[1],
            "box": [round(edge, 3) for edge in tile.box],
        }
        for tile in tiles
    ]
    parts = [json.dumps(said, separators=(",", ":")).encode() + b"\n"]
    for tile in tiles:
        parts += [] if tile.picture is None else [tile.picture.tobytes()]
        parts.append(tile.evidence.tobytes())
    body = b"".join(parts)
    is_lasting = all(tile.picture is not None for tile in tiles)
    age = "max-age=86400" if is_lasting and tiles else "no-cache"
    headers = {"Cache-Control": f"private, {age}", "Vary": "Accept-Encoding"}
    if accepts(request, "gzip"):
        body = gzip.compress(body, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=RAW, headers=headers)
