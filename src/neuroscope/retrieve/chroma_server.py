"""Requests to a Chroma server over HTTP, and what is said when it does not answer."""

import base64
import http.client
import json
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from neuroscope.errors import BadInputError, StorageError
from neuroscope.retrieve.index import REBUILD

HOUSE = "/api/v2/tenants/default_tenant/databases/default_database/collections"
TIMEOUT_S = 60

Json = Any


class ChromaServer:
    """Where a Chroma server listens; every request has a connection of its own."""

    def __init__(self, url: str) -> None:
        self._at = _split(url)

    @property
    def name(self) -> str:
        """Host and port, without what is secret of the URL."""
        return f"{self._at.hostname}:{self._port}"

    @property
    def _port(self) -> int:
        return self._at.port or (443 if self._at.scheme == "https" else 8000)

    def ask(self, method: str, path: str, body: Json = None) -> Json:
        """Send a request below the collections; None where the server knows no such thing.

        Raises
        ------
        StorageError
            If the server does not answer, or refuses.
        """
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        connection = kinds[self._at.scheme](self._at.hostname or "", self._port, timeout=TIMEOUT_S)
        sent = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, self._at.path + HOUSE + path, sent, self._headers())
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise StorageError(
                f"The vector database at {self.name} does not answer ({type(error).__name__}).",
                fix="Start it (chroma run --path FOLDER), or correct NEUROSCOPE_VECTORS.",
            ) from error
        finally:
            connection.close()
        if answer.status == http.HTTPStatus.NOT_FOUND:
            return None
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise self._refused(answer.status)
        try:
            return json.loads(content or b"{}")
        except ValueError as error:
            raise self._refused(answer.status) from error

    def _refused(self, status: int) -> StorageError:
        return StorageError(
            f"The vector database at {self.name} refuses with status {status}.",
            fix=f"Check that it is Chroma 1 or newer, and that you may write. {REBUILD}",
        )

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._at.username:
            secret = f"{unquote(self._at.username)}:{unquote(self._at.password or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
        return headers


def _split(url: str) -> SplitResult:
    try:
        at = urlsplit(url.rstrip("/"))
        if at.scheme not in ("http", "https") or not at.hostname or at.port == 0:
            raise ValueError
    except ValueError as error:
        raise BadInputError(
            "The address of the vector database is not understood.",
            fix="Set NEUROSCOPE_VECTORS to the likes of http://127.0.0.1:8000.",
        ) from error
    return at
