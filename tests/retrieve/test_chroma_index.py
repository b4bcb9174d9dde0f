"""What only the index on a Chroma server promises."""

import threading
from dataclasses import asdict

import numpy as np
import pytest

from neuroscope.errors import ConflictError, NotFoundError, StorageError
from neuroscope.records.similar import VectorSpace
from neuroscope.retrieve import chroma_index
from neuroscope.retrieve.chroma_index import COLLECTION, open_chroma_index, remove_chroma_index
from neuroscope.retrieve.chroma_server import ChromaServer
from neuroscope.retrieve.conditions import parse_conditions

pytestmark = pytest.mark.server


@pytest.fixture
def server(chroma_url: str) -> ChromaServer:
    made = ChromaServer(chroma_url)
    remove_chroma_index(made)
    return made


def test_an_index_is_opened_again_and_refuses_other_networks(server, space, entry, embedded):
    with pytest.raises(NotFoundError, match="neuroscope index"):
        open_chroma_index(server)
    open_chroma_index(server, space).add(embedded([entry(0)], np.eye(8)[:1]))
    again = open_chroma_index(server)
    assert (again.space, again.count(())) == (space, 1)
    other = VectorSpace(space.model, "2", "b" * 64, space.preparation, space.dimension)
    with pytest.raises(ConflictError, match="--rebuild"):
        open_chroma_index(server, other)


@pytest.mark.parametrize("told", [None, {"format": 1}, {"format": 99}])
def test_a_collection_of_another_make_is_named_and_can_be_made_anew(server, space, told):
    told = asdict(space) | told if told == {"format": 99} else told
    server.ask("POST", "", {"name": COLLECTION, "metadata": told})
    with pytest.raises(StorageError, match="--rebuild"):
        open_chroma_index(server, space)
    remove_chroma_index(server)
    assert open_chroma_index(server, space).count(()) == 0


def test_an_index_deleted_under_an_open_one_is_said(server, space, entry, embedded):
    index = open_chroma_index(server, space)
    remove_chroma_index(server)
    with pytest.raises(StorageError, match="deleted meanwhile"):
        index.add(embedded([entry(0)], np.eye(8)[:1]))
    with pytest.raises(StorageError, match="deleted meanwhile"):
        index.count(())


def test_many_vectors_are_sent_and_read_in_pieces(server, space, entry, embedded, monkeypatch):
    monkeypatch.setattr(chroma_index, "PIECE", 7)
    drawn = np.random.default_rng(3).normal(size=(30, 8))
    given = embedded([entry(n, case=f"case{n // 4}") for n in range(30)], drawn)
    pieces = list(chroma_index._pieces(given))
    assert [len(piece.entries) for piece in pieces] == [4, 4, 4, 4, 4, 4, 6]
    index = open_chroma_index(server, space)
    index.add(given)
    assert index.count(parse_conditions("sequence=t1c")) == 30
    assert set(index.fetch(()).entries) == set(given.entries)
    index.delete([f"case{n}" for n in range(9)])
    assert index.count(()) == 0


def test_the_graph_keeps_conditions_and_recall(server, space, entry, embedded):
    drawn = np.random.default_rng(3).normal(size=(1500, 8))
    vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    index = open_chroma_index(server, space)
    index.add(embedded([entry(n, grade=str(n % 30)) for n in range(1500)], vectors))
    kept = np.arange(7, 1500, 30)
    right = 0
    for query in vectors[::150]:
        true = set(kept[np.argsort(-(vectors[kept] @ query))[:10]].tolist())
        conditions = parse_conditions("grade=7")
        hits = [h.entry.slice_index for h in index.search(query, conditions, most=10)]
        assert len(hits) == 10
        right += len(set(hits) & true)
    assert right >= 98


@pytest.mark.slow
def test_a_server_killed_in_mid_insert_keeps_every_acknowledged_vector(
    chroma_running, tmp_path, space, entry, embedded
):
    acknowledged: list[int] = []
    vectors = np.random.default_rng(0).normal(size=(20, 8))
    with chroma_running(tmp_path) as (url, process):
        index = open_chroma_index(ChromaServer(url), space)

        def add() -> None:
            for number in range(100_000):
                entries = [entry(n, case=f"case{number}") for n in range(20)]
                try:
                    index.add(embedded(entries, vectors))
                except StorageError:
                    return
                acknowledged.append(number)

        adding = threading.Thread(target=add)
        adding.start()
        while len(acknowledged) < 25:
            assert adding.is_alive()
        process.kill()
        adding.join()
    with chroma_running(tmp_path) as (url, _):
        index = open_chroma_index(ChromaServer(url), space)
        held = [entry.case_id for entry in index.fetch(()).entries]
        for number in acknowledged:
            assert held.count(f"case{number}") == 20
        assert len(held) % 20 == 0
        assert index.search(index.fetch(()).vectors[0], (), most=3)[0].score > 0.999
