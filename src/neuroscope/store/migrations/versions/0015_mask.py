"""Keep the segmentation that holds for a study, and the one that a job shall try."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for table in ("studies", "jobs"):
        op.add_column(table, sa.Column("mask", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Drop them; in place, since a table of studies made anew would take their series along."""
    for table in ("jobs", "studies"):
        op.drop_column(table, "mask")
