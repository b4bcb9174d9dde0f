"""An anchor shows what a chain cannot: a tail that was cut, a trail that was written anew."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from neuroscope.errors import BadInputError, StorageError
from neuroscope.store import audit
from neuroscope.store.audit_anchor import (
    fault_of,
    make_anchor,
    read_anchor,
    read_or_make_anchor_key,
    write_anchor,
)
from neuroscope.store.database import Store

KEY = b"a key of the tests"


def grow(store: Store, number: int, word: str = "") -> None:
    for count in range(number):
        with store.transaction() as session:
            facts = {"n": count, "word": word}
            audit.append(session, "report.write", "a", actor="x", facts=facts)


@pytest.fixture
def cut(store: Store) -> Callable[[int], None]:
    def remove_after(seq: int) -> None:
        with store.transaction() as session:
            if store.engine.dialect.name == "postgresql":
                session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER ALL"))
            else:
                session.execute(text("DROP TRIGGER audit_events_no_delete"))
            session.execute(text("DELETE FROM audit_events WHERE seq > :seq"), {"seq": seq})

    return remove_after


def test_a_trail_that_grew_keeps_its_anchor(store: Store) -> None:
    assert fault_of(store, make_anchor(store, KEY), KEY) is None  # of an empty trail
    grow(store, 3)
    anchor = make_anchor(store, KEY)
    assert anchor.seq == 3
    grow(store, 2)
    assert fault_of(store, anchor, KEY) is None


def test_a_cut_tail_is_found_by_an_anchor_only(store: Store, cut: Callable[[int], None]) -> None:
    grow(store, 5)
    anchor = make_anchor(store, KEY)
    cut(3)
    assert audit.verify(store).is_whole
    assert "ends at event 3; 5 were anchored" in (fault_of(store, anchor, KEY) or "")


def test_a_trail_written_anew_is_found(store: Store, cut: Callable[[int], None]) -> None:
    grow(store, 5)
    anchor = make_anchor(store, KEY)
    cut(3)
    grow(store, 4, "another story")
    assert audit.verify(store).is_whole
    assert "Event 5 or one before it was written anew" in (fault_of(store, anchor, KEY) or "")


def test_a_trail_begun_anew_is_found(store: Store, cut: Callable[[int], None]) -> None:
    grow(store, 2)
    anchor = make_anchor(store, KEY)
    cut(0)
    grow(store, 2, "another story")
    assert "another trail" in (fault_of(store, anchor, KEY) or "")


@pytest.mark.parametrize("change", [{"seq": 2}, {"hash": "0" * 64}, {"ts_utc": "2020-01-01"}])
def test_a_changed_anchor_is_found(store: Store, change: dict[str, object]) -> None:
    grow(store, 3)
    anchor = replace(make_anchor(store, KEY), **change)
    assert "anchor was changed" in (fault_of(store, anchor, KEY) or "")
    assert "another key" in (fault_of(store, make_anchor(store, b"other"), KEY) or "")


def test_an_anchor_survives_its_file(store: Store, tmp_path: Path) -> None:
    grow(store, 1)
    anchor = make_anchor(store, KEY)
    write_anchor(tmp_path / "anchor.json", anchor)
    assert read_anchor(tmp_path / "anchor.json") == anchor


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": 2}', "ä"])
def test_a_file_that_is_no_anchor_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "anchor.json").write_text(content)
    with pytest.raises(BadInputError, match="no anchor"):
        read_anchor(tmp_path / "anchor.json")


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "anchor.key"
    key = read_or_make_anchor_key(path)
    assert read_or_make_anchor_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "anchor.key"
    read_or_make_anchor_key(path)
    path.chmod(0o640)
    with pytest.raises(BadInputError, match="640"):
        read_or_make_anchor_key(path)


@pytest.mark.parametrize("content", ["", "no key", "abcd"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "anchor.key").write_text(content)
    (tmp_path / "anchor.key").chmod(0o600)
    with pytest.raises(BadInputError, match=r"anchor\.key holds"):
        read_or_make_anchor_key(tmp_path / "anchor.key")


def test_an_anchor_that_cannot_be_written_is_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="anchor"):
        write_anchor(tmp_path / "file" / "anchor.json", make_anchor(store, KEY))
