"""Let an analysis name the series that speaks for its study."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the id of the series."""
    op.add_column("analyses", sa.Column("headline_series", sa.String(64), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("analyses") as batch:
        batch.drop_column("headline_series")
