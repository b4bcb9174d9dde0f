"""Keep what readers call relevant among similar cases, and the answers that reports were written of."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "relevance_judgments",
        sa.Column("study_id", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(160), nullable=False),
        sa.Column("reader", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("is_relevant", sa.Boolean(), nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["studies.id"],
            name="fk_relevance_judgments_study_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "study_id", "scope", "reader", "case_id", name="pk_relevance_judgments"
        ),
    )
    op.create_table(
        "similar_answers",
        sa.Column("analysis_id", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["analyses.id"],
            name="fk_similar_answers_analysis_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("analysis_id", name="pk_similar_answers"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("similar_answers")
    op.drop_table("relevance_judgments")
