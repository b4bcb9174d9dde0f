"""What only the index in PostgreSQL promises."""

from collections.abc import Iterator

import numpy as np
import pytest
from sqlalchemy import Engine, create_engine, text

from neuroscope.errors import ConflictError, NotFoundError, StorageError
from neuroscope.records.similar import VectorSpace
from neuroscope.retrieve import pgvector_index
from neuroscope.retrieve.conditions import parse_conditions
from neuroscope.retrieve.pgvector_index import (
    has_pgvector,
    open_pgvector_index,
    remove_pgvector_index,
)
from neuroscope.store.database import database_url

pytestmark = pytest.mark.server


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    made = create_engine(database_url(postgresql_url))
    remove_pgvector_index(made)
    yield made
    remove_pgvector_index(made)
    made.dispose()


def test_the_extension_is_found_in_postgresql_and_not_in_sqlite(engine):
    assert has_pgvector(engine)
    assert not has_pgvector(create_engine("sqlite://"))


def test_an_index_is_opened_again_and_refuses_other_networks(engine, space, entry, embedded):
    with pytest.raises(NotFoundError, match="neuroscope index"):
        open_pgvector_index(engine)
    open_pgvector_index(engine, space).add(embedded([entry(0)], np.eye(8)[:1]))
    again = open_pgvector_index(engine)
    assert (again.space, again.count(())) == (space, 1)
    other = VectorSpace(space.model, "2", "b" * 64, space.preparation, space.dimension)
    with pytest.raises(ConflictError, match="--rebuild"):
        open_pgvector_index(engine, other)


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE similar_entries",
        "DROP TABLE similar_space",
        "DELETE FROM similar_space",
        "UPDATE similar_space SET content = '{'",
    ],
)
def test_a_half_written_index_is_named_and_can_be_made_anew(engine, space, damage):
    open_pgvector_index(engine, space)
    with engine.begin() as connection:
        connection.execute(text(damage))
    with pytest.raises(StorageError, match="--rebuild"):
        open_pgvector_index(engine, space)
    remove_pgvector_index(engine)
    assert open_pgvector_index(engine, space).count(()) == 0


def test_the_graph_keeps_conditions_and_recall(engine, space, entry, embedded, monkeypatch):
    monkeypatch.setattr(pgvector_index, "EXACT_UP_TO", 500)
    drawn = np.random.default_rng(3).normal(size=(1500, 8))
    vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    index = open_pgvector_index(engine, space)
    index.add(embedded([entry(n, grade=str(n % 30)) for n in range(1500)], vectors))
    index.settle()
    kept = np.arange(7, 1500, 30)  # 1 in 30: the first hits alone would not hold ten of them
    right = 0
    for query in vectors[::150]:
        true = set(kept[np.argsort(-(vectors[kept] @ query))[:10]].tolist())
        conditions = parse_conditions("grade=7")
        hits = [h.entry.slice_index for h in index.search(query, conditions, most=10)]
        assert len(hits) == 10
        right += len(set(hits) & true)
    assert right >= 98
