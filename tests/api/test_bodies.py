import pytest
from starlette.requests import Request

from neuroscope.api.bodies import accepts


@pytest.mark.parametrize(
    ("header", "zstd"),
    [
        ("gzip, deflate, br, zstd", True),
        ("zstd;q=0.5", True),
        ("zstd;q=0, gzip", False),
        ("zstd; q=0.0", False),
        ("gzip", False),
        ("", False),
    ],
)
def test_an_encoding_is_used_only_if_the_client_reads_it(header: str, zstd: bool) -> None:
    request = Request(
        {"type": "http", "headers": [(b"accept-encoding", header.encode())], "method": "GET"}
    )
    assert accepts(request, "zstd") is zstd
