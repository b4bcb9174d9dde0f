"""Open the store: the database, and the folders for blobs and uploads beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, StorageError
from neuroscope.settings import Settings
from neuroscope.store.blobs import as_storage_error
from neuroscope.store.key import read_or_make_key
from neuroscope.store.tables import Table

MIGRATIONS = Path(__file__).parent / "migrations"
FOLDERS = ("blobs", "uploads", "models")
BUSY_TIMEOUT_MS = 15_000


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """An open store. Close it when the program ends.

    Attributes
    ----------
    engine
        Connections to SQLite or PostgreSQL.
    home
        Folder of the store; `blobs`, `uploads` and `models` lie in it, readable by their owner
        only.
    key
        Secret of this store, from which pseudonyms are made.
    """

    engine: Engine
    home: Path
    key: bytes

    @property
    def blobs(self) -> Path:
        """Folder of the compressed arrays."""
        return self.home / "blobs"

    @property
    def uploads(self) -> Path:
        """Folder of the files on their way in."""
        return self.home / "uploads"

    @property
    def models(self) -> Path:
        """Folder of the weights that were trained here."""
        return self.home / "models"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read one consistent state; writers are not held up (SQLite reads from its log)."""
        with self._session(self.engine.execution_options(reading=True)) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Run statements that all take effect or none.

        Raises
        ------
        StorageError
            If the database is full, locked for long, read-only or not reachable.
        """
        with self._session(self.engine) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            raise StorageError(
                f"The database refused: {type(error.orig).__name__}.",
                fix="Check free disk space, and that the database runs and is not locked.",
            ) from error

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def open_store(settings: Settings) -> Store:
    """Open the store that the settings name; make or upgrade it first if need be.

    Raises
    ------
    StorageError
        If the folder cannot be written or the database cannot be reached.
    BadInputError
        If the URL names a database that is neither SQLite nor PostgreSQL.
    """
    with as_storage_error("The folder of the store cannot be made."):
        for folder in (settings.home, *(settings.home / name for name in FOLDERS)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = read_or_make_key(settings.home)
    engine = open_engine(settings.resolved_database_url)
    try:
        upgrade(engine)
    except DBAPIError as error:
        engine.dispose()
        raise StorageError(
            f"The database cannot be opened: {type(error.orig).__name__}.",
            fix="Check NEUROSCOPE_DATABASE_URL, and that the database runs and may be written.",
        ) from error
    return Store(engine=engine, home=settings.home, key=key)


def database_url(url: str) -> URL:
    """Parse a URL and choose our driver for it (psycopg 3 for PostgreSQL)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return parsed
    raise BadInputError(
        f"The database is of the kind {parsed.get_backend_name()!r}.",
        fix="Set NEUROSCOPE_DATABASE_URL to a sqlite:/// or postgresql:// URL.",
    )


def insert_once(session: Session, table: type[Table], rows: list[dict[str, Any]]) -> None:
    """Insert rows whose keys are new and leave the others as they are."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.execute(insert(table).on_conflict_do_nothing(), rows)


def open_engine(url: str) -> Engine:
    """Make the connections; SQLite gets a write-ahead log, foreign keys and patience."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed, pool_size=5, max_overflow=10, pool_pre_ping=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest form; does nothing if they are."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":  # two processes may start at once
            connection.execute(text("SELECT pg_advisory_xact_lock(727367)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _prepare_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail at once (SQLITE_BUSY) instead of
    # waiting, if another writes in between: https://sqlite.org/isolation.html
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
