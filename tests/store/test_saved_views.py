from datetime import timedelta

import pytest
from sqlalchemy import select

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.store.audit import list_events
from neuroscope.store.database import Store
from neuroscope.store.saved_views import delete_view, keep_selection, list_views, save_view
from neuroscope.store.tables import now
from neuroscope.store.validation_tables import SelectionRow


def test_views_are_kept_by_name_and_forgotten(store: Store) -> None:
    second = save_view(store, name="Unsure", content={"p_to": 0.6}, author="ann")
    save_view(store, name="Artefacts", content={"verdict": ["artefact"]}, author="bob")
    assert [one.name for one in list_views(store)] == ["Artefacts", "Unsure"]
    with pytest.raises(ConflictError):
        save_view(store, name="Unsure", content={}, author="bob")
    delete_view(store, second.id, actor="ann")
    assert [one.filter for one in list_views(store)] == [{"verdict": ["artefact"]}]
    with pytest.raises(NotFoundError):
        delete_view(store, second.id, actor="ann")
    events, _ = list_events(store, action="view")
    assert [one.action for one in events] == ["view.delete", "view.save", "view.save"]


def test_old_selections_are_forgotten(store: Store) -> None:
    old = keep_selection(store, [("s", "a", 0)])
    with store.transaction() as session:
        session.get_one(SelectionRow, old).created = now() - timedelta(days=31)
    new = keep_selection(store, [("s", "a", 1)])
    with store.reading() as session:
        assert session.scalars(select(SelectionRow.token)).all() == [new]
