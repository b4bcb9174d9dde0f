"""Filters of the grid under a name, and slices picked on another page."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.store import audit
from neuroscope.store.database import Store
from neuroscope.store.tables import now
from neuroscope.store.validation_tables import SavedViewRow, SelectionRow

KEPT = timedelta(days=30)  # a selection
TAKEN = ConflictError(
    "There is a view of this name already.", fix="Give another name, or delete that one first."
)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter under a name."""

    id: str
    name: str
    filter: Mapping[str, Any]
    author: str
    created: datetime


def save_view(store: Store, *, name: str, content: Mapping[str, Any], author: str) -> SavedView:
    """Keep a filter under a new name.

    Raises
    ------
    ConflictError
        If the name is taken.
    """
    row = SavedViewRow(
        id=secrets.token_hex(8), name=name, filter=dict(content), author=author, created=now()
    )
    try:
        with store.transaction() as session:
            session.add(row)
            session.flush()
            audit.append(session, "view.save", row.id, actor=author, facts={"name": name})
    except IntegrityError as error:
        raise TAKEN from error
    return _view_of(row)


def list_views(store: Store) -> tuple[SavedView, ...]:
    """List all saved filters by name."""
    with store.reading() as session:
        found = session.scalars(select(SavedViewRow).order_by(SavedViewRow.name))
        return tuple(_view_of(row) for row in found)


def delete_view(store: Store, view_id: str, *, actor: str) -> None:
    """Forget a saved filter.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.transaction() as session:
        row = session.get(SavedViewRow, view_id)
        if row is None:
            raise NotFoundError("There is no such view.", fix="Load the page again.")
        name = row.name
        session.delete(row)
        session.flush()
        audit.append(session, "view.delete", view_id, actor=actor, facts={"name": name})


def keep_selection(store: Store, slices: Sequence[tuple[str, str, int]]) -> str:
    """Keep slices by study, series and index for 30 days; return their token."""
    token = secrets.token_urlsafe(12)
    with store.transaction() as session:
        session.execute(delete(SelectionRow).where(SelectionRow.created < now() - KEPT))
        session.add(SelectionRow(token=token, slices=[list(one) for one in slices]))
    return token


def _view_of(row: SavedViewRow) -> SavedView:
    return SavedView(row.id, row.name, row.filter, row.author, row.created)
