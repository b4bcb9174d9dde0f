import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from neuroscope.errors import BadInputError, StorageError
from neuroscope.settings import Settings
from neuroscope.store.database import Store, open_store
from neuroscope.store.tables import SliceRow, Table


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []


def test_opening_again_keeps_everything(settings: Settings) -> None:
    first = open_store(settings)
    with first.transaction() as session:
        session.execute(text("INSERT INTO uploads (id, created) VALUES ('a', '2026-01-01')"))
    first.close()
    second = open_store(settings)
    with second.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM uploads")) == 1
    assert second.key == first.key
    second.close()


def test_the_secret_and_the_folders_are_the_owners_alone(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path / "home"))
    store.close()
    for path, mode in ((store.home / "pseudonym.key", 0o600), (store.blobs, 0o700)):
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_row_without_its_parent_is_refused(store: Store) -> None:
    orphan = SliceRow(
        study_id="none", series_id="none", index=0, name="x", array={}, window=[0, 1], cautions=[]
    )
    with pytest.raises(IntegrityError), store.transaction() as session:
        session.add(orphan)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    insert = text("INSERT INTO uploads (id, created) VALUES (:id, '2026-01-01')")
    with pytest.raises(IntegrityError), store.transaction() as session:
        session.execute(insert, [{"id": "a"}, {"id": "b"}, {"id": "a"}])
    with store.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM uploads")) == 0


def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    with store.transaction() as writing, store.reading() as reading:
        writing.execute(text("INSERT INTO uploads (id, created) VALUES ('a', '2026-01-01')"))
        assert reading.scalar(text("SELECT count(*) FROM uploads")) == 0


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="mysql"):
        open_store(Settings(home=tmp_path, database_url="mysql://localhost/x"))


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(StorageError, match="NEUROSCOPE_DATABASE_URL"):
        open_store(Settings(home=tmp_path, database_url=url))


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="NEUROSCOPE_HOME"):
        open_store(Settings(home=tmp_path / "file" / "home"))
