"""The tables of the validation page: what it filters by, what readers say of maps, audits."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from neuroscope.store.tables import Id, Json, Table, now


class SliceFocusRow(Table):
    """An analyzed slice as the grid shows and filters it; the finding itself stands elsewhere.

    What is not known (yet) is null: the picture and the regions come when the worker has looked
    closer, `passport` when the map was tested.
    """

    __tablename__ = "slice_focus"

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[str] = mapped_column(Id, ForeignKey("analyses.id", ondelete="CASCADE"))
    series_id: Mapped[str] = mapped_column(Id)
    index: Mapped[int]
    predicted: Mapped[str] = mapped_column(String(32))
    p_predicted: Mapped[float]
    outlier: Mapped[float | None]
    abstained: Mapped[bool] = mapped_column(default=False, server_default=false())
    picture: Mapped[Json | None]
    picture_position: Mapped[int | None]
    focus: Mapped[Json | None]
    dominant: Mapped[str | None] = mapped_column(String(16))
    looks_elsewhere: Mapped[bool | None]
    tumor_share: Mapped[float | None]
    passport: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        UniqueConstraint("analysis_id", "series_id", "index", name="uq_slice_focus_analysis_id"),
    )


class MapVerdictRow(Table):
    """What a reader says of the map of one version of a model on a slice; a trigger refuses change.

    Each version stands for itself; the highest counts. One without a verdict takes it back.
    """

    __tablename__ = "map_verdicts"

    study_id: Mapped[str] = mapped_column(
        Id, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    slice_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    reader: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verdict: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_map_verdicts_reader", "reader"),)


class SavedViewRow(Table):
    """A filter of the grid under a name; every reader of the installation sees it."""

    __tablename__ = "saved_views"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    filter: Mapped[Json]
    author: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)


class SelectionRow(Table):
    """Slices somebody picked on another page, to be shown in the grid."""

    __tablename__ = "slice_selections"

    token: Mapped[str] = mapped_column(Id, primary_key=True)
    slices: Mapped[list[Any]]
    created: Mapped[datetime] = mapped_column(default=now)


class ModelAuditRow(Table):
    """What `neuroscope audit model` found, as it was written."""

    __tablename__ = "model_audits"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created: Mapped[datetime] = mapped_column(default=now)
    brought_by: Mapped[str]
    content_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[Json]
