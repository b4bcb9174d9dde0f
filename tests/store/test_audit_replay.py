"""What the trail led to is what the tables hold; who changes the tables alone is found."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from neuroscope.records.annotation import Annotation
from neuroscope.records.prediction import ModelRef
from neuroscope.store import audit
from neuroscope.store.annotations import EditConflictError, create, delete, edit
from neuroscope.store.assignments import assign, submit, withdraw
from neuroscope.store.audit_replay import differences, replay
from neuroscope.store.database import Store
from neuroscope.store.promotion import promote, roll_back
from neuroscope.store.registration import ensure_shipped, register, reject
from neuroscope.store.studies import delete_study

Draw = Callable[..., Annotation]


@pytest.fixture
def lived(
    store: Store,
    volume: str,
    pictures: str,
    contour: Draw,
    stroke: Draw,
    mask: Draw,
    trained: Callable[..., dict[str, Any]],
) -> Store:
    """A store in which everything has happened that the trail tells of."""
    assign(store, volume, "70fa", reader="ann", blind=True, actor="lead")
    assign(store, volume, "70fa", reader="bob", blind=False, actor="lead")
    withdraw(store, volume, "70fa", reader="bob", actor="lead")
    create(store, volume, contour())
    edit(store, volume, contour(by_mm=1.0), parent=1)
    with pytest.raises(EditConflictError):
        edit(store, volume, contour(by_mm=2.0), parent=1)
    submit(store, volume, "70fa", reader="ann")
    create(store, volume, mask())
    delete(store, volume, "70fa", "m-1", parent=1, actor="bob")
    create(store, pictures, stroke())
    shipped = ensure_shipped(store, ModelRef("evidence", "0", "a" * 64))
    shipped = ensure_shipped(store, ModelRef("evidence", "1", "b" * 64))
    first, second = (register(store, **trained(shipped.id, seed=n), actor="ann") for n in range(2))
    promote(store, first.id, actor="ann", run_canaries=lambda _: np.zeros(3))
    roll_back(store, "evidence", actor="ann", run_canaries=lambda _: np.zeros(3))
    reject(store, second.id, actor="ann")
    return store


def test_the_trail_tells_what_the_tables_hold(lived: Store) -> None:
    assert audit.verify(lived).is_whole
    assert differences(lived) == ()


def test_the_same_events_lead_to_the_same_state(lived: Store) -> None:
    first, again = replay(audit.events(lived)), replay(audit.events(lived))
    assert first == again
    without_the_last = list(audit.events(lived))[:-1]
    assert replay(without_the_last) != first
    assert first["annotation:a-1"]["head"] == 2
    assert sorted(first["annotation:a-1"]["versions"]) == ["1", "2", "3"]


def test_a_deleted_study_is_forgotten_but_not_that_it_was_there(lived: Store, volume: str) -> None:
    delete_study(lived, volume, actor="lead")
    assert differences(lived) == ()
    (event,), _ = audit.list_events(lived, limit=1)
    assert (event.action, event.object_id, event.actor) == ("study.delete", volume, "lead")
    state = replay(audit.events(lived))
    assert "annotation:a-1" not in state
    assert "annotation:s-1" in state


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM annotations WHERE id = 'a-1'", "The annotation a-1 is in the trail and not"),
        ("UPDATE annotations SET head = 1 WHERE id = 'a-1'", "annotation a-1 differs .* head"),
        (
            "UPDATE annotation_versions SET author = 'x' WHERE version = 3",
            "a-1 differs .* versions",
        ),
        ("DELETE FROM annotation_versions WHERE version = 3", "a-1 differs .* versions"),
        ("UPDATE assignments SET submitted = NULL", "assignment .* differs .* submitted"),
        ("UPDATE models SET verdict = 'promote' WHERE verdict IS NULL", "model .* verdict"),
        ("UPDATE models SET status = 'candidate' WHERE status = 'rejected'", "model .* status"),
        (
            """INSERT INTO assignments (study_id, series_id, reader, blind, assigned_by, created)
            SELECT study_id, series_id, 'eve', blind, 'eve', created FROM assignments""",
            "eve is in the tables and not in the trail",
        ),
    ],
)
def test_who_changes_the_tables_alone_is_found(lived: Store, change: str, said: str) -> None:
    with lived.transaction() as session:
        if lived.engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE annotation_versions DISABLE TRIGGER ALL"))
        else:
            session.execute(text("DROP TRIGGER annotation_versions_no_update"))
        session.execute(text(change))
    assert audit.verify(lived).is_whole
    found = "; ".join(differences(lived))
    assert re.search(said, found), found
