"""The tables of readings: what is drawn, who shall read, what a reader says an image shows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from neuroscope.store.tables import Id, Json, Table, now


class AnnotationRow(Table):
    """Something drawn on a series; `head` is the version that counts."""

    __tablename__ = "annotations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    study_id: Mapped[str] = mapped_column(Id)
    series_id: Mapped[str] = mapped_column(Id)
    owner: Mapped[str]
    head: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        ForeignKeyConstraint(
            ["study_id", "series_id"], ["series.study_id", "series.id"], ondelete="CASCADE"
        ),
        Index("ix_annotations_series", "study_id", "series_id"),
    )


class AnnotationVersionRow(Table):
    """One version of an annotation; a trigger refuses every change.

    `parent` is the version its author saw; a version that is beside the line (`is_conflict`) was
    drawn on a parent that was the newest no more.
    """

    __tablename__ = "annotation_versions"

    annotation_id: Mapped[str] = mapped_column(
        Id, ForeignKey("annotations.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent: Mapped[int | None]
    is_conflict: Mapped[bool]
    resolves: Mapped[list[Any]]
    author: Mapped[str]
    created: Mapped[datetime]
    deleted: Mapped[bool]
    content: Mapped[Json]


class AssignmentRow(Table):
    """A series that a reader shall read; what was handed in is what counts of a blind reading.

    `submitted_labels` holds the reader's answers by picture, or `all`; null before 0010.
    """

    __tablename__ = "assignments"

    study_id: Mapped[str] = mapped_column(Id, primary_key=True)
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    reader: Mapped[str] = mapped_column(primary_key=True)
    blind: Mapped[bool]
    assigned_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)
    submitted: Mapped[datetime | None]
    submitted_versions: Mapped[Json | None]
    submitted_labels: Mapped[Json | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["study_id", "series_id"], ["series.study_id", "series.id"], ondelete="CASCADE"
        ),
        Index("ix_assignments_reader", "reader"),
    )


class ReaderLabelRow(Table):
    """What a reader says an image shows; `slice_index` is -1 for a whole series.

    A label that was taken back keeps its row, without a label.
    """

    __tablename__ = "reader_labels"

    study_id: Mapped[str] = mapped_column(Id, primary_key=True)
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    slice_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reader: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str | None] = mapped_column(String(32))
    created: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        ForeignKeyConstraint(
            ["study_id", "series_id"], ["series.study_id", "series.id"], ondelete="CASCADE"
        ),
    )
