"""The trail cannot be changed, and whatever is changed behind its back is found."""

import sqlite3
import threading
from contextlib import closing
from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from neuroscope.settings import Settings
from neuroscope.store import audit
from neuroscope.store.database import Store, open_store
from neuroscope.store.tables import AuditEventRow

COLUMNS = [column.name for column in AuditEventRow.__table__.columns]


def add(store: Store, object_id: str = "a", **facts: object) -> audit.Event:
    with store.transaction() as session:
        return audit.append(session, "report.write", object_id, actor="Ä. Reader", facts=facts)


def without_triggers(store: Store) -> None:
    """Take the guards away, as somebody who owns the database can."""
    with store.transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER ALL"))
        else:
            for name in ("no_update", "no_delete", "no_gap"):
                session.execute(text(f"DROP TRIGGER audit_events_{name}"))


def test_events_follow_each_other(store: Store) -> None:
    first, second = add(store, n=1), add(store, n=2)
    assert (first.seq, first.prev_hash, second.prev_hash) == (1, audit.GENESIS, first.hash)
    assert second.facts == {"n": 2}
    assert audit.verify(store) == audit.Verification(2, second.hash, None)
    assert list(audit.events(store)) == [first, second]


def test_the_hash_is_what_the_documentation_says() -> None:
    from hashlib import sha256

    event = audit.Event(
        1, "2026-01-01T00:00:00.000000+00:00", "x", "report.write", "o", None, "{}",
        sha256(b"{}").hexdigest(), audit.GENESIS, "",
    )  # fmt: skip
    content = (
        '{"action":"report.write","actor":"x","object_id":"o","parent_version":null,'
        f'"payload_hash":"{event.payload_hash}","seq":1,'
        '"ts_utc":"2026-01-01T00:00:00.000000+00:00"}'
    )
    assert event.sealed() == sha256((audit.GENESIS + content).encode()).hexdigest()


def test_an_event_of_a_change_that_fails_is_not_told(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as session:
            audit.append(session, "report.write", "a", actor="x", facts={})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert audit.head_of(store) == (0, audit.GENESIS)


AGAIN = """INSERT INTO audit_events SELECT {}, ts_utc, actor, action, object_id, parent_version,
payload, payload_hash, prev_hash, hash FROM audit_events WHERE seq = 2"""


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET actor = 'other' WHERE seq = 1",
        "DELETE FROM audit_events WHERE seq = 2",
        "DELETE FROM audit_events",
        AGAIN.format(9),
        AGAIN.format(3),
    ],
)
def test_the_database_refuses_every_change(store: Store, change: str) -> None:
    add(store), add(store)
    with pytest.raises(IntegrityError), store.transaction() as session:
        session.execute(text(change))
    assert audit.verify(store).events == 2


def test_each_database_refuses_its_own_way_to_take_all(store: Store) -> None:
    add(store), add(store)
    taking = {
        "postgresql": "TRUNCATE audit_events",
        # REPLACE takes a row out without asking the triggers on DELETE.
        "sqlite": "REPLACE INTO audit_events SELECT 1, ts_utc, 'other', action, object_id, "
        "parent_version, payload, payload_hash, prev_hash, hash FROM audit_events WHERE seq = 1",
    }[store.engine.dialect.name]
    with pytest.raises(DBAPIError), store.transaction() as session:
        session.execute(text(taking))
    assert [event.actor for event in audit.events(store)] == ["Ä. Reader"] * 2


def test_many_writers_at_once_make_one_chain(store: Store) -> None:
    def write(name: str) -> None:
        for number in range(5):
            add(store, name, number=number)

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = audit.verify(store)
    assert (found.events, found.broken) == (20, None)
    order = [event.facts["number"] for event in audit.events(store) if event.object_id == "c"]
    assert order == [0, 1, 2, 3, 4]


def test_a_changed_event_is_named(store: Store) -> None:
    for number in range(6):
        add(store, n=number)
    without_triggers(store)
    with store.transaction() as session:
        session.execute(text("UPDATE audit_events SET actor = 'other' WHERE seq = 4"))
    found = audit.verify(store)
    assert found.events == 3
    assert found.broken == audit.Broken(4, "Its seal does not fit what it says.")


def test_an_event_that_was_sealed_anew_breaks_the_next(store: Store) -> None:
    whole = [add(store, n=number) for number in range(4)]
    without_triggers(store)
    forged = replace(whole[1], actor="other", hash="")
    with store.transaction() as session:
        session.execute(
            text("UPDATE audit_events SET actor = 'other', hash = :hash WHERE seq = 2"),
            {"hash": forged.sealed()},
        )
    assert audit.verify(store).broken == audit.Broken(3, "It does not follow the event before it.")


def test_a_missing_event_is_named(store: Store) -> None:
    for number in range(5):
        add(store, n=number)
    without_triggers(store)
    with store.transaction() as session:
        session.execute(text("DELETE FROM audit_events WHERE seq = 3"))
    assert audit.verify(store).broken == audit.Broken(3, "Event 3 is missing; the next is 4.")


def test_events_that_changed_places_are_named(store: Store) -> None:
    for number in range(5):
        add(store, n=number)
    without_triggers(store)
    with store.transaction() as session:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            move = text("UPDATE audit_events SET seq = :new WHERE seq = :old")
            session.execute(move, {"old": old, "new": new})
    broken = audit.verify(store).broken
    assert broken is not None
    assert broken.seq == 2


def test_a_cut_tail_is_whole_in_itself(store: Store) -> None:
    for number in range(5):
        add(store, n=number)
    without_triggers(store)
    with store.transaction() as session:
        session.execute(text("DELETE FROM audit_events WHERE seq > 3"))
    assert audit.verify(store).is_whole  # only an anchor shows it: test_audit_anchor.py


@pytest.fixture(scope="module")
def raw_trail(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[tuple[object, ...]]]:
    """A store of seven events without guards, and its rows."""
    store = open_store(Settings(home=tmp_path_factory.mktemp("raw") / "home"))
    for number in range(7):
        with store.transaction() as session:
            audit.append(
                session, "annotation.edit", f"object-{number}", actor="Ä. Reader",
                facts={"n": number, "what": "ß"}, parent_version=number,
            )  # fmt: skip
    without_triggers(store)
    return store, [tuple(asdict(event).values()) for event in audit.events(store)]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_any_event_is_located(
    raw_trail: tuple[Store, list[tuple[object, ...]]], data: st.DataObject
) -> None:
    store, rows = raw_trail
    number = data.draw(st.integers(0, len(rows) - 1), "row")
    column = data.draw(st.sampled_from([c for c in COLUMNS if c != "seq"]), "column")
    value = rows[number][COLUMNS.index(column)]
    file = store.home / "neuroscope.db"
    if isinstance(value, str):
        raw = bytearray(value.encode())
        place = data.draw(st.integers(0, len(raw) - 1), "byte")
        raw[place] ^= 1 << data.draw(st.integers(0, 7), "bit")
        flipped, cast = bytes(raw), "CAST(? AS TEXT)"
    else:
        assert isinstance(value, int)
        flipped, cast = value ^ (1 << data.draw(st.integers(0, 20), "bit")), "?"
    with closing(sqlite3.connect(file)) as connection, connection:
        change = f"UPDATE audit_events SET {column} = {{}} WHERE seq = {number + 1}"  # noqa: S608
        connection.execute(change.format(cast), (flipped,))
    found = audit.verify(store)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(change.format("?"), (value,))
    assert found.broken is not None
    assert found.broken.seq == number + 1
    assert audit.verify(store).is_whole


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(7)))
def test_any_other_order_is_located_at_its_first_difference(
    raw_trail: tuple[Store, list[tuple[object, ...]]], order: list[int]
) -> None:
    store, rows = raw_trail
    insert = f"INSERT INTO audit_events VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608

    def put(shuffled: list[tuple[object, ...]]) -> None:
        file = store.home / "neuroscope.db"
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("DELETE FROM audit_events")
            connection.executemany(
                insert, [(place + 1, *row[1:]) for place, row in enumerate(shuffled)]
            )

    put([rows[number] for number in order])
    found = audit.verify(store)
    put(rows)
    first = next((place for place, number in enumerate(order) if place != number), None)
    assert (found.broken.seq if found.broken else None) == (None if first is None else first + 1)


def test_events_are_listed_newest_first(store: Store) -> None:
    for number in range(5):
        add(store, "odd" if number % 2 else "even", n=number)
    listed, total = audit.list_events(store, limit=2)
    assert ([event.seq for event in listed], total) == ([5, 4], 5)
    listed, total = audit.list_events(store, before=4, limit=2)
    assert [event.seq for event in listed] == [3, 2]
    listed, total = audit.list_events(store, object_id="odd")
    assert ([event.seq for event in listed], total) == ([4, 2], 2)


def test_events_are_found_by_kind_of_action_and_by_actor(store: Store) -> None:
    with store.transaction() as session:
        for action, actor in (
            ("annotation.create", "ann"),
            ("annotation.edit", "bob"),
            ("assignment.create", "ann"),
            ("model.register", "ann"),
        ):
            audit.append(session, action, "x", actor=actor, facts={})  # type: ignore[arg-type]

    def seqs(**wanted: str) -> list[int]:
        return [event.seq for event in audit.list_events(store, **wanted)[0]]  # type: ignore[arg-type]

    assert seqs(action="annotation") == [2, 1]
    assert seqs(action="annotation.edit") == [2]
    assert seqs(actor="ann") == [4, 3, 1]
    assert seqs(action="annotation", actor="ann") == [1]
    assert seqs(action="annotation_") == []


def test_a_trail_survives_a_restart(settings: Settings) -> None:
    store = open_store(settings)
    add(store)
    store.close()
    again = open_store(settings)
    add(again)
    assert audit.verify(again).events == 2
    again.close()
