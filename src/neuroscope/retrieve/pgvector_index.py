"""An index in PostgreSQL with the extension pgvector, beside the tables of the store.

The vectors can be made again from the images, so no migration knows these two tables: an index of
another format is refused and made anew.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    delete,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import UserDefinedType

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.records.similar import Embedded, Hit, VectorSpace
from neuroscope.retrieve.conditions import Condition, as_clause
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

log = logging.getLogger(__name__)

ENTRIES, SPACE, GRAPH = "similar_entries", "similar_space", "ix_similar_vector"
SEARCHED = 200  # width of the walk through the graph
PIECE = 1_000  # rows of one statement


class _Vector(UserDefinedType[str]):
    """A vector as its text, which is what pgvector reads and writes."""

    cache_ok = True

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def get_col_spec(self, **_options: object) -> str:
        """Name the type for CREATE TABLE."""
        return f"vector({self.dimension})"

    def adapt(self, cls: Any, **_options: Any) -> Any:
        """Stay as it is: SQLAlchemy would guess the arguments of a copy from the signature."""
        del cls
        return _Vector(self.dimension)


class PgVectorIndex:
    """An open index in a database; owns nothing but the use of its connections."""

    def __init__(self, engine: Engine, space: VectorSpace) -> None:
        self._engine = engine
        self._table = _entries(space.dimension)
        self.space = space

    def add(self, embedded: Embedded) -> None:
        """Keep vectors in one transaction; when this returns, it is committed."""
        self.space.require_same(embedded.space)
        rows = [
            as_row(entry) | {"vector": _as_text(vector)}
            for entry, vector in zip(embedded.entries, embedded.vectors, strict=True)
        ]
        with _transaction(self._engine) as connection:
            for start in range(0, len(rows), PIECE):
                adding = insert(self._table)
                others = {c.name: adding.excluded[c.name] for c in self._table.c if c.name != "id"}
                connection.execute(
                    adding.on_conflict_do_update(index_elements=["id"], set_=others),
                    rows[start : start + PIECE],
                )

    def delete(self, case_ids: Sequence[str]) -> None:
        """Forget all vectors of some cases."""
        with _transaction(self._engine) as connection:
            connection.execute(delete(self._table).where(self._table.c.case_id.in_(list(case_ids))))

    def search(
        self, vector: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Hit, ...]:
        """Find the vectors with the largest cosine."""
        check_query(vector, self.space, most)
        columns = [self._table.c[name] for name in (*ENTRY_COLUMNS, *FACT_COLUMNS)]
        with self._searching() as connection:
            query = self._nearest(vector, conditions, most, columns)
            found = connection.execute(query).mappings().all()
        return tuple(Hit(as_entry(row), float(row["score"])) for row in found)

    def nearest_cases(
        self, vectors: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Mapping[str, float], ...]:
        """Name the cases of the nearest vectors of several queries, in one transaction."""
        found = []
        with self._searching() as connection:
            for vector in vectors:
                check_query(vector, self.space, most)
                query = self._nearest(vector, conditions, most, [self._table.c.case_id])
                rows = connection.execute(query).all()
                found.append(best_of_each((str(case), float(score)) for case, score in rows))
        return tuple(found)

    def _nearest(
        self,
        vector: NDArray[np.float32],
        conditions: Sequence[Condition],
        most: int,
        columns: Sequence[Column[Any]],
    ) -> Select[Any]:
        asked = bindparam("query", _as_text(vector), type_=_Vector(self.space.dimension))
        distance = self._table.c.vector.op("<=>", return_type=Float())(asked)
        return (
            select(*columns, (literal(1.0) - distance).label("score"))
            .where(as_clause(conditions, self._table))
            .order_by(distance)
            .limit(most)
        )

    @contextmanager
    def _searching(self) -> Iterator[Connection]:
        with _transaction(self._engine) as connection:
            connection.execute(text(f"SET LOCAL hnsw.ef_search = {SEARCHED}"))
            # Without it a filter is applied to the first hits only, and may leave none of them.
            connection.execute(text("SET LOCAL hnsw.iterative_scan = strict_order"))
            yield connection

    def fetch(self, conditions: Sequence[Condition]) -> Embedded:
        """Give all vectors that fulfill the conditions, ordered by id."""
        with _transaction(self._engine) as connection:
            query = select(self._table).where(as_clause(conditions, self._table))
            found = connection.execute(query).mappings().all()
        found = sorted(found, key=lambda row: str(row["id"]))  # not by the database's collation
        vectors = np.array([json.loads(row["vector"]) for row in found], np.float32)
        shape = (len(found), self.space.dimension)
        return Embedded(self.space, tuple(map(as_entry, found)), vectors.reshape(shape))

    def count(self, conditions: Sequence[Condition]) -> int:
        """Count the vectors that fulfill the conditions."""
        query = select(func.count()).select_from(self._table)
        with _transaction(self._engine) as connection:
            return connection.execute(query.where(as_clause(conditions, self._table))).scalar_one()

    def settle(self) -> None:
        """Build the graph when there are many vectors; additions later keep it up to date."""
        if self.count(()) > EXACT_UP_TO:
            log.info("building the graph of the vectors")
            with _transaction(self._engine) as connection:
                connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
                connection.execute(
                    text(
                        f"CREATE INDEX IF NOT EXISTS {GRAPH} ON {ENTRIES} "
                        "USING hnsw (vector vector_cosine_ops)"
                    )
                )
        with _transaction(self._engine) as connection:
            connection.execute(text(f"ANALYZE {ENTRIES}"))

    def close(self) -> None:
        """Leave the connections to whoever made them."""


def has_pgvector(engine: Engine) -> bool:
    """Tell whether this database is PostgreSQL and offers the extension."""
    if engine.dialect.name != "postgresql":
        return False
    with _transaction(engine) as connection:
        offered = text("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
        return bool(connection.execute(offered).scalar_one())


def open_pgvector_index(engine: Engine, space: VectorSpace | None = None) -> PgVectorIndex:
    """Open the index of a database; with `space`, make it if it is not there.

    Raises
    ------
    NotFoundError
        If there is none, and no space to make one.
    ConflictError
        If it holds vectors of another space.
    StorageError
        If it is half written, of another format, or the database refuses.
    """
    with _transaction(engine) as connection:
        tables = inspect(connection).get_table_names()
        there = {ENTRIES, SPACE} & set(tables)
        if len(there) == 1:
            raise StorageError("The index of past cases is half written or damaged.", fix=REBUILD)
        if not there:
            if space is None:
                raise NotFoundError(
                    "There is no index of past cases yet.", fix="Make one: neuroscope index"
                )
            _make(connection, space)
            return PgVectorIndex(engine, space)
        found = _read_space(connection)
    if space is not None:
        found.require_same(space)
    return PgVectorIndex(engine, found)


def remove_pgvector_index(engine: Engine) -> None:
    """Delete the index of a database, whole or broken."""
    with _transaction(engine) as connection:
        for name in (ENTRIES, SPACE):
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))


def _make(connection: Connection, space: VectorSpace) -> None:
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    _entries(space.dimension).metadata.create_all(connection)
    connection.execute(text(f"CREATE TABLE {SPACE} (content text NOT NULL)"))
    content = json.dumps({"format": FORMAT, **asdict(space)})
    connection.execute(text(f"INSERT INTO {SPACE} VALUES (:content)"), {"content": content})  # noqa: S608 - our own name


def _read_space(connection: Connection) -> VectorSpace:
    try:
        content = connection.execute(text(f"SELECT content FROM {SPACE}")).scalar_one_or_none()  # noqa: S608 - our own name
        stored: dict[str, Any] = json.loads(content or "")
        written = stored.pop("format")
        space = VectorSpace(**stored)
    except (DBAPIError, ValueError, TypeError, KeyError) as error:
        raise StorageError(
            "The index of past cases is half written or damaged.", fix=REBUILD
        ) from error
    if written != FORMAT:
        raise StorageError(
            f"The index has format {written}; this version reads {FORMAT}.", fix=REBUILD
        )
    return space


def _entries(dimension: int) -> Table:
    def column(name: str) -> Column[Any]:
        if name in NUMBERS:
            return Column(name, Float(precision=53))
        if name == "slice_index":
            return Column(name, Integer)
        kept = name in ("case_id", "patient", "group")
        return Column(name, String, primary_key=name == "id", index=kept)

    columns = [column(name) for name in (*ENTRY_COLUMNS, *FACT_COLUMNS)]
    return Table(ENTRIES, MetaData(), *columns, Column("vector", _Vector(dimension)))


def _as_text(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(map(repr, vector.astype(float).tolist())) + "]"


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise StorageError(
            f"The index of past cases cannot be used: {type(error.orig).__name__}.",
            fix=f"Check that the database runs and may be written. {REBUILD}",
        ) from error
