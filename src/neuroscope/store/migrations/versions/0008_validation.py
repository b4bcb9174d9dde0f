"""Keep what the validation page filters by, verdicts on maps, saved views and audits of models."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VERSION = "A verdict on a map is never changed; a new version takes its place."
SQLITE = (
    f"""CREATE TRIGGER map_verdicts_no_update BEFORE UPDATE ON map_verdicts
    BEGIN SELECT RAISE(ABORT, '{VERSION}'); END""",
)
POSTGRESQL = (
    f"""CREATE FUNCTION neuroscope_refuse_verdict() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{VERSION}' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE TRIGGER map_verdicts_no_update BEFORE UPDATE ON map_verdicts
    FOR EACH ROW EXECUTE FUNCTION neuroscope_refuse_verdict()""",
)
PIECE = 2000  # findings carried over at a time


def upgrade() -> None:
    """Add the tables, and a row for every slice that was analyzed before."""
    time, number = sa.DateTime(timezone=True), sa.Float(precision=53)
    focus = op.create_table(
        "slice_focus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("analysis_id", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(64), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("predicted", sa.String(32), nullable=False),
        sa.Column("p_predicted", number, nullable=False),
        sa.Column("outlier", number, nullable=True),
        sa.Column("abstained", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("picture", sa.JSON(), nullable=True),
        sa.Column("picture_position", sa.Integer(), nullable=True),
        sa.Column("focus", sa.JSON(), nullable=True),
        sa.Column("dominant", sa.String(16), nullable=True),
        sa.Column("looks_elsewhere", sa.Boolean(), nullable=True),
        sa.Column("tumor_share", number, nullable=True),
        sa.Column("passport", sa.String(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["analyses.id"],
            name="fk_slice_focus_analysis_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_slice_focus"),
        sa.UniqueConstraint("analysis_id", "series_id", "index", name="uq_slice_focus_analysis_id"),
    )
    op.create_table(
        "map_verdicts",
        sa.Column("study_id", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(64), nullable=False),
        sa.Column("slice_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", time, nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name="fk_map_verdicts_study_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "study_id",
            "series_id",
            "slice_index",
            "model_sha256",
            "reader",
            "version",
            name="pk_map_verdicts",
        ),
    )
    op.create_index("ix_map_verdicts_reader", "map_verdicts", ["reader"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created", time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("name", name="uq_saved_views_name"),
    )
    op.create_table(
        "slice_selections",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("slices", sa.JSON(), nullable=False),
        sa.Column("created", time, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_slice_selections"),
    )
    op.create_table(
        "model_audits",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("created", time, nullable=False),
        sa.Column("brought_by", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_audits"),
        sa.UniqueConstraint("content_sha256", name="uq_model_audits_content_sha256"),
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        op.execute(statement)
    _carry_over(focus)


def downgrade() -> None:
    """Drop all of it."""
    for table in ("model_audits", "slice_selections", "saved_views", "map_verdicts", "slice_focus"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION neuroscope_refuse_verdict()")


def _carry_over(focus: sa.Table) -> None:
    """Make rows for stored findings; their pictures come when the study is analyzed again."""
    finding = sa.table(
        "slice_findings",
        sa.column("analysis_id"),
        sa.column("series_id"),
        sa.column("index"),
        sa.column("prediction", sa.JSON()),
    )
    keys = (finding.c.analysis_id, finding.c.series_id, finding.c.index)
    found = op.get_bind().execute(sa.select(finding).order_by(*keys)).all()
    rows = [_row(*one) for one in found]
    for first in range(0, len(rows), PIECE):
        op.bulk_insert(focus, rows[first : first + PIECE])


def _row(
    analysis_id: str, series_id: str, index: int, prediction: dict[str, Any]
) -> dict[str, Any]:
    p_class = prediction["p_class"]
    predicted = max(p_class, key=p_class.__getitem__)
    outlier = prediction["outlier_score"]
    return {
        "analysis_id": analysis_id,
        "series_id": series_id,
        "index": index,
        "predicted": predicted,
        "p_predicted": p_class[predicted],
        "outlier": outlier,
        "abstained": False,
    }
