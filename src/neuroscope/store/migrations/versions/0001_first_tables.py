"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Float(precision=53), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("study_id", sa.String(length=64), nullable=True),
        sa.Column("upload_id", sa.String(length=64), nullable=True),
        sa.Column("analysis_id", sa.String(length=64), nullable=True),
        sa.Column("duplicate", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_study_id"), ["study_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_updated"), ["updated"], unique=False)

    op.create_table(
        "studies",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_offset_days", sa.Integer(), nullable=False),
        sa.Column("cautions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unreadable", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("series_count", sa.Integer(), nullable=False),
        sa.Column("slice_count", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("headline", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("headline_label", sa.String(length=32), nullable=True),
        sa.Column("brought_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_studies_content_hash")),
    )
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_studies_headline_label"), ["headline_label"], unique=False
        )
        batch_op.create_index("ix_studies_newest", ["created", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_studies_pseudonym"), ["pseudonym"], unique=False)
        batch_op.create_index(batch_op.f("ix_studies_status"), ["status"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_table(
        "analyses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("temperature", sa.Float(precision=53), nullable=False),
        sa.Column("spec", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("cautions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unreadable", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_analyses_study_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analyses")),
    )
    with op.batch_alter_table("analyses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_analyses_study_id"), ["study_id"], unique=False)

    op.create_table(
        "series",
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("acquisition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("cautions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("array", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("affine", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("window", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_series_study_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("study_id", "id", name=op.f("pk_series")),
    )
    op.create_table(
        "upload_files",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["uploads.id"],
            name=op.f("fk_upload_files_upload_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upload_id", "index", name=op.f("pk_upload_files")),
    )
    op.create_table(
        "evidence",
        sa.Column("analysis_id", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("array", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("step", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["analyses.id"],
            name=op.f("fk_evidence_analysis_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("analysis_id", "series_id", "target", name=op.f("pk_evidence")),
    )
    op.create_table(
        "series_findings",
        sa.Column("analysis_id", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.String(length=64), nullable=False),
        sa.Column("axis", sa.Integer(), nullable=True),
        sa.Column("plane", sa.String(length=16), nullable=True),
        sa.Column("decision", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("decided_by", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("not_run", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("cautions", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["analyses.id"],
            name=op.f("fk_series_findings_analysis_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("analysis_id", "series_id", name=op.f("pk_series_findings")),
    )
    op.create_table(
        "slice_findings",
        sa.Column("analysis_id", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.String(length=64), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prediction", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("logits", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("cell_to_pixel", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("image_rows", sa.Integer(), nullable=False),
        sa.Column("image_columns", sa.Integer(), nullable=False),
        sa.Column("completeness_error", sa.Float(precision=53), nullable=False),
        sa.Column("cells", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("cells_position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["analyses.id"],
            name=op.f("fk_slice_findings_analysis_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "analysis_id", "series_id", "index", name=op.f("pk_slice_findings")
        ),
    )
    op.create_table(
        "slices",
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.String(length=64), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("array", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("window", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("plane", sa.String(length=16), nullable=True),
        sa.Column("position_mm", sa.Float(precision=53), nullable=True),
        sa.Column("affine", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cautions", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "series_id"],
            ["series.study_id", "series.id"],
            name=op.f("fk_slices_study_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("study_id", "series_id", "index", name=op.f("pk_slices")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("slices")
    op.drop_table("slice_findings")
    op.drop_table("series_findings")
    op.drop_table("evidence")
    op.drop_table("upload_files")
    op.drop_table("series")
    with op.batch_alter_table("analyses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_analyses_study_id"))

    op.drop_table("analyses")
    op.drop_table("uploads")
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_studies_status"))
        batch_op.drop_index(batch_op.f("ix_studies_pseudonym"))
        batch_op.drop_index("ix_studies_newest")
        batch_op.drop_index(batch_op.f("ix_studies_headline_label"))

    op.drop_table("studies")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_updated"))
        batch_op.drop_index(batch_op.f("ix_jobs_study_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_state"))

    op.drop_table("jobs")
