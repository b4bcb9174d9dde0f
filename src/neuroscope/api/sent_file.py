"""A file that is the body of a request."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request

from neuroscope.errors import BadInputError, TooLargeError

MOST_BYTES = 256 * 1024 * 1024
BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": BYTES}}
}


async def _sent_file(request: Request) -> AsyncIterator[Path]:
    """Keep the body in a file, but never more than allowed, while the route runs."""
    with tempfile.TemporaryDirectory(prefix="neuroscope-") as folder:
        path = Path(folder) / "sent"
        size = 0
        with path.open("wb") as file:
            async for piece in request.stream():
                size += len(piece)
                if size > MOST_BYTES:
                    raise TooLargeError(
                        f"The file is larger than {MOST_BYTES // 1024**2} MiB.",
                        fix="Send masks compressed, one series at a time.",
                    )
                file.write(piece)
        if not size:
            raise BadInputError("The file is empty.", fix="Choose the file again, and send it.")
        yield path


SentFile = Annotated[Path, Depends(_sent_file)]  # gone when the route has answered
