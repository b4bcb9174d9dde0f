from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from neuroscope.api.problems import add_problems
from neuroscope.api.site import add_site


@pytest.fixture
def built(tmp_path: Path) -> TestClient:
    """A server of a small built page, beside a file that it must not deliver."""
    root = tmp_path / "web"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<title>Neuroscope</title>")
    (root / "assets" / "index-abc.js").write_text("1")
    (tmp_path / "secret").write_text("secret")
    app = FastAPI()
    add_problems(app)
    add_site(app, root)
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/studies/3f9a", "/models"])
def test_every_address_of_the_page_is_its_front_page(built: TestClient, path: str) -> None:
    answer = built.get(path)
    assert "Neuroscope" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_files_with_a_hash_in_their_name_are_kept_by_the_browser(built: TestClient) -> None:
    assert "immutable" in built.get("/assets/index-abc.js").headers["cache-control"]


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "//secret"])
def test_nothing_outside_the_page_is_delivered(built: TestClient, path: str) -> None:
    assert built.get(path).text != "secret"


def test_a_missing_file_is_no_front_page(built: TestClient) -> None:
    assert built.get("/assets/none.js").status_code == 404


def test_a_page_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    app = FastAPI()
    add_problems(app)
    add_site(app, tmp_path)
    assert "make web" in TestClient(app).get("/").text
