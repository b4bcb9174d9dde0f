"""Keep maps of other explanation methods that someone asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "slice_explanations",
        sa.Column("analysis_id", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(64), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("seconds", sa.Float(precision=53), nullable=True),
        sa.Column("agreement", sa.Float(precision=53), nullable=True),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("maps", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["analyses.id"],
            name="fk_slice_explanations_analysis_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "analysis_id", "series_id", "index", "target", "method", name="pk_slice_explanations"
        ),
    )
    op.create_index("ix_slice_explanations_job_id", "slice_explanations", ["job_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_slice_explanations_job_id", table_name="slice_explanations")
    op.drop_table("slice_explanations")
