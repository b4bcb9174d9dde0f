"""The tables, the same on SQLite and on PostgreSQL. A change here needs a migration."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

Json = dict[str, Any]


def now() -> datetime:
    """Return the time, in UTC, to the microsecond."""
    return datetime.now(UTC)


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        del dialect
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware datetime."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """The parent of all tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcTime(),
        Json: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        str: Text(),
        bytes: LargeBinary(),
        float: Float(precision=53),
    }


Id = String(64)


class StudyRow(Table):
    """A study. `content_hash` is unique: the same images are never stored twice.

    `status` and the headline repeat what the newest job and analysis say, so that the worklist
    can be filtered and sorted by the database.
    """

    __tablename__ = "studies"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64), index=True)
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[datetime] = mapped_column(default=now)
    date_offset_days: Mapped[int] = mapped_column(default=0)
    cautions: Mapped[list[Any]] = mapped_column(default=list)
    unreadable: Mapped[list[Any]] = mapped_column(default=list)
    series_count: Mapped[int]
    slice_count: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), default="new", index=True)
    headline: Mapped[Json | None]
    headline_label: Mapped[str | None] = mapped_column(String(32), index=True)
    brought_by: Mapped[str | None] = mapped_column(Id)  # the job that imported it
    mask: Mapped[Json | None]  # the given segmentation that holds

    __table_args__ = (Index("ix_studies_newest", "created", "id"),)


class SeriesRow(Table):
    """A series: a volume (its array and affine stand here) or a stack of plain slices."""

    __tablename__ = "series"

    study_id: Mapped[str] = mapped_column(
        Id, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    description: Mapped[str] = mapped_column(default="")
    acquisition: Mapped[Json]
    cautions: Mapped[list[Any]]
    array: Mapped[Json | None]
    affine: Mapped[list[Any] | None]
    window: Mapped[list[Any]]


class SliceRow(Table):
    """A plain picture of a series."""

    __tablename__ = "slices"

    study_id: Mapped[str] = mapped_column(Id, primary_key=True)
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    array: Mapped[Json]
    window: Mapped[list[Any]]
    plane: Mapped[str | None] = mapped_column(String(16))
    position_mm: Mapped[float | None]
    affine: Mapped[list[Any] | None]
    cautions: Mapped[list[Any]]
    file: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        ForeignKeyConstraint(
            ["study_id", "series_id"], ["series.study_id", "series.id"], ondelete="CASCADE"
        ),
    )


class AnalysisRow(Table):
    """One run of one model over one study."""

    __tablename__ = "analyses"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    study_id: Mapped[str] = mapped_column(
        Id, ForeignKey("studies.id", ondelete="CASCADE"), index=True
    )
    created: Mapped[datetime] = mapped_column(default=now)
    finished: Mapped[datetime | None]
    model_name: Mapped[str]
    model_version: Mapped[str]
    model_sha256: Mapped[str] = mapped_column(String(64))
    temperature: Mapped[float]
    spec: Mapped[Json]
    cautions: Mapped[list[Any]]
    unreadable: Mapped[list[Any]]
    report: Mapped[Json | None]
    headline_series: Mapped[str | None] = mapped_column(Id)
    is_trial: Mapped[bool] = mapped_column(default=False, server_default=false())


class SeriesFindingRow(Table):
    """What the model says of one series."""

    __tablename__ = "series_findings"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    axis: Mapped[int | None]
    plane: Mapped[str | None] = mapped_column(String(16))
    decision: Mapped[Json | None]
    decided_by: Mapped[list[Any]]
    not_run: Mapped[list[Any]]
    cautions: Mapped[list[Any]]


class SliceFindingRow(Table):
    """What the model says of one slice. The key makes writing a chunk twice harmless."""

    __tablename__ = "slice_findings"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    prediction: Mapped[Json]
    logits: Mapped[list[Any]]
    cell_to_pixel: Mapped[list[Any]]
    image_rows: Mapped[int]
    image_columns: Mapped[int]
    completeness_error: Mapped[float]
    cells: Mapped[Json]
    cells_position: Mapped[int]


class SliceLookRow(Table):
    """How a slice looks to the network, and where its evidence lies; ranks what to read next."""

    __tablename__ = "slice_looks"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    embedding: Mapped[Json]
    position: Mapped[int]
    linear: Mapped[int | None]
    outside: Mapped[float]
    scatter: Mapped[float]


class UploadRow(Table):
    """Files on their way in."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created: Mapped[datetime] = mapped_column(default=now)
    job_id: Mapped[str | None] = mapped_column(Id)


class UploadFileRow(Table):
    """One file of an upload; `received` bytes of it are safe on disk."""

    __tablename__ = "upload_files"

    upload_id: Mapped[str] = mapped_column(
        Id, ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True
    )
    index: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)


class JobRow(Table):
    """What the queue tells the page; the durable steps live in the queue's own tables."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="queued", index=True)
    progress: Mapped[float] = mapped_column(default=0.0)
    stored: Mapped[int] = mapped_column(default=0, server_default="0")
    message: Mapped[str] = mapped_column(default="")
    study_id: Mapped[str | None] = mapped_column(Id, index=True)
    upload_id: Mapped[str | None] = mapped_column(Id)
    analysis_id: Mapped[str | None] = mapped_column(Id)
    model_id: Mapped[str | None] = mapped_column(Id)
    actor: Mapped[str | None]
    tumor: Mapped[str | None] = mapped_column(String(16))
    mask: Mapped[Json | None]  # a given segmentation that is to be tried
    duplicate: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[Json | None]
    attempt: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(default=now)
    updated: Mapped[datetime] = mapped_column(default=now, index=True)


class AuditEventRow(Table):
    """One event of the audit trail; triggers refuse every change and every gap."""

    __tablename__ = "audit_events"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ts_utc: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(index=True)
    parent_version: Mapped[int | None]
    payload: Mapped[str]
    payload_hash: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
