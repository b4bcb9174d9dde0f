"""Alembic calls this; `store.database.upgrade` hands it the connection, inside a transaction."""

from alembic import context

from neuroscope.store import (  # noqa: F401 - so that their tables are known
    explanation_tables,
    model_tables,
    reading_tables,
    similar_tables,
    validation_tables,
)
from neuroscope.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
    compare_type=True,
)
context.run_migrations()
