"""A small API over a new store, and a person's client for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from neuroscope.api.app import create_app
from neuroscope.api.auth import Access
from neuroscope.records.imported import ImportedStudy
from neuroscope.settings import Limits, Settings
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study

TOKEN = "launch-token"  # noqa: S105 - of the tests


@pytest.fixture(scope="session")
def built_app() -> FastAPI:
    """The app that tests take in turns, each over a store of its own; change nothing in it."""
    return create_app(Settings(home=Path("never-opened")), Access(TOKEN, 8000))


@pytest.fixture
def app(built_app: FastAPI, tmp_path: Path, new_home: Callable[[Path], Path]) -> FastAPI:
    limits = Limits(upload_bytes=64 * 1024**2)
    built_app.state.settings = Settings(home=new_home(tmp_path / "home"), limits=limits)
    return built_app


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """A client of the running app that does not know the token."""
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def client(stranger: TestClient) -> TestClient:
    """A client that holds the token."""
    stranger.headers["authorization"] = f"Bearer {TOKEN}"
    return stranger


@pytest.fixture
def store(app: FastAPI, stranger: TestClient) -> Store:
    """The store of the running app."""
    del stranger
    opened: Store = app.state.store
    return opened


@pytest.fixture
def pictures(store: Store, picture_study: Callable[..., ImportedStudy]) -> str:
    """Id of a stored study of three pictures."""
    return save_study(store, picture_study(3)).study_id


@pytest.fixture
def volume(store: Store, volume_study: ImportedStudy) -> str:
    """Id of a stored study of one volume."""
    return save_study(store, volume_study).study_id
