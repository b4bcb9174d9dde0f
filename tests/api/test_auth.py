from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from neuroscope.api.app import create_app
from neuroscope.api.auth import SECURITY_HEADERS, Access, hosts_for
from neuroscope.settings import Settings


def test_without_the_token_nothing_is_told(stranger: TestClient) -> None:
    for path in ("/api/studies", "/api/jobs", "/api/events", "/api/openapi.json", "/api/none"):
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert "neuroscope serve" in answer.json()["fix"]


def test_health_needs_no_token(stranger: TestClient) -> None:
    assert stranger.get("/api/health").json()["status"] == "ok"


def test_a_wrong_token_is_refused(stranger: TestClient) -> None:
    wrong = {"authorization": "Bearer something-else"}
    assert stranger.get("/api/studies", headers=wrong).status_code == 401
    assert stranger.get("/?token=something-else", follow_redirects=False).cookies == {}


def test_the_launch_link_becomes_a_cookie_and_leaves_the_address(stranger: TestClient) -> None:
    answer = stranger.get("/?token=launch-token", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.get("/api/studies").status_code == 200


def test_a_launch_link_never_leads_to_another_site(stranger: TestClient) -> None:
    answer = stranger.get(
        "http://127.0.0.1:8000//evil.example/?token=launch-token", follow_redirects=False
    )
    assert answer.headers["location"] == "/evil.example/"


def test_two_servers_on_one_machine_keep_their_cookies_apart() -> None:
    assert Access("a", 8000).cookie != Access("a", 8001).cookie


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_the_server_answers_under_loopback_names(client: TestClient, host: str) -> None:
    assert client.get("/api/studies", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "", "["])
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/api/health", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["fix"]


@pytest.mark.parametrize(
    ("bound", "names"),
    [("127.0.0.1", 3), ("0.0.0.0", 3), ("Scanner.local", 4)],  # noqa: S104
)
def test_a_server_answers_to_its_own_name_too(bound: str, names: int) -> None:
    assert len(hosts_for(bound)) == names


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
    ids=str,
)
def test_a_change_asked_by_another_site_is_refused(
    client: TestClient, headers: dict[str, str]
) -> None:
    answer = client.post("/api/uploads", headers=headers, json={"files": []})
    assert answer.status_code == 403


def test_our_own_page_may_change_things(client: TestClient) -> None:
    own = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    body = {"files": [{"name": "a.png", "size": 1}]}
    assert client.post("/api/uploads", headers=own, json=body).status_code == 201


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/none"])
def test_every_answer_carries_the_security_headers(stranger: TestClient, path: str) -> None:
    answer = stranger.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe-eval'" not in answer.headers["content-security-policy"].replace(
        "'wasm-unsafe-eval'", ""
    )


def test_an_empty_token_in_the_settings_of_a_document_opens_nothing(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path), Access("", 0))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/api/studies", headers={"authorization": "Bearer "}).status_code == 401
