from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from neuroscope.api.app import create_app
from neuroscope.api.auth import Access
from neuroscope.api.problems import of_ours
from neuroscope.errors import (
    BadInputError,
    ConflictError,
    ModelError,
    NeuroscopeError,
    NotFoundError,
    StorageError,
    TooLargeError,
    UnreadableFileError,
)
from neuroscope.settings import Settings


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/none", 404),
        ("GET", "/api/studies/none", 404),
        ("GET", "/api/jobs/none", 404),
        ("PATCH", "/api/studies", 405),
        ("GET", "/api/studies?limit=0", 422),
        ("GET", "/api/studies?class=knee", 422),
        ("GET", "/api/studies/%2e%2e%2f", 404),
        ("POST", "/api/uploads", 422),
        ("POST", "/api/jobs/none/cancel", 404),
        ("GET", "/assets/none.js", 404),
    ],
)
def test_every_refusal_is_a_problem_with_a_fix(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    if path.startswith("/api"):
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == status
        assert all(problem[member] for member in ("type", "title", "detail", "fix"))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (BadInputError, 400),
        (UnreadableFileError, 400),
        (NotFoundError, 404),
        (ConflictError, 409),
        (TooLargeError, 413),
        (ModelError, 500),
        (StorageError, 507),
    ],
)
def test_our_errors_map_to_one_status_each(kind: type[NeuroscopeError], status: int) -> None:
    answer = of_ours(kind("It is so.", fix="Do this."))
    assert answer.status_code == status
    assert b"Do this." in bytes(answer.body)


def test_a_wrong_value_is_named_but_not_repeated(client: TestClient) -> None:
    answer = client.post("/api/uploads", json={"files": [{"name": "DOE_JOHN.dcm", "size": -1}]})
    assert answer.status_code == 422
    assert "size" in answer.json()["detail"]
    assert "DOE" not in answer.text


def test_an_unexpected_error_keeps_its_text_to_itself(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path / "home"), Access("launch-token", 8000))

    @app.get("/api/broken")
    def broken() -> None:
        raise RuntimeError("DOE_JOHN")

    app.router.routes.insert(0, app.router.routes.pop())
    headers = {"authorization": "Bearer launch-token"}
    with TestClient(
        app, base_url="http://localhost", headers=headers, raise_server_exceptions=False
    ) as client:
        answer = client.get("/api/broken")
    assert answer.status_code == 500
    assert "DOE" not in answer.text
    assert answer.json()["fix"]
