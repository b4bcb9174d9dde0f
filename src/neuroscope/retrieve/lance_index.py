"""An index in a folder of its own: LanceDB, inside this process, no server.

Every addition is one commit: a new manifest is renamed into place after its data were written, so
that a process killed at any moment leaves the last complete state.
"""

import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.records.similar import Embedded, Hit, VectorSpace
from neuroscope.retrieve.conditions import Condition, as_sql
from neuroscope.retrieve.index import (
    ENTRY_COLUMNS,
    EXACT_UP_TO,
    FACT_COLUMNS,
    FORMAT,
    NUMBERS,
    REBUILD,
    as_entry,
    as_row,
    best_of_each,
    check_query,
)

if TYPE_CHECKING:
    import lancedb
    import pyarrow

log = logging.getLogger(__name__)

SPACE_NAME = "space.json"
TABLE = "entries"
# Parts of about 1,000 neighboring vectors, of which a query reads the nearest fifth, each vector in
# full: recall .997 and more at 100,000. Graphs (HNSW) were no faster here and 40 times slower made.
PART_OF = 1_000
SHARE_READ, LEAST_READ = 0.20, 10
WORDS_INDEXED, ENDS_INDEXED = ("kind", "label", "sequence"), ("patient", "age")
KEEP_VERSIONS = timedelta(minutes=10)  # for those who are reading while it is tidied up


class LanceIndex:
    """An open folder of vectors; owns the connection."""

    def __init__(self, table: "lancedb.table.Table", space: VectorSpace) -> None:
        self._table = table
        self._is_exact = not _is_parted(table)
        self.space = space

    def add(self, embedded: Embedded) -> None:
        """Keep vectors; when this returns, all of them are on the disk."""
        self.space.require_same(embedded.space)
        if not embedded.entries:
            return
        with _as_storage_error():
            merge = self._table.merge_insert("id")
            merge.when_matched_update_all().when_not_matched_insert_all().execute(
                _arrow(embedded, self._table.schema)
            )

    def delete(self, case_ids: Sequence[str]) -> None:
        """Forget all vectors of some cases."""
        if case_ids:
            with _as_storage_error():
                self._table.delete(as_sql([Condition("case_id", tuple(case_ids))]))

    def search(
        self, vector: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Hit, ...]:
        """Find the vectors with the largest cosine."""
        check_query(vector, self.space, most)
        columns = [*ENTRY_COLUMNS, *FACT_COLUMNS, "_distance"]
        found = self._nearest(vector, conditions, most, columns).to_pylist()
        return tuple(Hit(as_entry(row), 1.0 - float(row["_distance"])) for row in found)

    def nearest_cases(
        self, vectors: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Mapping[str, float], ...]:
        """Name the cases of the nearest vectors of several queries, in one pass."""
        for vector in vectors:
            check_query(vector, self.space, most)
        if not len(vectors):
            return ()
        found = self._nearest(vectors, conditions, most, ["case_id", "_distance"])
        cases, scores = found["case_id"].to_pylist(), 1.0 - found["_distance"].to_numpy()
        asked = np.zeros(len(cases), np.int64)
        if "query_index" in found.column_names:
            asked = found["query_index"].to_numpy()
        return tuple(
            best_of_each((cases[row], float(scores[row])) for row in np.flatnonzero(asked == n))
            for n in range(len(vectors))
        )

    def _nearest(
        self,
        vectors: NDArray[np.float32],
        conditions: Sequence[Condition],
        most: int,
        columns: list[str],
    ) -> "pyarrow.Table":
        with _as_storage_error():
            asked: Any = self._table.search(vectors, vector_column_name="vector")
            asked = asked.distance_type("cosine")
            if conditions:
                asked = asked.where(as_sql(conditions), prefilter=True)
            if self._is_exact:
                asked = asked.bypass_vector_index()
            else:
                parts = self._table.count_rows() / PART_OF
                asked = asked.nprobes(max(LEAST_READ, round(SHARE_READ * parts)))
            return asked.limit(most).select(columns).to_arrow()

    def fetch(self, conditions: Sequence[Condition]) -> Embedded:
        """Give all vectors that fulfill the conditions, ordered by id."""
        with _as_storage_error():
            asked = self._table.search()
            if conditions:
                asked = asked.where(as_sql(conditions))
            found = asked.limit(max(1, self._table.count_rows())).to_arrow().sort_by("id")
        flat = found["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        vectors = np.array(flat, np.float32).reshape(found.num_rows, self.space.dimension)
        rows = found.drop_columns("vector").to_pylist()
        return Embedded(self.space, tuple(as_entry(row) for row in rows), vectors)

    def count(self, conditions: Sequence[Condition]) -> int:
        """Count the vectors that fulfill the conditions."""
        with _as_storage_error():
            return int(self._table.count_rows(as_sql(conditions) or None))

    def settle(self) -> None:
        """Merge small pieces; part the vectors when there are many."""
        with _as_storage_error():
            self._table.optimize(cleanup_older_than=KEEP_VERSIONS)
            if self._table.count_rows() > EXACT_UP_TO and not _is_parted(self._table):
                self._part()
            self._is_exact = not _is_parted(self._table)

    def close(self) -> None:
        """Nothing is held open between two calls."""

    def _part(self) -> None:
        from lancedb.index import Bitmap, BTree, IvfFlat

        number = self._table.count_rows()
        log.info("parting %d vectors", number)
        parts = IvfFlat(distance_type="cosine", num_partitions=max(1, number // PART_OF))
        self._table.create_index("vector", config=parts)
        for name in WORDS_INDEXED:
            self._table.create_index(name, config=Bitmap())
        for name in ENDS_INDEXED:
            self._table.create_index(name, config=BTree())


def _is_parted(table: "lancedb.table.Table") -> bool:
    return any("vector" in found.columns for found in table.list_indices())


def open_lance_index(folder: Path, space: VectorSpace | None = None) -> LanceIndex:
    """Open an index; with `space`, make it if it is not there.

    Parameters
    ----------
    space
        Of the vectors that shall be added or asked with; None takes what is there.

    Raises
    ------
    NotFoundError
        If there is none, and no space to make one.
    ConflictError
        If it holds vectors of another space.
    StorageError
        If it is half written, of another format, or the disk refuses.
    """
    if not (folder / SPACE_NAME).exists():
        return _make(folder, space)
    found = _read_space(folder)
    if space is not None:
        found.require_same(space)
    with _as_storage_error():
        try:
            table = _connect(folder).open_table(TABLE)
        except ValueError as error:  # LanceDB finds no such table
            raise _half_written() from error
        if not {*ENTRY_COLUMNS, *FACT_COLUMNS, "vector"} <= {*table.schema.names}:
            raise _half_written()
    return LanceIndex(table, found)


def remove_lance_index(folder: Path) -> None:
    """Delete an index, whole or broken; what is no index is left alone.

    Raises
    ------
    StorageError
        If the folder holds other things, or the disk refuses.
    """
    if not folder.exists():
        return
    foreign = {path.name for path in folder.iterdir()} - {SPACE_NAME, f"{TABLE}.lance"}
    foreign = {name for name in foreign if not name.startswith(f".{SPACE_NAME}.")}
    if foreign:
        raise StorageError(
            f"The folder of the index holds something else: {sorted(foreign)[0]}.",
            fix="Move it away, or name another folder.",
        )
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StorageError(
            f"The index cannot be deleted ({error.strerror}).", fix="Check who may write there."
        ) from error


def _make(folder: Path, space: VectorSpace | None) -> LanceIndex:
    if folder.exists() and any(folder.iterdir()):
        raise _half_written()
    if space is None:
        raise NotFoundError(
            "There is no index of past cases yet.", fix="Make one: neuroscope index"
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        table = _connect(folder).create_table(TABLE, schema=_schema(space.dimension))
        part = folder / f".{SPACE_NAME}.{secrets.token_hex(4)}"
        with part.open("x", encoding="utf-8") as file:  # last: where it is, the table is
            json.dump({"format": FORMAT, **asdict(space)}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / SPACE_NAME)
    except OSError as error:
        raise StorageError(
            f"The index cannot be made ({error.strerror}).",
            fix="Check free disk space, and that the folder may be written.",
        ) from error
    return LanceIndex(table, space)


def _read_space(folder: Path) -> VectorSpace:
    try:
        stored: dict[str, Any] = json.loads((folder / SPACE_NAME).read_text(encoding="utf-8"))
        written = stored.pop("format")
        space = VectorSpace(**stored)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _half_written() from error
    if written != FORMAT:
        raise StorageError(
            f"The index has format {written}; this version reads {FORMAT}.", fix=REBUILD
        )
    return space


def _half_written() -> StorageError:
    return StorageError("The index of past cases is half written or damaged.", fix=REBUILD)


def _connect(folder: Path) -> "lancedb.DBConnection":
    import lancedb

    return lancedb.connect(folder)


def _schema(dimension: int) -> "pyarrow.Schema":
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        if name == "slice_index":
            return pa.int64()
        return pa.float64() if name in NUMBERS else pa.string()

    columns = [pa.field(name, kind(name)) for name in (*ENTRY_COLUMNS, *FACT_COLUMNS)]
    return pa.schema([*columns, pa.field("vector", pa.list_(pa.float32(), dimension))])


def _arrow(embedded: Embedded, schema: "pyarrow.Schema") -> "pyarrow.Table":
    import pyarrow as pa

    rows = [as_row(entry) for entry in embedded.entries]
    columns = {
        field.name: pa.array([row[field.name] for row in rows], field.type)
        for field in schema
        if field.name != "vector"
    }
    flat = pa.array(np.ascontiguousarray(embedded.vectors).ravel())
    columns["vector"] = pa.FixedSizeListArray.from_arrays(flat, embedded.space.dimension)
    return pa.table(columns, schema=schema)


@contextmanager
def _as_storage_error() -> Iterator[None]:
    """Turn what LanceDB raises (it knows RuntimeError, OSError, ValueError) into our error."""
    try:
        yield
    except (RuntimeError, OSError, ValueError) as error:
        raise StorageError(
            f"The index of past cases cannot be used ({type(error).__name__}).", fix=REBUILD
        ) from error
