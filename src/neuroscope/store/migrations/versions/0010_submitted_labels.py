"""Freeze the answers of a reading when it is handed in."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of readings handed in before, nobody knows."""
    op.add_column("assignments", sa.Column("submitted_labels", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("assignments") as assignments:
        assignments.drop_column("submitted_labels")
