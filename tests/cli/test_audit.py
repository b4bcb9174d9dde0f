import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from neuroscope.cli.main import run
from neuroscope.settings import Settings
from neuroscope.store import audit
from neuroscope.store.database import Store, open_store


@pytest.fixture
def trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store with three events; the guards of its trail are off."""
    monkeypatch.setenv("NEUROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEUROSCOPE_DATABASE_URL", raising=False)
    store = open_store(Settings(home=tmp_path / "home"))
    for number in range(3):
        with store.transaction() as session:
            audit.append(session, "report.write", f"report-{number}", actor="ann", facts={})
    sql(store, "DROP TRIGGER audit_events_no_update")
    sql(store, "DROP TRIGGER audit_events_no_delete")
    yield store
    store.close()


def sql(store: Store, statement: str) -> None:
    with closing(sqlite3.connect(store.home / "neuroscope.db")) as connection, connection:
        connection.execute(statement)


def test_the_newest_events_are_listed_last(
    trail: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "log", "--last", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "3"]
    assert "report-2" in lines[1]
    assert run(["audit", "log", "--json", "--object", "report-0"]) == 0
    (event,) = json.loads(capsys.readouterr().out)
    assert (event["seq"], event["actor"]) == (1, "ann")


def test_a_whole_trail_is_said_to_be_whole(
    trail: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "log", "--verify"]) == 0
    assert "All 3 events are whole" in capsys.readouterr().out
    assert run(["audit", "log", "--verify", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["is_whole"], found["events"]) == (True, 3)


def test_a_broken_event_is_named(trail: Store, capsys: pytest.CaptureFixture[str]) -> None:
    sql(trail, "UPDATE audit_events SET actor = 'other' WHERE seq = 2")
    assert run(["audit", "log", "--verify", "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["broken"]["seq"] == 2
    assert "broken at event 2" in said.err
    assert run(["audit", "log", "--anchor", str(trail.home / "anchor.json")]) == 1
    assert not (trail.home / "anchor.json").exists()  # what is broken is not anchored


def test_tables_that_say_otherwise_are_named(
    trail: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    sql(
        trail,
        "INSERT INTO models (id, name, version, created, weights_sha256, is_shipped, files, "
        "config, metrics, status) VALUES ('m', 'x', '1', '2026-01-01', 'a', 0, '{}', '{}', '[]', "
        "'active')",
    )
    assert run(["audit", "log", "--verify"]) == 1
    assert "model m is in the tables and not in the trail" in capsys.readouterr().err


def test_a_cut_tail_is_found_by_the_anchor(
    trail: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note, key = str(tmp_path / "anchor.json"), str(tmp_path / "usb" / "anchor.key")
    assert run(["audit", "log", "--anchor", note, "--key", key]) == 0
    assert "Anchored event 3" in capsys.readouterr().out
    assert run(["audit", "log", "--check", note, "--key", key]) == 0
    assert "All 3 anchored events are there, and 0 more" in capsys.readouterr().out
    sql(trail, "DELETE FROM audit_events WHERE seq = 3")
    assert run(["audit", "log", "--verify"]) == 0
    assert run(["audit", "log", "--check", note, "--key", key]) == 1
    assert "1 are gone" in capsys.readouterr().err
    assert run(["audit", "log", "--check", note, "--key", key, "--json"]) == 1
    assert "gone" in json.loads(capsys.readouterr().out)["fault"]


def test_a_note_needs_its_key(
    trail: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = str(tmp_path / "anchor.json")
    assert run(["audit", "log", "--anchor", note]) == 0
    assert (trail.home / "anchor.key").is_file()
    missing = tmp_path / "missing.key"
    assert run(["audit", "log", "--check", note, "--key", str(missing)]) == 2
    assert not missing.exists()
    assert run(["audit", "log", "--check", note, "--anchor", note]) == 2
    assert run(["audit", "log", "--check", str(tmp_path / "none.json")]) == 2
    capsys.readouterr()
