"""Addresses that cannot be one, servers that are none, and secrets that are not told."""

import base64
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from neuroscope.errors import BadInputError, StorageError
from neuroscope.retrieve.chroma_server import ChromaServer


class Strange(BaseHTTPRequestHandler):
    """Answers as no Chroma does: by the last part of the path."""

    heard: list[str | None] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.heard.append(self.headers.get("Authorization"))
        status = int(self.path.rpartition("/")[2])
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Strange)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host", "http://", "http://h:99999"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(BadInputError, match="NEUROSCOPE_VECTORS"):
        ChromaServer(url)


def test_nobody_there_says_how_to_start_it():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(StorageError, match=r"does not answer.*") as told:
        ChromaServer(f"http://me:secret@127.0.0.1:{port}").ask("GET", "/1")
    assert "chroma run" in told.value.fix
    assert "secret" not in f"{told.value.problem}{told.value.fix}"


def test_another_server_is_named_and_nothing_there_is_none(port):
    server = ChromaServer(f"http://127.0.0.1:{port}")
    assert server.ask("GET", "/404") is None
    with pytest.raises(StorageError, match="status 500"):
        server.ask("GET", "/500")
    with pytest.raises(StorageError, match="status 200"):
        server.ask("GET", "/200")


def test_name_and_password_of_the_address_are_sent(port):
    Strange.heard.clear()
    ChromaServer(f"http://me:p%40ss@127.0.0.1:{port}").ask("GET", "/404")
    assert Strange.heard == ["Basic " + base64.b64encode(b"me:p@ss").decode()]
