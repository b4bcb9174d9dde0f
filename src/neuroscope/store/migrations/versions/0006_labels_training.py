"""Keep what readers say an image shows, and trainings with what they looked like on the way."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "reader_labels",
        sa.Column("study_id", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(64), nullable=False),
        sa.Column("slice_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("label", sa.String(32), nullable=True),
        sa.Column("created", time, nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "series_id"],
            ["series.study_id", "series.id"],
            name="fk_reader_labels_study_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "study_id", "series_id", "slice_index", "reader", name="pk_reader_labels"
        ),
    )
    op.create_table(
        "training_runs",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group_id", sa.String(64), nullable=True),
        sa.Column("created", time, nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("annotation_ids", sa.JSON(), nullable=True),
        sa.Column("annotation_head", sa.String(64), nullable=True),
        sa.Column("manifest", sa.JSON(), nullable=True),
        sa.Column("cautions", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("model_id", sa.String(64), nullable=True),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("tracking", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["jobs.id"], name="fk_training_runs_id"),
        sa.PrimaryKeyConstraint("id", name="pk_training_runs"),
    )
    op.create_index("ix_training_runs_group_id", "training_runs", ["group_id"])
    op.create_table(
        "training_points",
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["training_runs.id"],
            name="fk_training_points_run_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "step", name="pk_training_points"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("training_points", "training_runs", "reader_labels"):
        op.drop_table(table)
