"""An index in an external vector database: Chroma, spoken to over HTTP, no client library needed.

Chroma is asked for its own approximate neighbors (HNSW, with a wide walk). The vectors can be made
again from the images, so an index of another format is refused and made anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.records.similar import Embedded, Entry, Hit, VectorSpace
from neuroscope.retrieve.chroma_server import ChromaServer
from neuroscope.retrieve.conditions import (
    UNKNOWN_WORD,
    Condition,
    as_where,
    day_number,
    is_impossible,
    one_of,
)
from neuroscope.retrieve.index import (
    ENTRY_COLUMNS,
    FACT_COLUMNS,
    FORMAT,
    NUMBERS,
    REBUILD,
    as_entry,
    as_row,
    best_of_each,
    check_query,
)

COLLECTION = "neuroscope-similar"
# As wide as pgvector's here; Chroma's own defaults lose neighbors under a filter.
GRAPH = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}
PIECE = 2_000  # vectors of one request; Chroma takes 5,461
DATE = "date"  # the one fact that is ordered and no number

Json = Any


class ChromaIndex:
    """An open collection of a Chroma server; owns nothing but the address."""

    def __init__(self, server: ChromaServer, collection: str, space: VectorSpace) -> None:
        self._server = server
        self._collection = collection
        self.space = space

    def add(self, embedded: Embedded) -> None:
        """Keep vectors; what the server acknowledged is in its log on the disk.

        More than 2,000 are sent in pieces, never with a case in two pieces unless it alone has
        more: a piece is there as a whole or not at all.
        """
        self.space.require_same(embedded.space)
        for piece in _pieces(embedded):
            self._ask(
                "upsert",
                {
                    "ids": [entry.id for entry in piece.entries],
                    "embeddings": piece.vectors.astype(float).tolist(),
                    "metadatas": [_as_metadata(entry) for entry in piece.entries],
                },
            )

    def delete(self, case_ids: Sequence[str]) -> None:
        """Forget all vectors of some cases."""
        for start in range(0, len(case_ids), PIECE):
            asked = one_of("case_id", case_ids[start : start + PIECE])
            self._ask("delete", {"where": as_where([asked])})

    def search(
        self, vector: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Hit, ...]:
        """Find the vectors with the largest cosine."""
        check_query(vector, self.space, most)
        (hits,) = self._nearest(vector[None], conditions, most)
        found = (Hit(_as_entry(row), score) for row, score in hits)
        return tuple(sorted(found, key=lambda hit: -hit.score))

    def nearest_cases(
        self, vectors: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Mapping[str, float], ...]:
        """Name the cases of the nearest vectors of several queries, in one request."""
        for vector in vectors:
            check_query(vector, self.space, most)
        found = self._nearest(vectors, conditions, most) if len(vectors) else ()
        return tuple(best_of_each((row["case_id"], score) for row, score in hits) for hits in found)

    def _nearest(
        self, vectors: NDArray[np.float32], conditions: Sequence[Condition], most: int
    ) -> Sequence[Sequence[tuple[dict[str, Any], float]]]:
        if is_impossible(conditions) or not self.count(()):
            return [[] for _ in vectors]
        found = self._ask(
            "query",
            {
                "query_embeddings": vectors.astype(float).tolist(),
                "n_results": most,
                "where": as_where(conditions),
                "include": ["metadatas", "distances"],
            },
        )
        return [
            [(row, 1.0 - float(distance)) for row, distance in zip(rows, distances, strict=True)]
            for rows, distances in zip(found["metadatas"], found["distances"], strict=True)
        ]

    def fetch(self, conditions: Sequence[Condition]) -> Embedded:
        """Give all vectors that fulfill the conditions, ordered by id."""
        entries: list[Entry] = []
        vectors: list[list[float]] = []
        for page in self._pages(conditions, ["metadatas", "embeddings"]):
            entries += map(_as_entry, page["metadatas"])
            vectors += page["embeddings"]
        order = sorted(range(len(entries)), key=lambda row: entries[row].id)
        rows = np.array([vectors[row] for row in order], np.float32)
        shaped = rows.reshape(len(order), self.space.dimension)
        return Embedded(self.space, tuple(entries[row] for row in order), shaped)

    def count(self, conditions: Sequence[Condition]) -> int:
        """Count the vectors that fulfill the conditions."""
        if not conditions:
            found = self._server.ask("GET", f"/{self._collection}/count")
            return int(self._there(found))
        return sum(len(page["ids"]) for page in self._pages(conditions, []))

    def settle(self) -> None:
        """Chroma keeps its graph up to date by itself."""

    def close(self) -> None:
        """Nothing is held open between two calls."""

    def _pages(self, conditions: Sequence[Condition], include: list[str]) -> Iterator[Json]:
        if is_impossible(conditions):
            return
        asked = {"where": as_where(conditions), "include": include, "limit": PIECE}
        start = 0
        while True:
            page = self._ask("get", asked | {"offset": start})
            yield page
            start += len(page["ids"])
            if len(page["ids"]) < PIECE:
                return

    def _ask(self, what: str, body: Json) -> Json:
        return self._there(self._server.ask("POST", f"/{self._collection}/{what}", body))

    def _there(self, answer: Json) -> Json:
        if answer is None:
            raise StorageError("The index was deleted meanwhile.", fix=REBUILD)
        return answer


def open_chroma_index(server: ChromaServer, space: VectorSpace | None = None) -> ChromaIndex:
    """Open the index of a server; with `space`, make it if it is not there.

    Raises
    ------
    NotFoundError
        If there is none, and no space to make one.
    ConflictError
        If it holds vectors of another space.
    StorageError
        If it is damaged, of another format, or the server refuses.
    """
    known = server.ask("GET", f"/{COLLECTION}")
    if known is None:
        if space is None:
            raise NotFoundError(
                "There is no index of past cases yet.", fix="Make one: neuroscope index"
            )
        told = {"format": FORMAT, **asdict(space)}
        wanted = {"name": COLLECTION, "metadata": told, "configuration": {"hnsw": GRAPH}}
        made = server.ask("POST", "", wanted)
        return ChromaIndex(server, str(made["id"]), space)
    found = _read_space(known.get("metadata"))
    if space is not None:
        found.require_same(space)
    return ChromaIndex(server, str(known["id"]), found)


def remove_chroma_index(server: ChromaServer) -> None:
    """Delete the index of a server, whole or broken."""
    server.ask("DELETE", f"/{COLLECTION}")


def _read_space(told: Json) -> VectorSpace:
    try:
        stored = dict(told)
        written = stored.pop("format")
        space = VectorSpace(**stored)
    except (TypeError, ValueError, KeyError) as error:
        raise StorageError(
            "The index of past cases is half written or damaged.", fix=REBUILD
        ) from error
    if written != FORMAT:
        raise StorageError(
            f"The index has format {written}; this version reads {FORMAT}.", fix=REBUILD
        )
    return space


def _pieces(embedded: Embedded) -> Iterator[Embedded]:
    """Cut between two cases where that can be done."""
    entries, start = embedded.entries, 0
    while start < len(entries):
        end = min(start + PIECE, len(entries))
        whole = end
        while end < len(entries) and whole > start:
            if entries[whole - 1].case_id != entries[whole].case_id:
                break
            whole -= 1
        end = whole if whole > start else end
        yield Embedded(embedded.space, entries[start:end], embedded.vectors[start:end])
        start = end


def _as_metadata(entry: Entry) -> dict[str, str | float | None]:
    """Lay an entry out as Chroma keeps it: null takes a number away that was there before."""
    row = as_row(entry)
    words = (name for name in row if name not in NUMBERS)
    row |= {name: UNKNOWN_WORD for name in words if row[name] is None}
    row[DATE] = day_number(row[DATE]) if row[DATE] else None
    return row


def _as_entry(kept: Mapping[str, Any]) -> Entry:
    row: dict[str, Any] = dict.fromkeys((*ENTRY_COLUMNS, *FACT_COLUMNS)) | dict(kept)
    for name in FACT_COLUMNS:
        if name in NUMBERS:
            row[name] = None if row[name] is None else float(row[name])
        elif row[name] == UNKNOWN_WORD:
            row[name] = None
    row[DATE] = _as_day(row[DATE])
    return as_entry(row)


def _as_day(number: int | None) -> str | None:
    return None if number is None else date.fromordinal(number).isoformat()
