"""Ask the worker for similar cases. Light: the web process knows neither index nor network.

The worker listens on a socket in a folder that only its user may open; each side proves that it
knows the key of the store. What travels is JSON.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

from neuroscope.errors import (
    BadInputError,
    ConflictError,
    ModelError,
    NeuroscopeError,
    NotFoundError,
    StorageError,
)

ADDRESS = "similar.address"  # in the folder of the store: where the worker listens
WAIT_S = 60.0
KINDS: dict[str, type[NeuroscopeError]] = {
    kind.__name__: kind
    for kind in (BadInputError, ConflictError, ModelError, NotFoundError, StorageError)
}
NOT_RUNNING = "The worker, which searches similar cases, is not running."


def ask_worker(
    home: Path, key: bytes, question: Mapping[str, Any], *, wait_s: float = WAIT_S
) -> dict[str, Any]:
    """Ask, and wait for the answer.

    Parameters
    ----------
    home, key
        Of the store.
    question
        What `SimilarService.answer` takes.

    Raises
    ------
    ConflictError
        If no worker listens, or it does not answer in time; or what the worker raised:
        `BadInputError`, `NotFoundError`, `StorageError`, `ModelError`.
    """
    try:
        address = (home / ADDRESS).read_text(encoding="utf-8")
        with Client(address, family="AF_UNIX", authkey=key_of(key)) as line:
            line.send_bytes(json.dumps(question).encode())
            if not line.poll(wait_s):
                raise ConflictError(
                    f"The worker has not answered within {wait_s:.0f} s.",
                    fix="Try again a little later.",
                )
            answer: dict[str, Any] = json.loads(line.recv_bytes())
    except (OSError, EOFError, AuthenticationError, ValueError) as error:
        raise ConflictError(
            NOT_RUNNING, fix="Start it: neuroscope serve; it is ready a moment later."
        ) from error
    if "error" in answer:
        kind = KINDS.get(answer["error"], NeuroscopeError)
        raise kind(answer["problem"], fix=answer["fix"])
    return answer


def key_of(key: bytes) -> bytes:
    """Derive what both sides prove to know from the key of the store."""
    return hmac.digest(key, b"similar cases", hashlib.sha256)
