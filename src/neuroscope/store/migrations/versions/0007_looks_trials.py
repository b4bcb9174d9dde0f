"""Keep how slices look to the network, and which analyses were made to compare versions."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "slice_looks",
        sa.Column("analysis_id", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(64), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("embedding", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("linear", sa.Integer(), nullable=True),
        sa.Column("outside", sa.Float(precision=53), nullable=False),
        sa.Column("scatter", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["analyses.id"],
            name="fk_slice_looks_analysis_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("analysis_id", "series_id", "index", name="pk_slice_looks"),
    )
    op.add_column(
        "analyses",
        sa.Column("is_trial", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Drop both."""
    with op.batch_alter_table("analyses") as analyses:
        analyses.drop_column("is_trial")
    op.drop_table("slice_looks")
