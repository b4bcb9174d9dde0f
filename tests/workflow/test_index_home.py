import numpy as np
import pytest

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.models.inference import load_engine
from neuroscope.records.similar import CaseFacts, Embedded, Entry
from neuroscope.retrieve.chroma_index import ChromaIndex
from neuroscope.retrieve.embed import Embedder, make_embedder
from neuroscope.retrieve.lance_index import LanceIndex
from neuroscope.retrieve.pgvector_index import PgVectorIndex
from neuroscope.workflow.index_home import (
    calibrate_votes,
    note_sources,
    open_index,
    read_calibration,
    remove_index,
    source_of,
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return make_embedder(load_engine(threads=1), threads=1)


def test_the_index_lives_in_the_database_that_can_hold_it(store, tmp_path, embedder):
    expected = PgVectorIndex if store.engine.dialect.name == "postgresql" else LanceIndex
    with pytest.raises(NotFoundError):
        open_index(tmp_path, store, None)
    assert isinstance(open_index(tmp_path, store, embedder), expected)
    assert open_index(tmp_path, store, None).space == embedder.space
    remove_index(tmp_path, store)
    with pytest.raises(NotFoundError):
        open_index(tmp_path, store, None)


@pytest.mark.server
def test_a_named_vector_database_holds_the_index_of_the_store(
    store, tmp_path, embedder, chroma_url
):
    remove_index(tmp_path, store, vectors=chroma_url)
    made = open_index(tmp_path, store, embedder, vectors=chroma_url)
    assert isinstance(made, ChromaIndex)
    assert open_index(tmp_path, store, None, vectors=chroma_url).space == embedder.space
    alone = open_index(tmp_path / "own", None, embedder, vectors=chroma_url)
    assert isinstance(alone, LanceIndex)
    remove_index(tmp_path, store, vectors=chroma_url)
    with pytest.raises(NotFoundError):
        open_index(tmp_path, store, None, vectors=chroma_url)


def test_calibration_is_kept_beside_the_vectors_and_goes_with_them(tmp_path, embedder):
    index = open_index(tmp_path, None, embedder)
    dimension = embedder.space.dimension
    vectors = np.eye(2, dimension, dtype=np.float32)[np.arange(60) % 2]
    vectors = vectors + np.random.default_rng(0).normal(0, 0.01, vectors.shape)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    entries = tuple(
        Entry(
            f"e{n}", "slice", f"c{n}", f"p{n}", f"p{n}",
            facts=CaseFacts(label=str(n % 2), label_source="reader"),
        )
        for n in range(60)
    )  # fmt: skip
    index.add(Embedded(embedder.space, entries, vectors))
    assert read_calibration(tmp_path) == ()
    (clear,) = calibrate_votes(tmp_path, index)
    assert (clear.cases, clear.p_right) == (60, 1.0)
    assert read_calibration(tmp_path) == (clear,)
    remove_index(tmp_path, None)
    assert read_calibration(tmp_path) == ()


def test_where_a_case_came_from_is_remembered_while_the_file_is_there(tmp_path):
    file = tmp_path / "case.png"
    file.write_bytes(b"x")
    note_sources(tmp_path / "home", {"a": file})
    note_sources(tmp_path / "home", {"b": tmp_path / "gone.png"})
    assert source_of(tmp_path / "home", "a") == file
    assert source_of(tmp_path / "home", "b") is None
    assert source_of(tmp_path / "home", "never seen") is None


def test_a_damaged_note_is_named(tmp_path):
    (tmp_path / "calibration.json").write_text("{")
    with pytest.raises(StorageError, match="--rebuild"):
        read_calibration(tmp_path)
