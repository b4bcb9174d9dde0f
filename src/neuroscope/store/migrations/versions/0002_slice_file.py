"""Let a slice name its file."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the name of the file."""
    op.add_column("slices", sa.Column("file", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("slices") as batch:
        batch.drop_column("file")
