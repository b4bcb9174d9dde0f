"""Keep what readers draw, versions of models, and a trail of both that cannot be changed unseen."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TRAIL = "The audit trail can be added to and never changed."
GAP = "An event must follow the last one of the audit trail."
VERSION = "A version of an annotation is never changed."

SQLITE = (
    f"""CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
    BEGIN SELECT RAISE(ABORT, '{TRAIL}'); END""",
    f"""CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
    BEGIN SELECT RAISE(ABORT, '{TRAIL}'); END""",
    # REPLACE deletes without asking the trigger above; this one is asked before it does.
    f"""CREATE TRIGGER audit_events_no_gap BEFORE INSERT ON audit_events
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_events)
      OR NEW.prev_hash IS NOT coalesce(
        (SELECT hash FROM audit_events ORDER BY seq DESC LIMIT 1), '{"0" * 64}')
    BEGIN SELECT RAISE(ABORT, '{GAP}'); END""",
    f"""CREATE TRIGGER annotation_versions_no_update BEFORE UPDATE ON annotation_versions
    BEGIN SELECT RAISE(ABORT, '{VERSION}'); END""",
)
POSTGRESQL = (
    f"""CREATE FUNCTION neuroscope_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{TRAIL}' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION neuroscope_refuse_change()""",
    """CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION neuroscope_refuse_change()""",
    f"""CREATE FUNCTION neuroscope_refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE last audit_events%ROWTYPE;
    BEGIN
      SELECT * INTO last FROM audit_events ORDER BY seq DESC LIMIT 1;
      IF NEW.seq IS DISTINCT FROM coalesce(last.seq, 0) + 1
        OR NEW.prev_hash IS DISTINCT FROM coalesce(last.hash, '{"0" * 64}') THEN
        RAISE EXCEPTION '{GAP}' USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER audit_events_no_gap BEFORE INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION neuroscope_refuse_gap()""",
    f"""CREATE FUNCTION neuroscope_refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{VERSION}' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE TRIGGER annotation_versions_no_update BEFORE UPDATE ON annotation_versions
    FOR EACH ROW EXECUTE FUNCTION neuroscope_refuse_version()""",
)


def upgrade() -> None:
    """Add the tables and what guards them."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ts_utc", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("parent_version", sa.Integer(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.String(64), nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_object_id", "audit_events", ["object_id"])
    op.create_table(
        "annotations",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("study_id", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "series_id"],
            ["series.study_id", "series.id"],
            name="fk_annotations_study_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
    )
    op.create_index("ix_annotations_series", "annotations", ["study_id", "series_id"])
    op.create_table(
        "annotation_versions",
        sa.Column("annotation_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("is_conflict", sa.Boolean(), nullable=False),
        sa.Column("resolves", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created", time, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotations.id"],
            name="fk_annotation_versions_annotation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("annotation_id", "version", name="pk_annotation_versions"),
    )
    op.create_table(
        "assignments",
        sa.Column("study_id", sa.String(64), nullable=False),
        sa.Column("series_id", sa.String(64), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("created", time, nullable=False),
        sa.Column("submitted", time, nullable=True),
        sa.Column("submitted_versions", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["study_id", "series_id"],
            ["series.study_id", "series.id"],
            name="fk_assignments_study_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("study_id", "series_id", "reader", name="pk_assignments"),
    )
    op.create_index("ix_assignments_reader", "assignments", ["reader"])
    op.create_table(
        "models",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("parent", sa.String(64), nullable=True),
        sa.Column("displaced", sa.String(64), nullable=True),
        sa.Column("created", time, nullable=False),
        sa.Column("weights_sha256", sa.String(64), nullable=False),
        sa.Column("is_shipped", sa.Boolean(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("data_manifest_sha256", sa.String(64), nullable=True),
        sa.Column("annotation_head", sa.String(64), nullable=True),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("certificate", sa.JSON(), nullable=True),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("canaries", sa.JSON(), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["models.id"], name="fk_models_parent"),
        sa.ForeignKeyConstraint(["displaced"], ["models.id"], name="fk_models_displaced"),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
    )
    op.create_index("ix_models_status", "models", ["status"])
    op.create_index(
        "ux_models_active",
        "models",
        ["name"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.add_column("jobs", sa.Column("model_id", sa.String(64), nullable=True))
    op.add_column("jobs", sa.Column("actor", sa.Text(), nullable=True))
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; a trail that is dropped is gone."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("actor")
        jobs.drop_column("model_id")
    for table in ("models", "assignments", "annotation_versions", "annotations", "audit_events"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in ("change", "gap", "version"):
            op.execute(f"DROP FUNCTION neuroscope_refuse_{function}()")
