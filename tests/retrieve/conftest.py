"""Vectors whose neighbors are known, and indexes of every kind to put them into."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from neuroscope.models.inference import load_engine
from neuroscope.records.similar import CaseFacts, Embedded, Entry, VectorSpace
from neuroscope.retrieve.chroma_index import open_chroma_index, remove_chroma_index
from neuroscope.retrieve.chroma_server import ChromaServer
from neuroscope.retrieve.embed import Embedder, make_embedder
from neuroscope.retrieve.index import VectorIndex
from neuroscope.retrieve.lance_index import open_lance_index
from neuroscope.retrieve.pgvector_index import open_pgvector_index
from neuroscope.store.database import database_url

DIMENSION = 8
SPACE = VectorSpace("known", "1", "a" * 64, "test-1", DIMENSION)


@pytest.fixture
def space() -> VectorSpace:
    """The space of all vectors here."""
    return SPACE


@pytest.fixture
def entry() -> Callable[..., Entry]:
    """Make an entry: `entry(7, patient="p", label="glioma", age=50.0)`."""

    def make(number: int, *, kind="slice", case="", patient="", group="", **facts) -> Entry:
        case = case or f"case{number}"
        patient = patient or f"patient of {case}"
        known = CaseFacts(**{"sequence": "t1c", **facts})
        return Entry(
            f"{case}/{kind}{number}", kind, case, patient, group or patient, "s", number, "", known
        )

    return make


@pytest.fixture
def embedded() -> Callable[..., Embedded]:
    """Put entries and directions together: `embedded([entry], [[1, 0, ...]])`."""

    def make(entries, vectors) -> Embedded:
        rows = np.asarray(vectors, np.float32)
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return Embedded(SPACE, tuple(entries), rows.astype(np.float32))

    return make


@pytest.fixture(
    params=[
        "lance",
        pytest.param("pgvector", marks=pytest.mark.server),
        pytest.param("chroma", marks=pytest.mark.server),
    ]
)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    """A new, empty index: every test that asks runs on every kind."""
    if request.param == "lance":
        yield open_lance_index(tmp_path / "index", SPACE)
        return
    if request.param == "chroma":
        server = ChromaServer(request.getfixturevalue("chroma_url"))
        remove_chroma_index(server)
        yield open_chroma_index(server, SPACE)
        return
    engine = create_engine(database_url(request.getfixturevalue("postgresql_url")))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS similar_entries, similar_space"))
    yield open_pgvector_index(engine, SPACE)
    engine.dispose()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The shipped network, ready to embed."""
    return make_embedder(load_engine(threads=1), threads=1)
